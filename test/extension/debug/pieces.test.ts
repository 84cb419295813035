// What debug sessions are made of, without an engine: configurations, languages, source folders, addresses in output, and the protocol.

import assert from 'node:assert/strict';
import { SessionAdapter, type DebugOutput } from '../../../extension/src/debug/adapter.ts';
import { decode } from '../../../extension/src/debug/attach.ts';
import { readConfiguration } from '../../../extension/src/debug/configuration.ts';
import type { Program } from '../../../extension/src/debug/contract.ts';
import { Languages } from '../../../extension/src/debug/languages.ts';
import { node } from '../../../extension/src/debug/node.ts';
import { python, withDebugger } from '../../../extension/src/debug/python.ts';
import { rootsOf } from '../../../extension/src/debug/roots.ts';
import { programOf, runBody } from '../../../extension/src/debug/run-body.ts';
import { addressOf, servedBy } from '../../../extension/src/debug/server-ready.ts';

const places = { resolve: (path: string) => `/work/${path}`, home: () => '/home/me' };
const image = {
  Id: 'sha256:1',
  Config: { Cmd: ['node', 'server.js'], Env: ['PATH=/bin'], ExposedPorts: { '3000/tcp': {}, '80/tcp': {} } },
};

function program(words: readonly string[], environment: readonly string[] = []): Program {
  return { entrypoint: [], command: words, environment, workingDirectory: '/app' };
}

describe('extension: debug configurations', () => {
  const launch = { type: 'coracle', request: 'launch', name: 'n', dockerfile: '/src/shop/Dockerfile' };

  it('needs a Dockerfile or an image, and fills in the rest', () => {
    const read = readConfiguration(launch);
    assert.ok(read.request === 'launch');
    assert.deepEqual(read.source, {
      kind: 'build',
      dockerfile: '/src/shop/Dockerfile',
      context: '/src/shop',
      buildArgs: {},
    });
    assert.equal(read.ports, undefined);
    assert.deepEqual(read.serverReady, {});
    assert.throws(() => readConfiguration({ request: 'launch' }), /"dockerfile" or "image"/);
    assert.throws(() => readConfiguration({ ...launch, image: 'x' }), /either/);
  });

  it('says which property is wrong and how it is written', () => {
    const wrong = (property: object) => () => readConfiguration({ ...launch, ...property });
    assert.throws(wrong({ ports: '3000:3000' }), /"ports" is to be written like \["…"\]/);
    assert.throws(wrong({ env: { A: {} } }), /"env"/);
    assert.throws(wrong({ stopOnEntry: 'yes' }), /"stopOnEntry"/);
    assert.throws(wrong({ serverReady: { pattern: '(' } }), /serverReady\.pattern.*regular expression/);
    assert.throws(wrong({ serverReady: { uriFormat: 'command:x' } }), /uriFormat/);
    assert.throws(wrong({ request: 'start' }), /launch or attach/);
    assert.throws(() => readConfiguration({ request: 'attach' }), /"container"/);
    assert.throws(() => readConfiguration({ request: 'attach', container: 'c', port: 70_000 }), /"port"/);
  });

  it('takes no property from a prototype', () => {
    assert.throws(() => readConfiguration(Object.create({ dockerfile: '/x/Dockerfile' })), /"dockerfile"/);
  });

  it('publishes what an image exposes, and what is asked for, on loopback only', () => {
    const configuration = readConfiguration(launch);
    assert.ok(configuration.request === 'launch');
    const options = { image, preparation: {}, places, anyPorts: false };
    const usual = runBody({ ...options, configuration }).HostConfig?.PortBindings;
    assert.deepEqual(usual, {
      '3000/tcp': [{ HostIp: '127.0.0.1', HostPort: '3000' }],
      '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }],
    });
    const any = runBody({ ...options, configuration, anyPorts: true }).HostConfig?.PortBindings;
    assert.deepEqual(any?.['80/tcp'], [{ HostIp: '127.0.0.1', HostPort: '' }]);
    const asked = { ...configuration, ports: ['5000:3000', '8125/udp', '0.0.0.0:81:81'] };
    assert.deepEqual(runBody({ ...options, configuration: asked }).HostConfig?.PortBindings, {
      '3000/tcp': [{ HostIp: '127.0.0.1', HostPort: '5000' }],
      '8125/udp': [{ HostIp: '127.0.0.1', HostPort: '' }],
      '81/tcp': [{ HostIp: '0.0.0.0', HostPort: '81' }],
    });
  });
});

