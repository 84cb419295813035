// `RUN --mount`, of every kind, in containers that run.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '../helpers/poll.ts';
import { temporaryFolder } from '../native/setup.ts';
import { context, Lab } from './lab.ts';

/** Files below a folder that hold a text; links are not followed. */
function filesWith(folder: string, text: string): readonly string[] {
  const { stdout } = spawnSync('grep', ['-rl', '-D', 'skip', text, folder], { encoding: 'utf8' });
  return stdout.split('\n').filter((path) => path !== '');
}

describe('mounts of RUN', () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.open();
  });
  after(async () => {
    assert.deepEqual(await lab.problems(), []);
    await lab[Symbol.asyncDispose]();
  });

  it('shows files of the context, read-only, and leaves no mount point', async () => {
    const built = await lab.build(
      'FROM busybox\nRUN --mount=target=/src/deep --mount=source=dir/a,target=/one cat /src/deep/dir/a /one > /got; ! touch /src/deep/x',
      { context: await context({ 'dir/a': 'A\n' }), tags: ['bound'] },
    );
    assert.equal(built.failure, undefined, built.failure?.message);
    assert.equal(
      await lab.run('bound', ['sh', '-c', 'cat /got; ls -d /src /one']),
      'A\nA\nls: /src: No such file or directory\nls: /one: No such file or directory\n',
    );
  });

  it('lets a step write into a bind, and throws that away', async () => {
    const files = { a: 'A\n' };
    const built = await lab.build(
      'FROM busybox AS one\nRUN echo 1 > /kept\nFROM busybox\n' +
        'RUN --mount=target=/c,rw --mount=from=one,target=/s,rw echo 2 > /c/a && echo 2 > /s/kept && cat /c/a /s/kept\n' +
        'RUN --mount=target=/c --mount=from=one,source=/kept,target=/k cat /c/a /k; ls /c\n',
      { context: await context(files) },
    );
    assert.equal(built.failure, undefined, built.failure?.message);
    assert.equal(built.output, '2\n2\nA\n1\na\n');
  });

  it('resolves links of a source inside, and says when there is nothing', async () => {
    const files = { 'd/a': 'A\n', link: '->/d', out: '->../../../../etc' };
    const built = await lab.build('FROM busybox\nRUN --mount=source=link,target=/m cat /m/a', {
      context: await context(files),
    });
    assert.equal(built.output, 'A\n');
    const outside = await lab.build('FROM busybox\nRUN --mount=source=out,target=/m cat /m/passwd', {
      context: await context(files),
    });
    assert.match(outside.failure?.message ?? '', /not found/);
  });

  it('follows a link at a target no further than the root', async () => {
    const built = await lab.build(
      'FROM busybox\nRUN ln -s /tmp /way\nRUN --mount=type=tmpfs,target=/way/in touch /way/in/x; ls /way\n',
      { tags: ['way'] },
    );
    assert.equal(built.failure, undefined, built.failure?.message);
    assert.equal(built.output, 'in\n');
    assert.equal(await lab.run('way', ['ls', '/tmp']), '');
  });

  it('keeps a cache from build to build, and each private one apart', async () => {
    const file = (n: number) =>
      `FROM busybox\nRUN --mount=type=cache,target=/c,id=one echo ${n} >> /c/log; cat /c/log; stat -c %a /c`;
    assert.equal((await lab.build(file(1))).output, '1\n755\n');
    assert.equal((await lab.build(file(2))).output, '1\n2\n755\n');
    const caches = (await lab.engine.builds.cache()).filter(({ kind }) => kind === 'mount');
    assert.deepEqual(
      caches.map(({ description }) => description),
      ['one'],
    );
    // They meet in a cache that both may have.
    const aside = (name: string, other: string) =>
      `FROM busybox AS ${name}\nRUN --mount=type=cache,target=/c,id=p,sharing=private --mount=type=cache,target=/m,id=meeting ` +
      `touch /c/${name} /m/${name}; until test -e /m/${other}; do sleep 0.1; done; ls /c\n`;
    const side = await lab.build(
      `${aside('a', 'b')}${aside('b', 'a')}` +
        'FROM busybox\nRUN --mount=from=a,target=/a --mount=from=b,target=/b true\n',
    );
    assert.deepEqual(side.output.trim().split('\n').toSorted(), ['a', 'b']);
  });

  it('lets go of a cache that nobody has used for very long', async () => {
    const folder = join(lab.dataRoot, 'builds/cache-mounts');
    const file = 'FROM busybox\nRUN --mount=type=cache,target=/c,id=old touch /c/x\n';
    await lab.build(file, { noCache: true });
    const mounts = async () => (await lab.engine.builds.cache()).filter(({ description }) => description === 'old');
    const [old] = await mounts();
    assert.ok(old !== undefined);
    utimesSync(join(folder, old.id, 'used'), 0, 0);
    await lab.build('FROM busybox\n');
    await until('it is removed', async () => (await mounts()).length === 0);
  });

  it('lets one step after the other have a locked cache', async () => {
    const stage = (name: string) =>
      `FROM busybox AS ${name}\nRUN --mount=type=cache,target=/c,id=l,sharing=locked mkdir /c/held && sleep 0.5 && rmdir /c/held\n`;
    const built = await lab.build(
      `${stage('a')}${stage('b')}FROM busybox\nRUN --mount=from=a,target=/a --mount=from=b,target=/b true\n`,
    );
    assert.equal(built.failure, undefined, built.failure?.message);
  });

  it('shows a secret to the process, and to nothing else', async () => {
    const secrets = { token: new TextEncoder().encode('s3cr3t-value') };
    const file =
      'FROM busybox\nRUN --mount=type=secret,id=token --mount=type=secret,id=token,env=TOKEN,target=/t cat /run/secrets/token; echo; stat -c %a /t; echo $TOKEN\n';
    const built = await lab.build(file, { secrets, tags: ['secret'] });
    assert.equal(built.output, 's3cr3t-value\n400\ns3cr3t-value\n');
    const image = await lab.engine.images.inspect('secret');
    const { output } = (await lab.engine.builds.inspect(built.id)).steps[1] ?? {};
    assert.ok(!JSON.stringify([image, await lab.engine.images.history('secret')]).includes('s3cr3t'));
    assert.equal(output, '***\n400\n***\n');
    assert.equal(image.RootFS?.Layers?.length, 1);
    assert.deepEqual(filesWith(lab.dataRoot, 's3cr3t'), []);
    assert.deepEqual(filesWith(lab.execRoot, 's3cr3t'), []);
    // Its value is not part of the key.
    const again = await lab.build(file, { secrets: { token: new TextEncoder().encode('other') } });
    assert.deepEqual(again.states, ['done', 'cached']);
  });

  it('says which secret or agent is missing, where it is required', async () => {
    const missing = await lab.build('FROM busybox\nRUN --mount=type=secret,id=token,required cat /run/secrets/token');
    assert.equal(missing.failure?.message, 'secret token: not found');
    assert.equal(missing.failure.step, 1);
    const agent = await lab.build('FROM busybox\nRUN --mount=type=ssh,required true');
    assert.equal(agent.failure?.message, 'SSH agent default: not found');
    assert.equal((await lab.build('FROM busybox\nRUN --mount=type=secret,id=token echo fine')).output, 'fine\n');
  });

  it("leads to an agent's socket", async () => {
    const path = join(temporaryFolder('a'), 'agent');
    const server = createServer((socket) => socket.end('hello\n')).listen(path);
    try {
      const built = await lab.build(
        'FROM busybox\nRUN --mount=type=ssh echo $SSH_AUTH_SOCK; test -S $SSH_AUTH_SOCK && echo socket',
        { sshAgents: { default: path } },
      );
      assert.equal(built.output, '/run/buildkit/ssh_agent.0\nsocket\n');
    } finally {
      server.close();
    }
  });

  it('gives memory of a size', async () => {
    const built = await lab.build(
      "FROM busybox\nRUN --mount=type=tmpfs,target=/m,size=1m df -k /m | tail -1 | awk '{print $2}'",
    );
    assert.equal(built.output, '1024\n');
  });

  it('runs a script by its own first line', async () => {
    const built = await lab.build('FROM busybox\nRUN <<EOF\n#!/bin/busybox sh\necho "$0" | sed s,.*/,,\nEOF\n', {
      tags: ['script'],
    });
    assert.equal(built.output, 'EOF\n');
    assert.equal((await lab.engine.images.inspect('script')).RootFS?.Layers?.length, 1);
  });
});
