import assert from 'node:assert/strict';
import { joinWords, splitWords, wordsFault } from '../../extension/src/commands/words.ts';
import { urlOf, webPorts } from '../../extension/src/commands/container/open.ts';
import { LayerProgress } from '../../extension/src/commands/image/layer-progress.ts';
import { containerTarget, imageTargets } from '../../extension/src/commands/targets.ts';
import {
  commandLine,
  createBody,
  defaultOptions,
  portFault,
  volumeFault,
} from '../../extension/src/forms/run-options.ts';
import { Later } from '../../extension/src/later.ts';
import { momentAfter } from '../../extension/src/logs/lines.ts';
import { colouredLine, plainLine } from '../../extension/src/logs/text.ts';
import { LineInput } from '../../extension/src/terminals/line-input.ts';
import { parseUsers } from '../../extension/src/terminals/shells.ts';
import { nameSome, plainLabel, plainMarkdown, plainMessage } from '../../extension/src/ui/plain.ts';

const places = { resolve: (path: string) => `/workspace/${path.replace(/^\.\//, '')}`, home: () => '/home/user' };
const base = defaultOptions('web:1', {}, new Set());

describe('extension: what is made later', () => {
  it('is made once, when it is first asked for, and again after a failure', async () => {
    const outcomes = [() => Promise.reject(new Error('no file')), () => Promise.resolve({ name: 'made' })];
    const later = new Later(async () => await (outcomes.shift() ?? assert.fail('made once too often'))());
    const seen: unknown[] = [];
    later.ifMade((made) => seen.push(made));
    assert.equal(outcomes.length, 2);
    const asked = [later.get(), later.get()];
    for (const each of asked) await assert.rejects(each, /no file/);
    const made = await later.get();
    assert.deepEqual(made, { name: 'made' });
    assert.equal(await later.get(), made);
    later.ifMade((each) => seen.push(each));
    await Promise.resolve();
    assert.deepEqual(seen, [made]);
  });
});

describe('extension: texts from outside', () => {
  it('lets no message carry a link, to a command or elsewhere', () => {
    // VS Code's own expression for links in messages.
    const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;
    const attack = 'no such file [here](command:workbench.action.terminal.sendSequence) [x](https://evil)';
    assert.match(attack, link);
    assert.doesNotMatch(plainMessage(attack), link);
  });

  it('lets no label draw an icon or a second line', () => {
    assert.equal(plainLabel('$(alert) a\nb'), '\\$(alert) a b');
    assert.equal(plainLabel('\\$(alert)'), '\\\\$(alert)');
    // A name that is written backwards, and one that clears a terminal.
    assert.equal(plainLabel('a\u202eb\u001b[2J'), 'ab[2J');
  });

  it('lets no tooltip have a link, even a bare address', () => {
    const markdown = plainMarkdown('[a](command:b) ![x](y) https://x.y www.x.y a@x.y <b> `c` &lt; # _e_ $(zap)');
    assert.doesNotMatch(markdown, /[^\w ;&#]|_|[^&]#|&[^#]/);
    const text = markdown.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    assert.equal(text, '[a](command:b) ![x](y) https://x.y www.x.y a@x.y <b> `c` &lt; # _e_ $(zap)');
  });

  it('keeps colours of log lines and nothing else that a terminal would obey', () => {
    const line =
      '\u001b[31mred\u001b[0m\u001b[2J\u001b]0;title\u0007\u001b]52;c;AAAA\u001b\\\u0007\u009b1m\u001bcend\ttab';
    assert.equal(colouredLine(line), '\u001b[31mred\u001b[0m1mend\ttab');
    assert.equal(plainLine(line), 'red1mend\ttab');
  });

  it('names some and counts the rest', () => {
    const more = (count: number) => `and ${count} more`;
    assert.equal(nameSome(['a', 'b'], 2, more), 'a, b');
    assert.equal(nameSome(['a', 'b', 'c', 'd'], 2, more), 'a, b and 2 more');
  });
});

describe('extension: commands as words', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['ls -l', ['ls', '-l']],
    ['  echo  "a b" \'c d\'e ""', ['echo', 'a b', 'c de', '']],
    ['sh -c "echo \\"$HOME\\" \\n"', ['sh', '-c', 'echo "$HOME" \\n']],
    ["echo a\\ b ';' $(id) `id` > x", ['echo', 'a b', ';', '$(id)', '`id`', '>', 'x']],
    ['', []],
  ];

  for (const [text, words] of cases) {
    it(`takes ${JSON.stringify(text)} apart`, () => {
      assert.deepEqual(splitWords(text), words);
      assert.deepEqual(splitWords(joinWords(words)), words);
    });
  }

  it('says that a quote is open', () => {
    assert.throws(() => splitWords('echo "a'), /quote is not closed/);
    assert.match(wordsFault("it's") ?? '', /quote is not closed/);
    assert.equal(wordsFault('fine'), undefined);
  });
});

