// `builder` and what `system prune` does about the cache of builds, by our command line and docker's.

import assert from 'node:assert/strict';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { coracleCli, dockerCli, requireDockerCli } from '../helpers/clients.ts';
import type { Cli } from '../helpers/clients.ts';
import { requireDaemon, startDaemon } from '../helpers/temp-daemon.ts';
import type { TempDaemon } from '../helpers/temp-daemon.ts';

describe('cli: the cache of builds', function () {
  let daemon: TempDaemon;
  let coracle: Cli;

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
    coracle = coracleCli(daemon.host);
    const input = await busyboxArchive('busybox:latest');
    assert.equal((await coracle(['load'], { input })).code, 0);
  });

  beforeEach(async () => {
    const input = Buffer.from('FROM busybox\nRUN echo made > /made\n');
    const { code, stderr } = await coracle(['builder', 'build', '-t', 'kept', '-'], { input });
    assert.equal(code, 0, stderr);
  });

  after(async () => await daemon?.[Symbol.asyncDispose]());

  const nothing = 'Total reclaimed space: 0B\n';
  const something = /^Deleted build cache objects:\n(?:\S+\n)+\nTotal reclaimed space: [1-9]\S*B\n$/;
  const pruned = async (cli: Cli, ...args: string[]) => {
    const { code, stdout, stderr } = await cli(args);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  it('stays where the answer is no, and goes where it is yes', async () => {
    const question = 'WARNING! This will remove all build cache. Are you sure you want to continue? [y/N] ';
    const answer = async (text: string) =>
      (await coracle(['builder', 'prune', '-a'], { input: Buffer.from(text) })).stdout;
    assert.equal(await answer('n\n'), question);
    const after = await answer('y\n');
    assert.ok(after.startsWith(question));
    assert.match(after.slice(question.length), something);
    assert.equal(await pruned(coracle, 'builder', 'prune', '-af'), nothing);
  });

  it('stays where it is young enough or small enough', async () => {
    assert.equal(await pruned(coracle, 'builder', 'prune', '-af', '--filter', 'until=24h'), nothing);
    assert.equal(await pruned(coracle, 'builder', 'prune', '-af', '--keep-storage', '1g'), nothing);
    assert.equal(await pruned(coracle, 'builder', 'prune', '-af', '--max-used-space', '1g'), nothing);
    assert.match(await pruned(coracle, 'builder', 'prune', '-f', '--max-used-space', '1'), something);
  });

  it('goes with `system prune`, by both command lines, and stays where labels are asked for', async function () {
    requireDockerCli(this);
    for (const cli of [coracle, dockerCli(daemon.host)]) {
      await pruned(coracle, 'builder', 'prune', '-af');
      const input = Buffer.from('FROM busybox\nRUN echo made > /made\n');
      assert.equal((await coracle(['builder', 'build', '-t', 'kept', '-'], { input })).code, 0);
      assert.equal(await pruned(cli, 'system', 'prune', '-f', '--filter', 'label=a=b'), nothing);
      // Images of the builds before have lost their name, and go too.
      assert.match(await pruned(cli, 'system', 'prune', '-f'), /^Deleted build cache objects:\n\S+\n\nTotal/m);
      assert.equal((await coracle(['image', 'inspect', 'kept'])).code, 0);
    }
  });
});
