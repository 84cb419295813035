// Notes of pulls that go on: there until the image is, and until the last pull of it has ended.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from '../../runtime/src/host/host.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { InterruptedPulls } from '../../runtime/src/images/store/interrupted.ts';
import { Lease } from '../../runtime/src/images/store/store.ts';
import type { Digest } from '../../runtime/src/spec/digest.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { type TempFolder, makeTempFolder } from '../helpers/temp-folder.ts';
import { startAdversary } from '../registry/adversary.ts';
import { collect, namesBelow, openLab, requireImages } from './fixture.ts';

const id = `sha256:${'1'.repeat(64)}` as Digest;

describe('images: notes of pulls', () => {
  let folder: TempFolder;
  const host = createNodeHost();
  const notes = (): string => join(folder.path, 'pulls');
  beforeEach(async () => {
    folder = await makeTempFolder();
    mkdirSync(notes());
    mkdirSync(join(folder.path, 'staging'));
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const open = (change: Partial<Files> = {}): InterruptedPulls =>
    new InterruptedPulls({
      files: { ...host.files, ...change },
      clock: host.clock,
      logger: silentLogger,
      folder: notes(),
      staging: join(folder.path, 'staging'),
      bootId: 'boot',
      lease: () => new Lease(new Map()),
      sweep: () => Promise.resolve(),
    });

  it('are there until the image is', async function () {
    requireImages(this);
    await using registry = await startAdversary(1000);
    let seen: readonly string[] = [];
    await using lab = await openLab({
      change: (deps) => ({
        ...deps,
        events: { publish: (_type, action) => void (action === 'pull' && (seen = namesBelow(lab, 'pulls'))) },
      }),
    });
    await collect(await lab.images.pull({ image: `${registry.address}/x`, tag: 'good' }));
    assert.deepEqual(seen, [`${registry.config.digest.slice(7)}.json`]);
    assert.deepEqual(namesBelow(lab, 'pulls'), []);
  });

  it('stay for the last of two pulls, and for none that could not begin', async () => {
    let isFull = true;
    const pulls = open({
      writeAtomic: async (...given) => {
        if (isFull) throw new Error('no space left on device');
        await host.files.writeAtomic(...given);
      },
    });
    await assert.rejects(pulls.begin(id, [id]), /no space left/);
    isFull = false;
    const [first, second] = await Promise.all([pulls.begin(id, [id]), pulls.begin(id, [id])]);
    await first[Symbol.asyncDispose]();
    assert.equal(readdirSync(notes()).length, 1);
    await second[Symbol.asyncDispose]();
    assert.deepEqual(readdirSync(notes()), []);
  });

  it('keep what came of a blob through further starts, and nothing once the image is here', async () => {
    const blob = `sha256:${'2'.repeat(64)}` as Digest;
    const parts = join(notes(), `sha256-${'2'.repeat(64)}.part`);
    writeFileSync(join(notes(), `${id.slice(7)}.json`), JSON.stringify({ id, bootId: 'boot', parts: [id, blob] }));
    writeFileSync(join(folder.path, 'staging', `sha256-${'2'.repeat(64)}-7`), 'the first');
    for (let start = 0; start < 3; start++) await open().load(() => false);
    assert.ok(existsSync(parts));
    const pulls = open();
    await pulls.load(() => false);
    {
      await using beginning = pulls.beginning(blob);
      const bytes: Uint8Array[] = [];
      for await (const chunk of beginning?.bytes ?? []) bytes.push(chunk);
      assert.equal(Buffer.concat(bytes).toString(), 'the first');
      assert.equal(pulls.beginning(blob), undefined);
    }
    assert.ok(!existsSync(parts));
    writeFileSync(parts, 'nobody wants it');
    await open().load(() => true);
    assert.deepEqual(readdirSync(notes()), []);
  });

  it('stay for a pull that begins while all others are dropped', async () => {
    const note = join(notes(), `${id.slice(7)}.json`);
    writeFileSync(note, JSON.stringify({ id, bootId: 'boot', parts: [id] }));
    const removing = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    /** What a pull that did not wait would have time for. */
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    const pulls = open({
      remove: async (path) => {
        removing.resolve();
        await Promise.race([written.promise, turns()]);
        await host.files.remove(path);
      },
      writeAtomic: async (...given) => {
        await host.files.writeAtomic(...given);
        written.resolve();
      },
    });
    await pulls.load(() => false);
    const dropping = pulls.drop();
    await removing.promise;
    const pull = await pulls.begin(id, [id]);
    await dropping;
    assert.ok(existsSync(note));
    await pull[Symbol.asyncDispose]();
    assert.ok(!existsSync(note));
  });
});
