// `POST /images/{name}/push`: layers that are not packed yet are packed on their way; an image that came from a registry and is as it was
// goes back with the same manifest.

import type { Wait } from '../registry/patience.ts';
import type { Arrival } from '../registry/upload.ts';
import type { ProgressMessage, PushRequest } from '../spec/engine/images.ts';
import { sha256Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import { shortId } from '../spec/ids.ts';
import { mediaTypes } from '../spec/manifest.ts';
import {
  type Reference,
  familiarName,
  familiarReference,
  fullName,
  parseReference,
  withDigest,
  withTag,
} from '../spec/reference.ts';
import { aboutRegistry } from './about-registry.ts';
import type { OutgoingBlob } from './archive.ts';
import { invalid } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { mountSources } from './mount-sources.ts';
import { LayerPacker, type PackedLayer } from './pack-layer.ts';
import { type Emit, layerProgress, layerStatus, limitStatus, progressStream, throttled } from './progress.ts';
import { ociManifest } from './register.ts';
import { storedReference } from './resolve.ts';
import { type Outgoing, send } from './send.ts';
import { type ImageRecord, partsOf } from './store/catalog.ts';
import { readAhead } from '../content/read-ahead.ts';

const progressIntervalMs = 100;

const statuses = { present: 'Layer already exists', sent: 'Pushed' } as const;

/** What goes wrong is told in the stream, as dockerd does. @throws EngineError invalidParameter for what is no name to push to */
export async function pushImages(
  context: ImagesContext,
  request: PushRequest,
): Promise<AsyncIterable<ProgressMessage>> {
  const reference = parseReference(request.name);
  if (reference.digest !== undefined) throw invalid('cannot push a digest reference');
  const wanted = request.tag === '' ? reference : withTag(reference, request.tag);
  return progressStream(async (emit, signal) => {
    emit({ status: `The push refers to repository [${fullName(reference)}]` });
    for (const { name, image } of named(context, wanted)) {
      const push = new Push(context, { ...request, signal }, emit);
      await aboutRegistry(reference.domain, () => push.run(name, image));
    }
  }, request.signal);
}

interface Named {
  readonly name: Reference;
  readonly image: ImageRecord;
}

/** The image of a tag; without one, all images of the repository. @throws EngineError notFound */
function named({ store: { catalog } }: ImagesContext, wanted: Reference): readonly Named[] {
  const found = [...catalog.state.references].flatMap(([key, id]) => {
    const name = parseReference(key);
    const image = catalog.visible(id);
    const isMeant = fullName(name) === fullName(wanted) && (wanted.tag === undefined || wanted.tag === name.tag);
    return image !== undefined && name.tag !== undefined && isMeant ? [{ name, image }] : [];
  });
  if (found.length > 0) return found;
  const message =
    wanted.tag === undefined
      ? `An image does not exist locally with the tag: ${familiarName(wanted)}`
      : `tag does not exist: ${familiarReference(wanted)}`;
  throw new EngineError('notFound', message);
}

class Push {
  readonly #context: ImagesContext;
  readonly #request: PushRequest & { readonly signal: AbortSignal };
  readonly #emit: Emit;

  constructor(context: ImagesContext, request: PushRequest & { readonly signal: AbortSignal }, emit: Emit) {
    this.#context = context;
    this.#request = request;
    this.#emit = emit;
  }

  async run(name: Reference, image: ImageRecord): Promise<void> {
    using lease = this.#context.store.lease();
    lease.hold(...partsOf(image));
    using _ = this.#context.deps.limitBuffers?.();
    await using packer = new LayerPacker(this.#context.store);
    const outgoing = await this.#outgoing(image, packer);
    const { auth, signal } = this.#request;
    const ids = new Map(outgoing.layers.map(({ digest }, index) => [digest as string, layerId(image, index)]));
    const known = mountSources(this.#context.store.catalog, name, image);
    const sources = new Map(
      outgoing.layers.flatMap(({ digest }, index) => {
        const layer = image.layers[index];
        const path = layer === undefined ? undefined : known.get(layer.diffId);
        return path === undefined ? [] : [[digest as string, path] as const];
      }),
    );
    const onBlob = (digest: string, arrival: Arrival): void => {
      const id = ids.get(digest);
      const from = sources.get(digest) ?? '';
      if (id !== undefined)
        this.#emit(layerStatus(id, arrival === 'mounted' ? `Mounted from ${from}` : statuses[arrival]));
    };
    const onWait = (wait: Wait): void => {
      if (wait.limitedBy !== undefined) this.#emit({ status: limitStatus(wait) });
    };
    await send(this.#context, name, outgoing, { auth, signal, onBlob, onWait, sources });
    await this.#finish(name, image, outgoing.manifest.bytes);
  }

  async #outgoing(image: ImageRecord, packer: LayerPacker): Promise<Outgoing> {
    const { blobs } = this.#context.store;
    for (const index of image.layers.keys()) this.#emit(layerStatus(layerId(image, index), 'Preparing'));
    const missing = image.layers.find(({ digest }) => !blobs.has(digest));
    if (missing !== undefined) {
      throw new EngineError('dataLoss', `blob ${missing.digest} is missing from the store`);
    }
    const layers = await Promise.all(
      image.layers.map(async (layer, index) => {
        const packed = await packer.pack(layer, 'gzip', this.#request.signal);
        return this.#counted(packed, layerId(image, index));
      }),
    );
    const size = (await blobs.read(image.id)).length;
    const config = { digest: image.id, size, open: () => readAhead(blobs.stream(image.id)) };
    const isAsItCame = layers.every(({ digest }, index) => digest === image.layers[index]?.digest);
    const manifest = isAsItCame
      ? { bytes: await blobs.read(image.manifest.digest), mediaType: image.manifest.mediaType }
      : {
          bytes: ociManifest({ ...config, mediaType: mediaTypes.ociConfig }, layers),
          mediaType: mediaTypes.ociManifest,
        };
    return { config, layers, manifest };
  }

  /** A layer that tells how far it has been sent. */
  #counted(layer: PackedLayer, id: string): PackedLayer {
    const { clock } = this.#context.deps.host;
    const tell = throttled(
      progressIntervalMs,
      () => clock.now(),
      (current: number) => this.#emit(layerProgress(id, 'Pushing', current, layer.size)),
    );
    return { ...layer, open: () => counting(layer, tell) };
  }

  async #finish(name: Reference, image: ImageRecord, manifest: Uint8Array): Promise<void> {
    const digest = sha256Digest(this.#context.store.sha256(manifest));
    await this.#context.store.catalog.update(({ images, references }) => {
      if (images.has(image.id)) references.set(storedReference(withDigest(name, digest)), image.id);
    });
    const { tag = '' } = name;
    const size = manifest.length;
    this.#emit({ status: `${tag}: digest: ${digest} size: ${size}` });
    this.#emit({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: size } });
    this.#context.publish('push', familiarReference(name), familiarReference(name), image.labels);
  }
}

function layerId(image: ImageRecord, index: number): string {
  return shortId(image.layers[index]?.diffId ?? '');
}

async function* counting(
  layer: OutgoingBlob,
  tell: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of layer.open()) {
    yield chunk;
    bytes += chunk.length;
    tell(bytes);
  }
}