describe('extension: options of run', () => {
  it('publishes what the image exposes, above 1023 and where nobody listens', () => {
    const ExposedPorts = { '80/tcp': {}, '443/tcp': {}, '5353/udp': {}, '8080/tcp': {}, 'x/tcp': {} };
    const options = defaultOptions('web:1', { Config: { ExposedPorts } }, new Set([8443, 8444]));
    assert.deepEqual(options.ports, ['8080:80', '8445:443', '5353:5353/udp', '8081:8080']);
    assert.equal(options.isInteractive, false);
    assert.equal(options.isRemoved, false);
  });

  it('takes a terminal for an image that starts a shell', () => {
    const { isInteractive, isRemoved } = defaultOptions('alpine', { Config: { Cmd: ['/bin/sh'] } }, new Set());
    assert.deepEqual([isInteractive, isRemoved], [true, true]);
    assert.equal(defaultOptions('x', { Config: { Cmd: ['sh', '-c', 'x'] } }, new Set()).isInteractive, false);
  });

  it('makes the body that the command line makes', () => {
    const body = createBody(
      {
        ...base,
        ports: ['127.0.0.1:8080:80', '53:53/udp'],
        volumes: ['./src:/app:ro', '~/x:/x', 'data:/data', '/anonymous'],
        env: ['A=1', 'B'],
        network: 'back',
        restart: 'on-failure:3',
        command: 'serve "a b"',
      },
      places,
    );
    assert.deepEqual(body.Cmd, ['serve', 'a b']);
    assert.deepEqual(body.Env, ['A=1', 'B']);
    assert.deepEqual(body.Volumes, { '/anonymous': {} });
    assert.deepEqual(body.ExposedPorts, { '80/tcp': {}, '53/udp': {} });
    assert.deepEqual(body.HostConfig, {
      Binds: ['/workspace/src:/app:ro', '/home/user/x:/x', 'data:/data'],
      PortBindings: {
        '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }],
        '53/udp': [{ HostIp: '', HostPort: '53' }],
      },
      NetworkMode: 'back',
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      AutoRemove: false,
    });
  });

  it('refuses what contradicts itself, in the words of the command line', () => {
    assert.throws(
      () => createBody({ ...base, restart: 'always', isRemoved: true }, places),
      /cannot specify both --restart and --rm/,
    );
    assert.throws(() => createBody({ ...base, ports: ['80:x'] }, places), /invalid containerPort: x/);
  });

  it('says while typing what is wrong', () => {
    assert.equal(portFault('8080:80'), undefined);
    assert.equal(portFault('70000:80'), 'invalid hostPort: 70000');
    assert.equal(volumeFault('data:/x:ro'), undefined);
    assert.equal(volumeFault('/x'), undefined);
    for (const text of ['data', 'data:x', 'data:/', ':/x', 'a:/b:ro:z'])
      assert.notEqual(volumeFault(text), undefined, text);
  });

  it('tells the command line that does the same', () => {
    const options = { ...base, name: 'web', ports: ['8080:80'], env: ['A=b c'], isRemoved: true, command: 'x' };
    assert.equal(commandLine(options), "coracle run -d --rm --name web -p 8080:80 -e 'A=b c' web:1 x");
  });
});

