// Builds that run: order, results, failures, what they leave behind.

import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { context, Lab } from './lab.ts';

describe('builds', () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.open();
  });
  after(() => lab[Symbol.asyncDispose]());

  it('makes an image of FROM, RUN and what only changes the configuration', async () => {
    const built = await lab.build(
      'FROM busybox AS base\nENV GREETING=hello\nRUN echo $GREETING > /said && echo told\nWORKDIR /a/b\nCMD ["cat", "/said"]\n',
      { tags: ['first:1'], labels: { made: 'here' } },
    );
    assert.equal(built.failure, undefined);
    assert.equal(built.output, 'told\n');
    assert.deepEqual(built.states, ['done', 'done', 'done', 'done', 'done']);
    const image = await lab.engine.images.inspect('first:1');
    assert.equal(image.Id, built.imageId);
    assert.deepEqual(image.Config?.Cmd, ['cat', '/said']);
    assert.equal(image.Config?.WorkingDir, '/a/b');
    assert.deepEqual(image.Config?.Labels, { made: 'here' });
    assert.equal(image.RootFS?.Layers?.length, 3);
    assert.equal(await lab.run('first:1', ['cat', '/said']), 'hello\n');
    assert.deepEqual(await lab.engine.containers.list({ all: true, size: false, filters: new Map() }), []);
    assert.deepEqual(await lab.problems(), []);
  });

  it('makes the same image of the same input, where the time is given', async () => {
    const text = 'FROM busybox\nWORKDIR /w\nCOPY a .\nRUN date > /dev/null; echo x > x; mkdir -p d/e; ln x d/y\n';
    const build = async () =>
      lab.build(text, { noCache: true, sourceDateEpoch: 1_700_000_000, context: await context({ a: 'A' }) });
    const first = await build();
    assert.equal(first.failure, undefined, first.failure?.message);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assert.equal((await build()).imageId, first.imageId);
  });

  it('refuses a step that wants more than a container has', async () => {
    const built = await lab.build('FROM busybox\nRUN --security=insecure true\n');
    assert.match(
      built.failure?.message ?? '',
      /^Dockerfile:2: security\.insecure is not allowed: the engine has to be started with --builder security-insecure=true\n/,
    );
    assert.deepEqual(built.states, []);
  });

  it('runs steps in the network that is asked for', async () => {
    const text = 'FROM busybox\nRUN ls /sys/class/net | sort | xargs\nRUN --network=none ls /sys/class/net\n';
    assert.equal((await lab.build(text)).output, 'eth0 lo\nlo\n');
    assert.equal((await lab.build(text, { network: 'none', noCache: true })).output, 'lo\nlo\n');
    const host = await lab.build('FROM busybox\nRUN readlink /proc/self/ns/net\n', { network: 'host' });
    assert.equal(host.output.trim(), readlinkSync('/proc/self/ns/net'));
    const hosts = await lab.build('FROM busybox\nRUN grep one /etc/hosts\n', {
      hostConfig: { ExtraHosts: ['one:1.2.3.4'] },
    });
    assert.match(hosts.output, /^1\.2\.3\.4\s+one$/m);
  });

  it('goes on without what a step made when nothing of it is kept', async () => {
    const built = await lab.build('FROM busybox\nRUN true\nRUN true\n', { tags: ['empty'] });
    assert.equal((await lab.engine.images.inspect('empty')).RootFS?.Layers?.length, 1);
    assert.deepEqual(built.results.get(1)?.layerSize, 0);
    const history = await lab.engine.images.history('empty');
    assert.equal(history.filter(({ Size }) => Size === 0).length >= 2, true);
  });

  it('tells a command that is not there as the step that failed', async () => {
    const built = await lab.build('FROM busybox\nRUN ["/nope"]\n');
    assert.equal(built.failure?.exitCode, 127);
    assert.match(built.failure?.message ?? '', /"\/nope".*no such file or directory/);
    assert.deepEqual(built.states, ['done', 'failed']);
  });
});
