// Layers packed on their way out: several at once, each as it is unpacked again, and nothing left of what was stopped.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Blobs } from '../../runtime/src/content/blobs.ts';
import type { Bytes, Host } from '../../runtime/src/host/host.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { LayerPacker } from '../../runtime/src/images/pack-layer.ts';
import { PackedDigests } from '../../runtime/src/images/store/packed-digests.ts';
import { concat } from '../../runtime/src/spec/bytes.ts';
import type { Digest } from '../../runtime/src/spec/digest.ts';
import { mediaTypes } from '../../runtime/src/spec/manifest.ts';
import { Serial } from '../../runtime/src/spec/queue.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { digestOf } from '../registry-server/in-process.ts';

const atOnce = 3;
const contents = Array.from({ length: 2 * atOnce }, (_, at) => Buffer.from(`layer ${at}\n`.repeat(30_000)));

async function bytesOf(input: Bytes): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(Buffer.from(part));
  return concat(parts);
}

/** Each layer waits until as many as may are being packed: one after the other they would never come to an end. */
function together(host: Host): { readonly host: Host; readonly most: () => number } {
  let active = 0;
  let most = 0;
  const all = Promise.withResolvers<void>();
  async function* compress(kind: 'gzip' | 'zstd' | 'none', input: Bytes): AsyncGenerator<Uint8Array> {
    active += 1;
    most = Math.max(most, active);
    if (active === atOnce) all.resolve();
    await all.promise;
    try {
      yield* host.codec.compress(kind, input);
    } finally {
      active -= 1;
    }
  }
  return { host: { ...host, codec: { ...host.codec, compress } }, most: () => most };
}

describe('images: packing layers', () => {
  let folder: TempFolder;
  let blobs: Blobs;
  let layers: { readonly digest: Digest; readonly size: number; readonly mediaType: string }[];
  const host = createNodeHost();
  const notes = (): string => join(folder.path, 'packed.json');
  /** As an engine finds it at its start. */
  const store = async (by: Host = host) => {
    const packed = new PackedDigests(by, notes(), blobs);
    await packed.load();
    return { host: by, blobs, packed };
  };
  const temporary = (): string => join(folder.path, 'tmp');

  beforeEach(async () => {
    folder = await makeTempFolder();
    mkdirSync(temporary());
    blobs = new Blobs(host, folder.path, temporary(), new Serial());
    await blobs.load();
    const digests = await Promise.all(contents.map((bytes) => blobs.put(bytes)));
    layers = digests.map((digest, at) => ({
      digest,
      size: contents[at]?.length ?? 0,
      mediaType: mediaTypes.ociLayer,
    }));
  });
  afterEach(async () => folder[Symbol.asyncDispose]());

  it('packs three at once, each once', async () => {
    const watched = together(host);
    await using packer = new LayerPacker(await store(watched.host));
    const [packed, again] = await Promise.all([
      Promise.all(layers.map((layer) => packer.pack(layer, 'gzip', undefined))),
      Promise.all(layers.map((layer) => packer.pack(layer, 'gzip', undefined))),
    ]);
    assert.equal(watched.most(), atOnce);
    assert.deepEqual(
      again.map(({ digest }) => digest),
      packed.map(({ digest }) => digest),
    );
    for (const [at, { digest, size, open }] of packed.entries()) {
      const bytes = await bytesOf(open());
      assert.deepEqual([digestOf(bytes), bytes.length], [digest, size]);
      assert.ok(gunzipSync(bytes).equals(contents[at] ?? Buffer.alloc(0)));
    }
  });

  it('leaves nothing when one cannot be read', async () => {
    const [first] = layers;
    assert.ok(first);
    rmSync(blobs.path(first.digest));
    const pack = async (): Promise<void> => {
      await using packer = new LayerPacker(await store());
      await Promise.all(layers.map((layer) => packer.pack(layer, 'gzip', undefined)));
    };
    await assert.rejects(pack());
    assert.deepEqual(readdirSync(temporary()), []);
  });

  it('stops when it is disposed, those in line too', async () => {
    const packing: Promise<unknown>[] = [];
    {
      await using packer = new LayerPacker(await store());
      for (const layer of layers) packing.push(packer.pack(layer, 'gzip', undefined));
      for (const each of packing) each.catch(() => undefined);
    }
    const ends = await Promise.allSettled(packing);
    assert.ok(ends.slice(atOnce).every(({ status }) => status === 'rejected'));
    assert.deepEqual(readdirSync(temporary()), []);
  });

  describe('that went out before', () => {
    const names = async (by?: Host): Promise<readonly string[]> => {
      await using packer = new LayerPacker(await store(by));
      return (await Promise.all(layers.map((layer) => packer.pack(layer, 'gzip', undefined)))).map(
        ({ digest }) => digest,
      );
    };
    const silent: Host = {
      ...host,
      codec: {
        ...host.codec,
        compress: () => {
          throw new Error('packed again');
        },
      },
    };

    it('are called as before without being packed, and packed when they are read', async () => {
      const before = await names();
      assert.deepEqual(await names(silent), before);
      const [first] = layers;
      assert.ok(first);
      await using packer = new LayerPacker(await store());
      const { digest, size, open } = await packer.pack(first, 'gzip', undefined);
      for (let round = 0; round < 2; round += 1) {
        const bytes = await bytesOf(open());
        assert.deepEqual([digestOf(bytes), bytes.length], [digest, size]);
      }
    });

    it('are packed anew by another zlib', async () => {
      await names();
      const other = { ...silent, codec: { ...silent.codec, packing: 'another' } };
      await assert.rejects(names(other), /packed again/);
    });

    it('are not sent under a name that they have no more', async () => {
      const before = await names();
      writeFileSync(
        notes(),
        readFileSync(notes(), 'utf8').replaceAll(/sha256:[0-9a-f]{64}","size/g, `sha256:${'0'.repeat(64)}","size`),
      );
      const [first] = layers;
      assert.ok(first);
      await using packer = new LayerPacker(await store());
      const { open } = await packer.pack(first, 'gzip', undefined);
      await assert.rejects(bytesOf(open()), /was packed as .*, now as .*: try again/);
      await using next = new LayerPacker(await store());
      assert.equal((await next.pack(first, 'gzip', undefined)).digest, before[0]);
    });

    it('are forgotten with the layer, and with notes that were cut short', async () => {
      const before = await names();
      const [first, second] = layers;
      assert.ok(first && second);
      blobs.forget(first.digest);
      const { packed } = await store();
      await packed.set(second.digest, 'gzip', { digest: second.digest, size: 1 });
      assert.equal((await store()).packed.get(first.digest, 'gzip'), undefined);
      assert.equal((await store()).packed.get(second.digest, 'gzip')?.size, 1);
      writeFileSync(notes(), readFileSync(notes(), 'utf8').slice(0, 40));
      await blobs.load();
      assert.deepEqual(await names(), before);
    });
  });
});
