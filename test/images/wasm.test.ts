// Images of WebAssembly in each form that registries have: by platform, as modules without a root, as images of Linux by name.

import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { ImagesDeps } from '../../runtime/src/images/deps.ts';
import { blobOf, ociIndex, ociManifest, startAdversary, type Adversary } from '../registry/adversary.ts';
import { collect, leftovers, load, openLab, requireImages, texts, type Lab } from './fixture.ts';

/** The smallest module, and the smallest component. */
const module = blobOf(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
const artifactConfig = blobOf(
  JSON.stringify({
    created: '2025-03-01T00:00:00Z',
    author: 'somebody',
    architecture: 'wasm',
    os: 'wasip2',
    layerDigests: [module.digest],
    component: null,
  }),
);
const wasmConfigType = 'application/vnd.wasm.config.v0+json';

const descriptor = (mediaType: string, { digest, bytes }: typeof module, annotations = {}) => ({
  mediaType,
  digest,
  size: bytes.length,
  annotations,
});
const artifact = (annotations = {}) => ({
  schemaVersion: 2,
  mediaType: ociManifest,
  config: descriptor(wasmConfigType, artifactConfig),
  layers: [descriptor('application/wasm', module, annotations)],
});
/** A configuration of OCI with a module in place of a root, as runwasi took it first. */
const legacyConfig = (config: object) =>
  blobOf(
    JSON.stringify({
      architecture: 'wasm',
      os: 'wasi',
      config,
      rootfs: { type: 'layers', diff_ids: [module.digest] },
    }),
  );
const legacy = (config: typeof module) => ({
  schemaVersion: 2,
  mediaType: ociManifest,
  config: descriptor('application/vnd.oci.image.config.v1+json', config),
  layers: [descriptor('application/vnd.bytecodealliance.wasm.component.layer.v0+wasm', module)],
});

const wasmOnly = {
  change: (deps: ImagesDeps): ImagesDeps => ({ ...deps, platform: { os: 'wasi', architecture: 'wasm' } }),
};
const beside = {
  change: (deps: ImagesDeps): ImagesDeps => ({ ...deps, otherPlatforms: [{ os: 'wasi', architecture: 'wasm' }] }),
};

describe('images: WebAssembly', () => {
  let registry: Adversary;
  before(async function () {
    requireImages(this);
    registry = await startAdversary(1000);
    for (const blob of [module, artifactConfig]) registry.blobs.set(blob.digest, blob);
  });
  after(async () => registry?.[Symbol.asyncDispose]());

  const name = (tag: string) => `${registry.address}/app:${tag}`;
  const pull = async (lab: Lab, tag: string, platform?: string) =>
    texts(
      await collect(
        await lab.images.pull({
          image: `${registry.address}/app`,
          tag,
          ...(platform === undefined ? {} : { platform }),
        }),
      ),
    );
  const rootOf = async (lab: Lab, ref: string) => {
    const { id } = await lab.images.resolve(ref);
    const [top = ''] = await lab.images.layers(id);
    await using tree = await lab.kernel.openTree({ root: top });
    const found: Record<string, string> = {};
    for await (const { path, type, mode, content } of tree.walk('')) {
      if (type === 'file')
        found[`${path} ${mode.toString(8)}`] = (
          content === undefined ? Buffer.alloc(0) : await buffer(content)
        ).toString('hex');
    }
    return found;
  };

  it('makes a root with the module of an artifact, and knows it again', async () => {
    await using lab = await openLab(beside);
    registry.publish('artifact', artifact({ 'org.opencontainers.image.title': 'hello.wasm' }));
    assert.match((await pull(lab, 'artifact')).at(-1) ?? '', /Downloaded newer image/);
    const { Os, Architecture, Config, Author, Created } = await lab.images.inspect(name('artifact'));
    assert.deepEqual(
      { Os, Architecture, Author, Created },
      {
        Os: 'wasip2',
        Architecture: 'wasm',
        Author: 'somebody',
        Created: '2025-03-01T00:00:00Z',
      },
    );
    assert.deepEqual(Config?.Entrypoint, ['/hello.wasm']);
    assert.equal((await lab.images.resolve(name('artifact'))).isWasm, true);
    assert.deepEqual(await rootOf(lab, name('artifact')), { 'hello.wasm 755': module.bytes.toString('hex') });
    assert.match((await pull(lab, 'artifact')).at(-1) ?? '', /Image is up to date/);
    assert.deepEqual(await leftovers(lab), []);
    await lab.reopen();
    assert.equal((await lab.images.resolve(name('artifact'))).isWasm, true);
  });

  it('puts a module where its configuration says that it begins, else by a name of its own', async () => {
    await using lab = await openLab(beside);
    for (const [tag, config, entrypoint, file] of [
      ['placed', { Entrypoint: ['/opt/app.wasm'], Cmd: ['x'] }, ['/opt/app.wasm'], 'opt/app.wasm 755'],
      ['function', { Entrypoint: ['/a.wasm#run'] }, ['/a.wasm#run'], 'a.wasm 755'],
      ['bare', { Entrypoint: ['app', 'y'] }, ['/module.wasm', 'y'], 'module.wasm 755'],
      ['init', { Entrypoint: ['#init'] }, ['/module.wasm#init'], 'module.wasm 755'],
      ['none', {}, ['/module.wasm'], 'module.wasm 755'],
      ['climbing', { Entrypoint: ['/../../up.wasm'] }, ['/../../up.wasm'], 'up.wasm 755'],
    ] as const) {
      const document = legacyConfig(config);
      registry.blobs.set(document.digest, document);
      registry.publish(tag, legacy(document));
      await pull(lab, tag);
      assert.deepEqual((await lab.images.inspect(name(tag))).Config?.Entrypoint, entrypoint, tag);
      assert.deepEqual(Object.keys(await rootOf(lab, name(tag))), [file], tag);
    }
  });

  it('refuses a module that is not what the manifest says, two of them, none, and applications of Spin', async () => {
    await using lab = await openLab(beside);
    const refused = async (tag: string, document: object, message: RegExp) => {
      registry.publish(tag, document);
      await assert.rejects(pull(lab, tag), { message });
      assert.deepEqual(await leftovers(lab), []);
    };
    const other = { ...module, digest: blobOf('another').digest };
    registry.blobs.set(other.digest, other);
    const layers = [descriptor('application/wasm', other)];
    await refused('false', { ...artifact(), layers }, /verification failed for digest|wrong digest|does not match/i);
    const twice = [...artifact().layers, ...artifact().layers];
    await refused('twice', { ...artifact(), layers: twice }, /has 2 modules of WebAssembly: only one is supported/);
    await refused('empty', { ...artifact(), layers: [] }, /without a module/);
    const spin = descriptor('application/vnd.fermyon.spin.application.v1+config', artifactConfig);
    await refused(
      'spin',
      { ...artifact(), layers: [...artifact().layers, spin] },
      /application of Spin: .*not supported/,
    );
    await refused('spin-config', { ...artifact(), config: spin }, /application of Spin: .*not supported/);
  });

  it('takes of an index what the engine runs: Linux first where there is Linux, and says what there is when nothing is', async () => {
    const entry = (tag: string, document: object, os: string, architecture: string) => ({
      mediaType: ociManifest,
      digest: registry.publish(tag, document),
      size: Buffer.byteLength(JSON.stringify(document)),
      platform: { os, architecture },
    });
    const good = registry.manifests.get('good');
    const linux = JSON.parse(good?.bytes.toString() ?? '{}') as object;
    const index = (...manifests: object[]) => ({ schemaVersion: 2, mediaType: ociIndex, manifests });
    const both = [entry('l', linux, 'linux', 'amd64'), entry('w', artifact(), 'wasip2', 'wasm')];
    registry.publish('both', index(...both), ociIndex);
    registry.publish('linux', index(...both.slice(0, 1)), ociIndex);
    {
      await using lab = await openLab(beside);
      await pull(lab, 'both');
      assert.equal((await lab.images.inspect(name('both'))).Os, 'linux');
      await pull(lab, 'both', 'wasi/wasm');
      assert.equal((await lab.images.inspect(name('both'))).Os, 'wasip2');
      await assert.rejects(pull(lab, 'both', 'wasip1/wasm'), { kind: 'notFound' });
    }
    await using lab = await openLab(wasmOnly);
    await pull(lab, 'both');
    assert.equal((await lab.images.inspect(name('both'))).Os, 'wasip2');
    await assert.rejects(pull(lab, 'linux'), {
      kind: 'notFound',
      message: `registry ${registry.address}: no matching manifest for wasi/wasm in the manifest list entries: it has linux/amd64`,
    });
    await assert.rejects(pull(lab, 'good'), {
      message: `registry ${registry.address}: image operating system "linux" cannot be used on this platform: this engine runs wasi/wasm, and the image has linux/amd64`,
    });
    await pull(lab, 'good', 'linux/amd64');
    assert.equal((await lab.images.resolve(name('good'))).isWasm, false);
  });

  it('knows an image of Linux that holds a module, by its annotation or its command', async () => {
    await using lab = await openLab(wasmOnly);
    const good = JSON.parse(registry.manifests.get('good')?.bytes.toString() ?? '{}') as { config: object };
    registry.publish('compat', { ...good, annotations: { 'module.wasm.image/variant': 'compat' } });
    await pull(lab, 'compat');
    assert.equal((await lab.images.resolve(name('compat'))).isWasm, true);
    const config = blobOf(
      JSON.stringify({ ...(JSON.parse(registry.config.bytes.toString()) as object), config: { Cmd: ['/app.wasm'] } }),
    );
    registry.blobs.set(config.digest, config);
    registry.publish('command', {
      ...good,
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
    });
    await pull(lab, 'command');
    assert.equal((await lab.images.resolve(name('command'))).isWasm, true);
  });

  it('loads an artifact from an archive, and saves it as an image', async () => {
    await using lab = await openLab(beside);
    const manifest = blobOf(JSON.stringify(artifact()));
    const index = {
      schemaVersion: 2,
      manifests: [descriptor(ociManifest, manifest, { 'io.containerd.image.name': 'docker.io/library/mod:1' })],
    };
    const tar = pack();
    for (const { digest, bytes } of [manifest, artifactConfig, module]) {
      tar.entry({ name: `blobs/sha256/${digest.slice(7)}` }, bytes);
    }
    tar.entry({ name: 'index.json' }, JSON.stringify(index));
    tar.entry({ name: 'oci-layout' }, '{"imageLayoutVersion":"1.0.0"}');
    tar.finalize();
    const archive = await buffer(tar);
    assert.deepEqual(await load(lab, archive), ['Loaded image: mod:1']);
    assert.deepEqual(await load(lab, archive, 'wasip2/wasm'), ['Loaded image: mod:1']);
    await assert.rejects(load(lab, archive, 'wasip1/wasm'), { message: 'requested platform (wasip1/wasm) not found' });
    assert.deepEqual(Object.keys(await rootOf(lab, 'mod:1')), ['module.wasm 755']);
    assert.deepEqual(await leftovers(lab), []);
    const saved = await buffer(await lab.images.save(['mod:1'], {}));
    await lab.images.remove('mod:1', { force: false, noPrune: false });
    await load(lab, saved);
    assert.deepEqual((await lab.images.inspect('mod:1')).Config?.Entrypoint, ['/module.wasm']);
  });
});
