// Caches that builds share with others: at a registry, in an image, in a folder; and those that are not what they say.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { CacheSource } from '../../runtime/src/spec/engine/build-outputs.ts';
import { readTar } from '../../runtime/src/spec/tar/reader.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { readBytes } from './bytes.ts';
import { type Built, context, Lab } from './lab.ts';

const file =
  'FROM busybox AS tools\nRUN cat /proc/sys/kernel/random/uuid > /tool\nFROM busybox\nWORKDIR /w\nCOPY a .\n' +
  'COPY --from=tools /tool /tool\nRUN cat /proc/sys/kernel/random/uuid > /time; ln -s ../../etc /out\nCMD ["cat", "/time"]\n';
/** FROM and CMD have nothing that a cache could know. */
const cached = ['done', 'cached', 'done', 'cached', 'cached', 'cached', 'cached', 'done'];

interface Config {
  results: { key: string; layer?: number; createdAtMs: unknown }[];
  diffIds: string[];
}

describe('caches that builds share', function () {
  let lab: Lab;
  let registry: Registry;
  before(async function () {
    requireRegistry(this);
    registry = await startRegistry();
    lab = await Lab.open();
  });
  afterEach(async () => assert.deepEqual(await lab.problems(), []));
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  async function build(one: Lab, change: Parameters<Lab['build']>[1] = {}): Promise<Built> {
    const built = await one.build(file, { context: await context({ a: 'A\n' }), ...change });
    assert.equal(built.failure, undefined, built.failure?.message);
    return built;
  }

  const fromRegistry = (reference: string) => ({ cacheFrom: [{ type: 'registry', reference }] as const });

  it('runs nothing on another machine of what a registry knows, and gives the same image', async () => {
    const reference = `${registry.address}/cache:max`;
    const first = await build(lab, { cacheTo: [{ type: 'registry', reference, mode: 'max', ignoreError: false }] });
    await using other = await Lab.open();
    const again = await build(other, fromRegistry(reference));
    assert.deepEqual(again.states, cached);
    assert.equal(again.results.get(6)?.cachedFrom, reference);
    assert.equal(again.imageId, first.imageId);
    assert.deepEqual(again.warnings, []);
    assert.deepEqual(await other.problems(), []);
    await other.stop();
    await other.start();
    // What came from there is here from now on, but only for builds that trust it.
    assert.deepEqual((await build(other, fromRegistry(reference))).states, cached);
    assert.equal((await build(other)).states.includes('cached'), false);
  });

  it('shares only the steps of the result where that is asked for', async () => {
    const reference = `${registry.address}/cache:min`;
    await build(lab, { cacheTo: [{ type: 'registry', reference, mode: 'min', ignoreError: false }] });
    await using other = await Lab.open();
    const { states } = await build(other, fromRegistry(reference));
    assert.deepEqual(states.slice(0, 5), ['done', 'done', 'done', 'cached', 'cached']);
  });

  it('carries a cache in an image, at a registry and loaded from a file', async () => {
    const name = `${registry.address}/web:inline`;
    const oneStage = 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /time\nCOPY a /a\n';
    const ask = async (one: Lab, change = {}) =>
      one.build(oneStage, { context: await context({ a: 'A\n' }), ...change });
    const first = await ask(lab, {
      tags: [name],
      cacheTo: [{ type: 'inline' }],
      outputs: [{ type: 'image', push: true }, { type: 'export' }],
    });
    assert.equal(first.failure, undefined, first.failure?.message);
    const archive = await buffer(await lab.engine.builds.export(first.id, { type: 'docker' }));
    {
      await using other = await Lab.open();
      assert.deepEqual((await ask(other, fromRegistry(name))).states, ['done', 'cached', 'cached']);
    }
    await using other = await Lab.open();
    for await (const message of await other.engine.images.load(readBytes(archive), { quiet: true })) void message;
    const local = { cacheFrom: [{ type: 'image', reference: name }] };
    assert.deepEqual((await ask(other, local)).states, ['done', 'cached', 'cached']);
    await using third = await Lab.open();
    const none = await ask(third, local);
    assert.deepEqual(none.states, ['done', 'done', 'done']);
    assert.deepEqual(none.warnings, []);
  });

  async function exported(): Promise<Buffer> {
    const { id } = await build(lab, { outputs: [{ type: 'export' }] });
    return await buffer(await lab.engine.builds.export(id, { type: 'cache', mode: 'max' }));
  }

  async function brought(one: Lab, tar: Uint8Array): Promise<Built> {
    const { Id: id } = await one.engine.builds.bringCache(readBytes(tar));
    return await build(one, { cacheFrom: [{ type: 'brought', id, name: 'folder' }] });
  }

  it('takes a cache that the client brings', async () => {
    await using other = await Lab.open();
    assert.deepEqual((await brought(other, await exported())).states, cached);
    const gone: CacheSource = { type: 'brought', id: 'x', name: 'folder' };
    await assert.rejects(other.build(file, { cacheFrom: [gone] }), /cache folder is not here any more/);
  });

  /** The files of a cache, to be changed. */
  async function filesOf(tar: Uint8Array): Promise<Map<string, Buffer>> {
    const files = new Map<string, Buffer>();
    for await (const member of readTar(readBytes(tar))) {
      if (member.type === 'file') files.set(member.path, await buffer(member.content));
    }
    return files;
  }

  interface Descriptor {
    mediaType: string;
    digest: string;
    size: number;
  }

  /** A cache whose documents say something else, rightly named. */
  async function changed(
    change: (
      config: Config,
      manifest: { config: Descriptor; layers: Descriptor[] },
      files: Map<string, Buffer>,
    ) => void,
  ): Promise<Buffer> {
    const files = await filesOf(await exported());
    const read = (digest: string) => files.get(`blobs/${digest.replace(':', '/')}`)?.toString() ?? '';
    const put = (value: unknown): Pick<Descriptor, 'digest' | 'size'> => {
      const bytes = Buffer.from(JSON.stringify(value));
      const digest = createHash('sha256').update(bytes).digest('hex');
      files.set(`blobs/sha256/${digest}`, bytes);
      return { digest: `sha256:${digest}`, size: bytes.length };
    };
    const index = JSON.parse(files.get('index.json')?.toString() ?? '') as { manifests: Descriptor[] };
    const manifest = JSON.parse(read(index.manifests[0]?.digest ?? '')) as { config: Descriptor; layers: Descriptor[] };
    const config = JSON.parse(read(manifest.config.digest)) as Config;
    change(config, manifest, files);
    Object.assign(manifest.config, put(config));
    Object.assign(index.manifests[0] ?? {}, put(manifest));
    files.set('index.json', Buffer.from(JSON.stringify(index)));
    const tar = pack();
    for (const [name, bytes] of files) tar.entry({ name }, bytes);
    tar.finalize();
    return await buffer(tar);
  }

  const hostile: readonly (readonly [string, RegExp, Parameters<typeof changed>[0]])[] = [
    ['a layer that is another one', /wrong diff id/, ({ diffIds }) => diffIds.reverse()],
    [
      'a layer with other bytes',
      /verification failed/,
      (_, { layers }, files) => {
        for (const { digest } of layers) {
          const path = `blobs/${digest.replace(':', '/')}`;
          files.set(path, Buffer.concat([gunzipSync(files.get(path) ?? Buffer.alloc(0)), Buffer.alloc(1)]));
        }
      },
    ],
    [
      'a layer that is missing',
      /is missing/,
      (_, { layers }, files) => void layers.map(({ digest }) => files.delete(`blobs/${digest.replace(':', '/')}`)),
    ],
    [
      'a time that is none',
      /a result is malformed/,
      ({ results }) => void results.map((result) => (result.createdAtMs = 1e300)),
    ],
    [
      'a layer that does not exist',
      /a result is malformed/,
      ({ results }) => void results.map((result) => (result.layer = 99)),
    ],
    [
      'a key that is none',
      /a result is malformed/,
      ({ results }) => void results.map((result) => (result.key = '__proto__')),
    ],
    [
      'a configuration of BuildKit',
      /a cache of BuildKit/,
      (_, { config }) => void (config.mediaType = 'application/vnd.buildkit.cacheconfig.v0'),
    ],
    ['fewer layers than it says', /are not those of its manifest/, (_, { layers }) => void layers.pop()],
    [
      'a configuration of 9 MiB',
      /larger than 8 MiB/,
      (config) => void Object.assign(config, { more: 'x'.repeat(9 * 2 ** 20) }),
    ],
    [
      'more results than anybody has',
      /its results are malformed/,
      (config) => {
        config.results = Array.from({ length: 10_001 }, () => config.results[0] ?? { key: '', createdAtMs: 0 });
      },
    ],
  ];
  for (const [what, warning, change] of hostile) {
    it(`builds by itself when a cache has ${what}, and says so`, async () => {
      await using other = await Lab.open();
      const { states, warnings } = await brought(other, await changed(change));
      assert.match(warnings.join('\n'), warning);
      assert.equal(states.includes('failed'), false);
      assert.deepEqual(await other.problems(), []);
    });
  }

  it('goes on without a cache that is not there, is no cache, or cannot be written', async () => {
    const image = `${registry.address}/plain:1`;
    await build(lab, { tags: [image], outputs: [{ type: 'image', push: true }] });
    for (const reference of [`${registry.address}/nothing:here`, '127.0.0.1:1/nobody:1']) {
      const built = await build(lab, { ...fromRegistry(reference), noCacheFilter: ['tools'] });
      assert.match(built.warnings.join('\n'), new RegExp(`cache ${reference} cannot be used: `));
    }
    assert.deepEqual((await build(lab, fromRegistry(image))).warnings, []);
    const target = { type: 'registry', reference: '127.0.0.1:1/nobody:1', mode: 'max' } as const;
    const ignored = await build(lab, { cacheTo: [{ ...target, ignoreError: true }] });
    assert.match(ignored.warnings.join('\n'), /failed to export cache to 127/);
    const failed = await lab.build(file, {
      context: await context({ a: 'A\n' }),
      tags: ['never:1'],
      cacheTo: [{ ...target, ignoreError: false }],
    });
    assert.match(failed.failure?.message ?? '', /^failed to export cache to .*connection refused/);
    await assert.rejects(lab.engine.images.inspect('never:1'), /No such image/);
  });

  it('leaves a cache that skopeo can copy', async () => {
    const reference = `${registry.address}/cache:copied`;
    await build(lab, { cacheTo: [{ type: 'registry', reference, mode: 'max', ignoreError: false }] });
    const flags = ['copy', '--quiet', '--insecure-policy', '--src-tls-verify=false', '--dest-tls-verify=false'];
    await runOk('skopeo', [...flags, `docker://${reference}`, `docker://${registry.address}/cache:elsewhere`]);
    await using other = await Lab.open();
    assert.deepEqual((await build(other, fromRegistry(`${registry.address}/cache:elsewhere`))).states, cached);
  });
});
