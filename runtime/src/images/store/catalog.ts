// Which images there are and what they are called: one document, `images.json`, replaced atomically with every change,
// and `index.json` beside it, which says the same to any OCI tool.

import type { Files } from '../../host/host.ts';
import type { ChainId, DiffId, Digest, ImageId } from '../../spec/digest.ts';
import type { ImageOrigin } from '../../spec/engine/trust.ts';
import { EngineError } from '../../spec/errors.ts';
import { isObject } from '../../spec/manifest.ts';
import type { Platform } from '../../spec/platform.ts';
import { Serial } from '../../spec/queue.ts';

export interface LayerBlob {
  readonly diffId: DiffId;
  readonly chainId: ChainId;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of the blob as it is stored. */
  readonly size: number;
}

export interface ManifestRecord {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

export interface ImageRecord {
  readonly id: ImageId;
  readonly manifest: ManifestRecord;
  /** The same in OCI's media types, when `manifest` is Docker's: many OCI tools pass over the other kind. */
  readonly ociManifest?: ManifestRecord;
  readonly platform: Platform;
  /** What it runs is WebAssembly. */
  readonly isWasm?: boolean;
  /** The manifest of the artifact that it was made of, which is not kept. */
  readonly madeOf?: Digest;
  /** RFC 3339, as the config has it. */
  readonly created?: string;
  /** The image it was committed from. */
  readonly parent?: ImageId;
  /** Bottom first. */
  readonly layers: readonly LayerBlob[];
  readonly labels: Readonly<Record<string, string>> | null;
  readonly lastTagMs?: number;
  /** How it came here; absent in what older engines wrote. */
  readonly origins?: readonly ImageOrigin[];
  /** The start of the machine in which it was written, until the disk has it (`durability.ts`). */
  readonly unsynced?: string;
  /** Removed by force while containers stand on it: kept for them only. */
  readonly removed?: true;
}

export interface CatalogState {
  readonly images: ReadonlyMap<ImageId, ImageRecord>;
  /** Full references (`docker.io/library/alpine:latest`, `…@sha256:…`) to images. */
  readonly references: ReadonlyMap<string, ImageId>;
}

export interface CatalogDraft {
  readonly images: Map<ImageId, ImageRecord>;
  readonly references: Map<string, ImageId>;
}

const version = 1;

export class Catalog {
  readonly #files: Files;
  readonly #root: string;
  readonly #serial = new Serial();
  #state: CatalogState = { images: new Map(), references: new Map() };

  constructor(files: Files, root: string) {
    this.#files = files;
    this.#root = root;
  }

  get state(): CatalogState {
    return this.#state;
  }

  /** @throws EngineError dataLoss when the document is there but cannot be understood */
  async load(): Promise<void> {
    const path = `${this.#root}/images.json`;
    if ((await this.#files.stat(path)) !== undefined) {
      this.#state = parseCatalog(await this.#files.readText(path), path);
    }
    if ((await this.#files.stat(`${this.#root}/oci-layout`)) === undefined) {
      await this.#files.writeAtomic(`${this.#root}/oci-layout`, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
      await this.writeIndex();
    }
  }

  /** Applies a change to a copy, writes it, and only then lets it be seen. Changes are made one after the other. */
  async update(change: (draft: CatalogDraft) => void): Promise<void> {
    await this.#serial.run(async () => {
      const draft = { images: new Map(this.#state.images), references: new Map(this.#state.references) };
      change(draft);
      const document = {
        version,
        images: [...draft.images.values()],
        references: Object.fromEntries(draft.references),
      };
      await this.#files.writeAtomic(`${this.#root}/images.json`, JSON.stringify(document));
      this.#state = draft;
      await this.writeIndex();
    });
  }

  /** `index.json` is made from the catalog, so it needs no fsync: it is written anew when it does not match. */
  async writeIndex(): Promise<void> {
    await this.#files.writeAtomic(`${this.#root}/index.json`, this.indexText(), { durable: false });
  }

  /** What `index.json` must hold. */
  indexText(): string {
    const manifests = [...this.#state.images.values()]
      .filter((image) => image.removed === undefined)
      .flatMap((image) => indexEntries(image, this.tagsOf(image.id)));
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    return JSON.stringify({ schemaVersion: 2, mediaType, manifests });
  }

  /** Full references to an image, in order. */
  referencesOf(id: ImageId): readonly string[] {
    const references: string[] = [];
    for (const [reference, image] of this.#state.references) if (image === id) references.push(reference);
    return references.sort();
  }

  tagsOf(id: ImageId): readonly string[] {
    return this.referencesOf(id).filter((reference) => !reference.includes('@'));
  }

  /** An image that is there for the API, not only for containers. */
  visible(id: ImageId): ImageRecord | undefined {
    const image = this.#state.images.get(id);
    return image?.removed === undefined ? image : undefined;
  }

  allVisible(): readonly ImageRecord[] {
    return [...this.#state.images.values()].filter((image) => image.removed === undefined);
  }

  childrenOf(id: ImageId): readonly ImageRecord[] {
    return this.allVisible().filter((image) => image.parent === id);
  }
}

/** The manifest to show to OCI tools. */
export function ociManifestOf(image: ImageRecord): ManifestRecord {
  return image.ociManifest ?? image.manifest;
}

/** Everything in the store that an image stands on. */
export function partsOf(image: ImageRecord): readonly (Digest | ChainId)[] {
  return [
    image.id,
    image.manifest.digest,
    ociManifestOf(image).digest,
    ...image.layers.flatMap((layer) => [layer.digest, layer.chainId]),
    ...(image.origins ?? []).flatMap((origin) => (origin.kind === 'registry' ? (origin.signatures ?? []) : [])),
  ];
}

function indexEntries(image: ImageRecord, tags: readonly string[]): readonly object[] {
  const descriptor = { ...ociManifestOf(image), platform: image.platform };
  if (tags.length === 0) return [descriptor];
  return tags.map((tag) => ({
    ...descriptor,
    annotations: { 'io.containerd.image.name': tag, 'org.opencontainers.image.ref.name': tag },
  }));
}

/** We wrote it ourselves, atomically; still, a document of another version or hand is refused, not guessed at. */
function parseCatalog(text: string, path: string): CatalogState {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new EngineError('dataLoss', `${path} is damaged`, { cause: error });
  }
  if (!isObject(value) || value['version'] !== version || !Array.isArray(value['images'])) {
    throw new EngineError('dataLoss', `${path} is of an unknown version`);
  }
  const images = value['images'] as readonly ImageRecord[];
  const references = isObject(value['references']) ? value['references'] : {};
  return {
    images: new Map(images.map((image) => [image.id, image])),
    references: new Map(Object.entries(references) as [string, ImageId][]),
  };
}