describe('extension: web pages of containers', () => {
  const bind = (HostPort: string, HostIp = '0.0.0.0') => [{ HostIp, HostPort }];

  it('prefers the ports where web servers are', () => {
    const ports = { '5432/tcp': bind('5432'), '8080/tcp': bind('9000'), '53/udp': bind('53'), '80/tcp': bind('8081') };
    assert.deepEqual(
      webPorts(ports).map(({ inner }) => inner),
      [80, 8080, 5432],
    );
  });

  it('tells one port of two address families once, and none that is not published', () => {
    const both = [...bind('8080'), ...bind('8080', '::')];
    assert.equal(webPorts({ '80/tcp': both, '81/tcp': null, '82/tcp': [] }).length, 1);
  });

  it('makes addresses that a browser opens', () => {
    assert.equal(urlOf({ inner: 80, outer: 8080, ip: '0.0.0.0' }, 'localhost'), 'http://localhost:8080/');
    assert.equal(urlOf({ inner: 443, outer: 443, ip: '::' }, 'box'), 'https://box/');
    assert.equal(urlOf({ inner: 80, outer: 80, ip: '10.0.0.7' }, 'localhost'), 'http://10.0.0.7/');
    assert.equal(urlOf({ inner: 1, outer: 2, ip: 'fd00::1' }, 'localhost'), 'http://[fd00::1]:2/');
  });
});

describe('extension: targets', () => {
  it('takes the name of a container that is its own', () => {
    const summary = { Id: 'a'.repeat(64), Names: ['/other/alias', '/web'], State: 'running', Image: 'nginx' };
    assert.deepEqual(containerTarget(summary), { id: 'a'.repeat(64), name: 'web', image: 'nginx', state: 'running' });
    assert.equal(containerTarget({ Id: 'b'.repeat(64) }).name, 'b'.repeat(12));
  });

  it('has one for each tag of an image, one for an image without', () => {
    const id = `sha256:${'c'.repeat(64)}`;
    assert.deepEqual(
      imageTargets({ Id: id, RepoTags: ['a:1', 'b:1'], Size: 5 }).map(({ name }) => name),
      ['a:1', 'b:1'],
    );
    assert.deepEqual(imageTargets({ Id: id, RepoTags: ['<none>:<none>'], Size: 5 }), [
      { id, name: 'c'.repeat(12), isDangling: true, size: 5 },
    ]);
  });
});

describe('extension: progress of a pull', () => {
  it('adds layers up', () => {
    const progress = new LayerProgress();
    progress.push({ id: '1', status: 'Pulling from library/x' });
    progress.push({ id: 'a', status: 'Downloading', progressDetail: { current: 50, total: 100 } });
    progress.push({ id: 'b', status: 'Downloading', progressDetail: { current: 100, total: 300 } });
    assert.equal(progress.fraction, 0.375);
    progress.push({ id: 'a', status: 'Pull complete' });
    assert.equal(progress.fraction, 0.5);
    assert.equal(progress.message, 'layers 1 of 2, 200B of 400B');
  });

  it('knows no fraction without sizes', () => {
    const progress = new LayerProgress();
    progress.push({ id: 'a', status: 'Waiting' });
    progress.push({ status: 'Status: Image is up to date' });
    assert.equal(progress.fraction, undefined);
  });
});

describe('extension: times of log lines', () => {
  it('tells the moment after, to the nanosecond', () => {
    assert.equal(momentAfter('2026-01-02T03:04:05.000000001Z'), '1767323045.000000002');
    assert.equal(momentAfter('2026-01-02T03:04:05.999999999Z'), '1767323046.000000000');
    assert.equal(momentAfter('2026-01-02T05:04:05.5+02:00'), '1767323045.500000001');
    assert.equal(momentAfter('2026-01-02T03:04:05Z'), '1767323045.000000000', 'more may have been written in it');
    assert.equal(momentAfter('yesterday'), undefined);
  });
});

describe('extension: input without a terminal', () => {
  it('echoes, edits and sends whole lines', () => {
    const input = new LineInput();
    assert.deepEqual(input.push('ax\u007fb'), { echo: 'ax\b \bb', send: '', isEnd: false });
    assert.deepEqual(input.push('\r'), { echo: '\r\n', send: 'ab\n', isEnd: false });
    assert.deepEqual(input.push('\u007f\u001b'), { echo: '', send: '', isEnd: false });
    assert.deepEqual(input.push('é\u0004'), { echo: 'é', send: 'é', isEnd: false });
    assert.equal(input.push('\u0004').isEnd, true);
  });
});

describe('extension: users of a container', () => {
  it('reads names and numbers, and leaves out what is neither', () => {
    const text =
      'root:x:0:0:root:/root:/bin/sh\n# comment\nwww-data:x:33:33::/:\nbad name:x:1:1\nx:y\nhuge:x:99999999999:1\n';
    assert.deepEqual(parseUsers(text), [
      { name: 'root', uid: 0 },
      { name: 'www-data', uid: 33 },
    ]);
  });
});
