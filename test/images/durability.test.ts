// What a power cut leaves: images that were on disk, and none that was not.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxArchive, dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { type Lab, leftovers, load, openLab, requireImages } from './fixture.ts';

describe('images: on disk', () => {
  let lab: Lab;
  let boot: string;
  let synced: string[];
  /** What the next sync waits for. */
  let disk: Promise<void>;

  before(function () {
    requireImages(this);
  });

  beforeEach(async () => {
    boot = 'first';
    // An engine of the test before may still have something to sync.
    const own: string[] = [];
    synced = own;
    disk = Promise.resolve();
    lab = await openLab({
      change: (deps) => ({
        ...deps,
        host: { ...deps.host, bootId: async () => boot },
        kernel: {
          openTree: deps.kernel.openTree,
          removeTree: deps.kernel.removeTree,
          rights: deps.kernel.rights,
          spread: deps.kernel.spread,
          async syncFiles(path) {
            own.push(path);
            await disk;
            await deps.kernel.syncFiles(path);
          },
        },
      }),
    });
  });

  afterEach(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const marks = (): (string | undefined)[] => {
    const { images } = JSON.parse(readFileSync(join(lab.root, 'images.json'), 'utf8')) as {
      images: { unsynced?: string }[];
    };
    return images.map(({ unsynced }) => unsynced);
  };
  const exists = (name: string): Promise<boolean> =>
    lab.images.resolve(name).then(
      () => true,
      () => false,
    );

  it('are marked until the disk has them', async () => {
    const gate = Promise.withResolvers<void>();
    disk = gate.promise;
    await load(lab, await busyboxArchive('busybox:latest'));
    assert.deepEqual(marks(), ['first']);
    gate.resolve();
    await lab.images.settle();
    assert.deepEqual([marks(), synced], [[undefined], [lab.root]]);
    await lab.images.tag('busybox', { repo: 'other', tag: 'latest' });
    await lab.images.settle();
    assert.deepEqual([marks(), synced], [[undefined], [lab.root]]);
  });

  it('stay after a power cut, while what was not there yet goes with all its parts', async () => {
    await load(lab, await busyboxArchive('early:1'));
    await lab.images.settle();
    disk = new Promise(() => undefined);
    await load(lab, await dockerArchive('late:1', [await tarOf({ late: 'late' })], { Cmd: ['late'] }));
    boot = 'second';
    await lab.reopen();
    disk = Promise.resolve();
    assert.deepEqual([await exists('early:1'), await exists('late:1')], [true, false]);
    assert.deepEqual(await leftovers(lab), []);
  });

  it('stay when only the engine was killed, and are brought to disk by the next one', async () => {
    disk = new Promise(() => undefined);
    await load(lab, await busyboxArchive('busybox:latest'));
    await lab.reopen();
    disk = Promise.resolve();
    assert.deepEqual([await exists('busybox'), marks()], [true, ['first']]);
    await lab.images.settle();
    assert.deepEqual(marks(), [undefined]);
  });

  it('keep their mark when they are written anew during a sync, or the disk fails', async () => {
    const archive = await busyboxArchive('busybox:latest');
    const gate = Promise.withResolvers<void>();
    disk = gate.promise;
    await load(lab, archive);
    const settling = lab.images.settle();
    await lab.images.remove('busybox', { force: true, noPrune: false });
    await load(lab, archive);
    const failing = Promise.reject(new Error('the disk failed'));
    failing.catch(() => undefined);
    disk = failing;
    gate.resolve();
    await settling;
    assert.deepEqual([marks(), synced.length], [['first'], 2]);
    disk = Promise.resolve();
    await load(lab, await busyboxArchive('again:latest'));
    await lab.images.settle();
    assert.deepEqual(marks(), [undefined]);
  });

  it('are checked file by file', async () => {
    await load(lab, await busyboxArchive('busybox:latest'));
    assert.deepEqual(await leftovers(lab), []);
    const [layer = ''] = readdirSync(join(lab.root, 'layers')).filter((name) => /^[0-9a-f]{20}$/.test(name));
    const busybox = join(lab.root, 'layers', layer, 'diff/bin/busybox');
    const { size } = statSync(busybox);
    truncateSync(busybox, 0);
    const message = async () => (await lab.images.check()).problems.map((problem) => problem.message).join();
    assert.equal(await message(), `/bin/busybox has 0 bytes, not ${size}`);
    rmSync(busybox);
    assert.equal(await message(), '/bin/busybox is missing');
  });
});