describe('extension: languages that are debugged', () => {
  const languages = new Languages([node, python(() => undefined)]);

  it('goes by what an image starts, then by what else it has', () => {
    const chosen = (...given: Parameters<typeof program>) => languages.choose(undefined, program(...given)).language;
    assert.equal(chosen(['node', 'server.js']), 'node');
    assert.equal(chosen(['/bin/sh', '-c', 'exec npm start']), 'node');
    assert.equal(chosen(['/usr/local/bin/python3.12', 'app.py']), 'python');
    assert.equal(chosen(['gunicorn', 'app:app'], ['NODE_VERSION=20']), 'python');
    assert.equal(chosen(['./start.sh'], ['NODE_VERSION=20']), 'node');
    assert.equal(languages.choose('python', program(['./x'])).language, 'python');
    assert.throws(() => chosen(['nginx', '-g', 'daemon off;']), /starts "nginx -g daemon off;".*node, python/);
    assert.throws(() => languages.choose('cobol', program([])), /Nobody here debugs cobol.*node, python/);
  });

  it('takes languages from other extensions, and gives the one before back', () => {
    const other = { ...node, extension: { id: 'a.b', name: 'other' } };
    const registered = languages.register(other);
    assert.equal(languages.choose('node', program([])), other);
    registered.dispose();
    assert.equal(languages.choose('node', program([])), node);
  });

  it('has Node load our file besides what it was to load anyway', async () => {
    const { environment, files } = await node.prepare(
      program(['node', 'a.js'], ['NODE_OPTIONS=--max-old-space-size=99']),
      {
        stopOnEntry: false,
      },
    );
    assert.deepEqual(environment, { NODE_OPTIONS: '--max-old-space-size=99 --require=/.coracle/debug.cjs' });
    assert.deepEqual(Object.keys(files ?? {}), ['/.coracle/debug.cjs']);
  });

  it('hears only what Node says of its inspector on loopback', () => {
    const line = 'Debugger listening on ws://127.0.0.1:34567/0f2c-ab';
    assert.deepEqual(node.listener(line), { port: 34_567, path: '/0f2c-ab' });
    assert.equal(node.listener(`see ${line}`), undefined);
    assert.equal(node.listener('Debugger listening on ws://example.org:80/x'), undefined);
    assert.ok(node.isChatter('Debugger attached.'));
    assert.ok(!node.isChatter('Debugger listening is fun'));
  });

  it('starts Python programs with debugpy, however they are started', () => {
    const words = '-m debugpy --listen 127.0.0.1:5678 --wait-for-client';
    const rewritten = (...command: string[]) => withDebugger(program(command)).command?.join(' ');
    assert.equal(rewritten('python', '-u', 'app.py', '-m'), `python -u ${words} app.py -m`);
    assert.equal(rewritten('flask', 'run'), `python3 ${words} -m flask run`);
    assert.equal(
      rewritten('/bin/sh', '-c', 'cd x && python3 -u manage.py'),
      `/bin/sh -c cd x && python3 -u ${words} manage.py`,
    );
    assert.equal(rewritten('./serve'), undefined);
    const inEntrypoint = withDebugger({ ...program(['app.py']), entrypoint: ['python3'] });
    assert.deepEqual(inEntrypoint, { entrypoint: ['python3', ...words.split(' ')] });
  });

  it('believes nothing of a search that is not as it should be', () => {
    const right = { pid: 7, port: 9229, path: '/a-b', commandLine: ['node', 'x.js'], workingDirectory: '/app' };
    assert.deepEqual(decode(JSON.stringify([right])), [right]);
    for (const wrong of [
      { port: 0 },
      { port: '1' },
      { path: '/../x' },
      { commandLine: 'node' },
      { workingDirectory: 1 },
    ]) {
      assert.deepEqual(decode(JSON.stringify([{ ...right, ...wrong }, null])), []);
    }
    assert.deepEqual(decode('{}'), []);
  });
});

