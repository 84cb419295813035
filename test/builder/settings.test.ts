// What the engine is told of builds: how much it keeps of them and for how long, and what they may ask for beyond a sandbox.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { until } from '../helpers/poll.ts';
import { requireRoot } from '../helpers/skip.ts';
import { Lab } from './lab.ts';

const twoLayers = `FROM busybox\nRUN head -c 1000000 /dev/zero > /a\nRUN head -c 1000000 /dev/zero > /b\n`;

/** Ends of what the cache has: it is tidied up after a build has said that it is done. */
async function names(lab: Lab): Promise<readonly string[]> {
  return (await lab.engine.builds.cache()).map(({ description }) => description.slice(-2));
}

describe('builder: settings', () => {
  before(function () {
    requireRoot(this);
  });

  it('keeps no more bytes than it is told to, and what was used last', async () => {
    await using lab = await Lab.open(silentLogger, { keepBytes: 1_500_000 });
    assert.equal((await lab.build(twoLayers)).failure, undefined);
    await until('one layer is left', async () => (await names(lab)).join() === '/b');
  });

  it('lets go of what nobody used for as long as it is told', async () => {
    await using lab = await Lab.open(silentLogger, { keepMs: 0 });
    assert.equal((await lab.build(twoLayers)).failure, undefined);
    await sleep(20);
    assert.equal((await lab.build('FROM busybox\nENV a=b\n')).failure, undefined);
    await until('nothing is left', async () => (await names(lab)).length === 0);
  });

  it('keeps what a failed command had made for as long as it is told', async () => {
    await using lab = await Lab.open(silentLogger, { keepFailedMs: 0 });
    const failed = 'FROM busybox\nRUN touch /half && false\n';
    assert.notEqual((await lab.build(failed)).failure, undefined);
    const [failedBuild] = await lab.engine.builds.list();
    const left = async (): Promise<string> => {
      const { Id } = await lab.engine.builds.stepImage(failedBuild?.id ?? '', { isBefore: false });
      return await lab.run(Id, ['ls', '/']);
    };
    assert.equal((await lab.build('FROM busybox\nENV a=b\n')).failure, undefined);
    await until('what failed is gone', async () => !(await left()).includes('half'));
    assert.match(await left(), /bin/, 'what it began with is there still');
  });

  const insecure = 'FROM busybox\nRUN --security=insecure mkdir /m && mount -t tmpfs none /m && echo privileged\n';
  const ofHost = 'FROM busybox\nRUN --network=host readlink /proc/self/ns/net\n';

  it('runs a privileged step where both the engine and the client allow it, and nowhere else', async () => {
    await using lab = await Lab.open(silentLogger, { securityInsecure: true });
    const refused = await lab.build(insecure, { entitlements: [] });
    assert.match(
      refused.failure?.message ?? '',
      /^Dockerfile:2: security\.insecure is not allowed: build with --allow security\.insecure\n-+\n1 \| .*\n2 \| >>> RUN/,
    );
    const built = await lab.build(insecure, { entitlements: ['security.insecure'] });
    assert.equal(built.failure, undefined);
    assert.equal(built.output, 'privileged\n');
  });

  it('gives a step the network of the host where it is allowed', async () => {
    await using lab = await Lab.open();
    const refused = await lab.build(ofHost, { entitlements: [] });
    assert.match(
      refused.failure?.message ?? '',
      /:2: network\.host is not allowed: build with --allow network\.host\n/,
    );
    assert.equal((await lab.build(ofHost, { entitlements: ['network.host'] })).failure, undefined);
    await using strict = await Lab.open(silentLogger, { networkHost: false });
    assert.match(
      (await strict.build(ofHost, { entitlements: ['network.host'] })).failure?.message ?? '',
      /started with --builder network-host=true/,
    );
  });
});
