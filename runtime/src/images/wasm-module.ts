// Images that are one module of WebAssembly instead of a file tree: the artifact of the CNCF's wasm working group
// (tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact), and the layers that containerd's runwasi took before there was one.
// They become ordinary images of `wasi/wasm` when they arrive: a root that holds the module, and an entrypoint that names it.

import type { Bytes } from '../host/host.ts';
import { type DiffId, type Digest, hexOf } from '../spec/digest.ts';
import { type Descriptor, type Manifest, mediaTypes, parseJsonObject } from '../spec/manifest.ts';
import type { OciContainerConfig, OciImageConfig } from '../spec/oci.ts';
import { noXattrs } from '../spec/tar/header.ts';
import { cleanTarPath } from '../spec/tar/whiteout.ts';
import { type WritableMember, writeTar } from '../spec/tar/writer.ts';
import { parseImageConfig } from './config.ts';
import { invalid } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { layerBlobs, type NewImage, storeDocuments } from './register.ts';
import { ingestLayer } from './store/ingest.ts';
import type { Lease } from './store/store.ts';

const layerTypes: readonly string[] = [
  'application/wasm',
  'application/vnd.wasm.content.layer.v1+wasm',
  'application/vnd.bytecodealliance.wasm.component.layer.v0+wasm',
];
/** What `spin registry push` makes: modules, files and how they belong together, which says where requests go. */
const spinApplication = 'application/vnd.fermyon.spin.application.v1+config';
const artifactConfig = /^application\/vnd\.wasm\.config\.v[01]\+json$/;

/**
 * The layer that is the module, when the image is one.
 * @throws EngineError invalidParameter when it has several, or is an application in a form of its own
 */
export function moduleOf(manifest: Manifest): Descriptor | undefined {
  if ([manifest.config, ...manifest.layers].some(({ mediaType }) => mediaType === spinApplication)) {
    throw invalid(
      'the image is an application of Spin: those are not supported, only programs and components for WASI',
    );
  }
  const modules = manifest.layers.filter(({ mediaType }) => layerTypes.includes(mediaType));
  if (modules.length > 1)
    throw invalid(`the image has ${modules.length} modules of WebAssembly: only one is supported`);
  const [module] = modules;
  if (module === undefined && artifactConfig.test(manifest.config.mediaType)) {
    throw invalid('the image is an artifact of WebAssembly without a module (a layer of type application/wasm)');
  }
  return module;
}

/** What such an image says of itself, with no layers yet. @throws EngineError invalidParameter */
export function moduleConfig(manifest: Manifest, bytes: Uint8Array): OciImageConfig {
  if (!artifactConfig.test(manifest.config.mediaType)) {
    const config = parseImageConfig(bytes);
    return { ...config, rootfs: { type: 'layers', diff_ids: [] } };
  }
  const { os, created, author } = parseJsonObject(bytes, 'config of the wasm artifact');
  return {
    architecture: 'wasm',
    os: os === 'wasip1' || os === 'wasip2' ? os : 'wasi',
    ...(typeof created === 'string' ? { created } : {}),
    ...(typeof author === 'string' ? { author } : {}),
    rootfs: { type: 'layers', diff_ids: [] },
  };
}

/**
 * Puts the image together in the store; nothing shows it before it is registered. The same module with the same configuration is
 * the same image.
 * @throws EngineError invalidParameter when the module is not what the manifest says
 */
export async function storeModule(
  context: ImagesContext,
  came: { readonly manifest: Manifest; readonly config: Uint8Array; readonly module: Descriptor },
  content: Bytes,
  { lease, signal }: { readonly lease: Lease; readonly signal: AbortSignal },
): Promise<Omit<NewImage, 'references' | 'origin'>> {
  const { store, kernel, deps } = context;
  const said = moduleConfig(came.manifest, came.config);
  const { path, config: run } = placed(said.config ?? {}, came.module);
  const verified = checked(content, came.module, deps.host.codec.hasher(algorithm(came.module.digest)));
  await using arrival = await ingestLayer(store, kernel, writeTar([member(path, came.module.size, verified)]), {
    signal,
  });
  const diffId = arrival.unpacked?.diffId ?? ('' as DiffId);
  const layers = layerBlobs(context, [
    { diffId, digest: arrival.digest, mediaType: mediaTypes.ociLayer, size: arrival.blobSize },
  ]);
  lease.hold(...layers.flatMap(({ digest, chainId }) => [digest, chainId]));
  await context.exclusive(arrival.digest, async () => {
    await arrival.commitBlob();
    for (const { chainId } of layers) await arrival.commitLayer(chainId);
  });
  const config = { ...said, config: run, rootfs: { type: 'layers', diff_ids: [diffId] }, history: [] } as const;
  const documents = await storeDocuments(context, new TextEncoder().encode(JSON.stringify(config)), layers, lease);
  return { ...documents, config, layers };
}

/** Where the module lies: where the configuration says that it begins, else by its title. */
function placed(
  config: OciContainerConfig,
  module: Descriptor,
): { readonly path: string; readonly config: OciContainerConfig } {
  const entrypoint = config.Entrypoint ?? [];
  const first = entrypoint[0] ?? '';
  const own = cleanTarPath(first.split('#', 1)[0] ?? '');
  if (first.startsWith('/') && own !== '') return { path: own, config };
  const title = module.annotations?.['org.opencontainers.image.title'] ?? '';
  const path = /^\w[\w.-]{0,127}$/.test(title) ? title : 'module.wasm';
  const func = first.includes('#') ? first.slice(first.indexOf('#')) : '';
  return { path, config: { ...config, Entrypoint: [`/${path}${func}`, ...entrypoint.slice(1)] } };
}

function member(path: string, size: number, content: Bytes): WritableMember {
  return {
    path,
    type: 'file',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size,
    mtimeNs: 0n,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: noXattrs,
    content,
  };
}

function algorithm(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

async function* checked(
  content: Bytes,
  { digest, size }: Descriptor,
  hasher: { update(chunk: Uint8Array): void; hex(): string },
): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0;
  for await (const chunk of content) {
    seen += chunk.length;
    if (seen > size) break;
    hasher.update(chunk);
    yield chunk;
  }
  if (seen !== size || hasher.hex() !== hexOf(digest)) {
    throw invalid(`filesystem layer verification failed for digest ${digest}`);
  }
}