describe('extension: where the sources of an image lie', () => {
  const folders = new Set(['/src', '/src/server', '/src/lib', '/src/web', '/src/web/app']);
  const roots = (text: string, target?: string, workingDirectory = '/app') =>
    rootsOf({ text, target, context: '/src', workingDirectory, isFolder: (path) => folders.has(path) });

  const cases: readonly [string, string, string, string, string?][] = [
    ['the whole context', 'FROM a\nWORKDIR /app\nCOPY . .\n', '/src', '/app'],
    [
      'files and a folder of the same name',
      'FROM a\nWORKDIR /app\nCOPY package*.json ./\nCOPY lib ./lib\n',
      '/src',
      '/app',
    ],
    ['a folder below', 'FROM a\nWORKDIR /srv\nCOPY server/ .\n', '/src/server', '/srv'],
    ['one file', 'FROM a\nCOPY server.js /opt/x/server.js\n', '/src', '/opt/x'],
    ['variables', 'FROM a\nARG TO=/opt\nENV HOME=$TO/me\nWORKDIR $HOME\nCOPY . .\n', '/src', '/opt/me'],
    [
      'another stage',
      'FROM a AS b\nWORKDIR /build\nCOPY . .\nFROM c\nWORKDIR /app\nCOPY --from=b /build /app\n',
      '/src',
      '/app',
    ],
    [
      'a part of another stage',
      'FROM a AS b\nWORKDIR /b\nCOPY . .\nFROM c\nCOPY --from=b /b/lib /app/lib\n',
      '/src',
      '/app',
    ],
    ['a stage below', 'FROM a AS base\nWORKDIR /app\nFROM base\nCOPY . .\n', '/src', '/app'],
    ['the directory of the base image', 'FROM a\nCOPY . .\n', '/src', '/usr/src'],
    ['nothing that is copied', 'FROM a\nRUN git clone x\n', '/src', '/app'],
    ['no Dockerfile at all', '', '/src', '/app'],
    [
      'a stage that is asked for',
      'FROM a AS dev\nWORKDIR /dev-app\nCOPY . .\nFROM b\nWORKDIR /app\nCOPY . .\n',
      '/src',
      '/dev-app',
      'dev',
    ],
    ['a way out of the context', 'FROM a\nCOPY ../../etc /app/\n', '/src', '/app'],
  ];
  for (const [what, text, local, remote, target] of cases) {
    it(`finds them by ${what}`, () => {
      const workingDirectory = what.startsWith('the directory') ? '/usr/src' : '/app';
      assert.deepEqual(roots(text, target, workingDirectory), { local, remote });
    });
  }
});

describe('extension: servers in output', () => {
  const cases: readonly [string, string][] = [
    ['Server running at http://0.0.0.0:3000/', 'http://localhost:49001/'],
    ['  Local:   http://localhost:5173/app?x=1', 'http://localhost:49001/app?x=1'],
    ['listening on port 8080', 'http://localhost:49001/'],
    ['Example app listening on :3000', 'http://localhost:49001/'],
    ['Uvicorn running on https://[::]:8443 (Press CTRL+C to quit)', 'https://localhost:49001/'],
  ];
  for (const [line, url] of cases) {
    it(`opens what is said by ${line.trim()}`, () => {
      const served = servedBy(line);
      assert.ok(served !== undefined);
      assert.equal(addressOf(served, { machine: 'localhost', port: 49_001 }), url);
    });
  }

  it('says the port of the container', () => {
    assert.equal(servedBy('listening on port 8080')?.port, 8080);
    assert.equal(servedBy('Ready on http://127.0.0.1')?.port, 80);
    assert.equal(servedBy('> up at 4000', { pattern: 'up at (\\d+)' })?.port, 4000);
  });

  it('hears nothing in other lines, and is not slow with long ones', () => {
    for (const line of ['GET http://example.org/x 200', 'ready', 'started in 300 ms', 'listening on port 99999']) {
      assert.equal(servedBy(line), undefined, line);
    }
    const begun = performance.now();
    servedBy(`listening ${'port http://'.repeat(100_000)}`);
    servedBy(`listening ${'1.'.repeat(100_000)}`);
    assert.ok(performance.now() - begun < 10_000);
  });

  it('opens what the configuration says', () => {
    const served = servedBy('listening on port 8080');
    assert.ok(served !== undefined);
    const format = { uriFormat: 'https://shop.localhost:%s/admin' };
    assert.equal(addressOf(served, { machine: 'x', port: 1 }, format), 'https://shop.localhost:1/admin');
  });
});

describe('extension: the protocol of a debug session', () => {
  interface Sent {
    readonly type: string;
    readonly event?: string;
    readonly command?: string;
    readonly success?: boolean;
    readonly body?: unknown;
  }

  function session(start: (output: DebugOutput) => Promise<void>) {
    const sent: Sent[] = [];
    const faults: unknown[] = [];
    const ends: number[] = [];
    let made = 0;
    const adapter = new SessionAdapter(
      (_configuration, output) => {
        const number = (made += 1);
        return { start: () => start(output), end: async () => void ends.push(number) };
      },
      (error) => faults.push(error),
    );
    adapter.onDidSendMessage((message) => sent.push(message as Sent));
    let seq = 0;
    const ask = async (command: string, given: object = {}) => {
      adapter.handleMessage({ type: 'request', seq: (seq += 1), command, arguments: given } as never);
      await new Promise(setImmediate);
    };
    const events = () => sent.flatMap(({ event }) => event ?? []);
    return { adapter, ask, sent, events, faults, ends };
  }

  it('starts, is started again without an end for VS Code, and ends once', async () => {
    const { ask, sent, events, ends } = session(async (output) => output.write('hello\n', 'stdout'));
    await ask('initialize');
    await ask('launch', { name: 'n' });
    assert.deepEqual(events(), ['initialized', 'output']);
    await ask('restart');
    assert.deepEqual(ends, [1]);
    assert.deepEqual(events(), ['initialized', 'output', 'output']);
    await ask('terminate');
    assert.deepEqual(ends, [1, 2]);
    assert.deepEqual(events().slice(3), ['terminated']);
    assert.ok(sent.filter(({ type }) => type === 'response').every(({ success }) => success === true));
  });

  it('ends what was begun and says why, when it cannot start', async () => {
    const { ask, events, faults, ends } = session(async () => {
      throw new Error('no engine');
    });
    await ask('launch');
    assert.deepEqual(events(), ['initialized', 'terminated']);
    assert.deepEqual(faults.map(String), ['Error: no engine']);
    assert.deepEqual(ends, [1]);
  });

  it('ends what runs when VS Code lets go of it', async () => {
    const { adapter, ask, ends } = session(() => Promise.resolve());
    await ask('launch');
    adapter.dispose();
    assert.deepEqual(ends, [1]);
  });

  it('leaves threads and breakpoints to the sessions below', async () => {
    const { ask, sent } = session(() => Promise.resolve());
    await ask('threads');
    await ask('setBreakpoints');
    await ask('evaluate');
    assert.deepEqual(
      sent.map(({ success, body }) => [success, body]),
      [
        [true, { threads: [] }],
        [true, { breakpoints: [] }],
        [false, undefined],
      ],
    );
  });

  it('makes a container of what the program and its debugger need', () => {
    const configuration = readConfiguration({ name: 'n', image: 'x', env: { A: 1 }, command: ['npm', 'start'] });
    assert.ok(configuration.request === 'launch');
    assert.deepEqual(programOf(image, configuration).command, ['npm', 'start']);
    const preparation = { environment: { NODE_OPTIONS: '--x' } };
    const body = runBody({ image, configuration, preparation, places, anyPorts: false });
    assert.deepEqual(
      [body.Cmd, body.Env, body.HostConfig?.AutoRemove],
      [['npm', 'start'], ['A=1', 'NODE_OPTIONS=--x'], true],
    );
    const entrypoint = { entrypoint: ['python3', '-m', 'debugpy'] };
    const own = readConfiguration({ name: 'n', image: 'x' });
    assert.ok(own.request === 'launch');
    const rewritten = runBody({ image, configuration: own, preparation: entrypoint, places, anyPorts: false });
    assert.deepEqual([rewritten.Entrypoint, rewritten.Cmd], [entrypoint.entrypoint, ['node', 'server.js']]);
  });
});
