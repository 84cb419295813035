// Docker's own archive (`manifest.json` beside configurations and layers), as where an image comes from. It has no manifest of a registry's
// kind: one is made of what it says, unless the archive is an OCI layout as well.

import { compressionOf } from '../host/decompress.ts';
import type { Bytes, Codec } from '../host/host.ts';
import { type Digest, isDigest, sha256Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import {
  type Descriptor,
  isObject,
  maximumConfigSize,
  maximumLayers,
  maximumManifestSize,
  mediaTypes,
  parseJsonObject,
} from '../spec/manifest.ts';
import { type Reference, familiarReference, parseReference, withDefaultTag } from '../spec/reference.ts';
import { documentOf } from './gather.ts';
import { type Shelf, readDocument } from './layout.ts';
import type { Document, Source } from './parts.ts';

const layerTypes = { none: mediaTypes.ociLayer, gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd } as const;

interface Item {
  readonly config: string;
  readonly layers: readonly string[];
  readonly names: readonly Reference[];
}

export class DockerArchiveSource implements Source {
  readonly title: string;
  readonly keepsDigests = false;
  readonly name: Reference | undefined;
  readonly #shelf: Shelf;
  readonly #root: Document;
  readonly #paths: ReadonlyMap<Digest, string>;

  private constructor(shelf: Shelf, title: string, made: Made, name: Reference | undefined) {
    this.#shelf = shelf;
    this.title = title;
    this.#root = made.root;
    this.#paths = made.paths;
    this.name = name;
  }

  /** @param wanted the name of one of its images; the only one when it says nothing @throws EngineError invalidParameter, notFound */
  static async open(
    shelf: Shelf,
    codec: Pick<Codec, 'hasher'>,
    title: string,
    wanted: string | undefined,
  ): Promise<DockerArchiveSource> {
    const { item, name } = chosenItem(await readItems(shelf, title), wanted, title);
    return new DockerArchiveSource(shelf, title, await makeManifest(shelf, codec, title, item), name);
  }

  root(): Promise<Document> {
    return Promise.resolve(this.#root);
  }

  manifest({ digest }: Pick<Descriptor, 'digest'>): Promise<Document> {
    return Promise.reject(new EngineError('notFound', `${this.title} has no manifest ${digest}`));
  }

  blob({ digest }: Descriptor): Bytes {
    return this.#shelf.stream(this.#paths.get(digest) ?? '');
  }

  /** It has no place for any. */
  referrers(): Promise<readonly Descriptor[]> {
    return Promise.resolve([]);
  }

  tagged(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#shelf[Symbol.asyncDispose]();
  }
}

/** The digest of the configuration of the image that is meant, where the archive names it by that. */
export async function configOf(shelf: Shelf, title: string, wanted: string | undefined): Promise<string | undefined> {
  const { item } = chosenItem(await readItems(shelf, title), wanted, title);
  return /^blobs\/sha256\/([a-f0-9]{64})$/.exec(item.config)?.[1];
}

async function readItems(shelf: Shelf, title: string): Promise<readonly Item[]> {
  const bytes = await readDocument(shelf, 'manifest.json', maximumManifestSize, title);
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new EngineError('invalidParameter', `${title}: manifest.json is not valid JSON`, { cause });
  }
  if (!Array.isArray(list)) throw malformed(title);
  return list.map((item: unknown) => {
    if (!isObject(item)) throw malformed(title);
    const { Config: config, Layers: layers, RepoTags: tags } = item;
    if (typeof config !== 'string' || !isTexts(layers ?? []) || !isTexts(tags ?? [])) throw malformed(title);
    const names = (tags ?? []) as readonly string[];
    return {
      config,
      layers: (layers ?? []) as readonly string[],
      names: names.map((name) => withDefaultTag(parseReference(name))),
    };
  });
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function malformed(title: string): EngineError {
  return new EngineError('invalidParameter', `${title}: manifest.json is malformed`);
}

function chosenItem(items: readonly Item[], wanted: string | undefined, title: string) {
  const all = items.flatMap(({ names }) => names.map(familiarReference)).slice(0, 20);
  if (wanted === undefined) {
    const [item, ...others] = items;
    if (item !== undefined && others.length === 0) return { item, name: item.names[0] };
    const message = `${title} has ${items.length} images, say which: it has ${all.join(', ') || 'no names'}`;
    throw new EngineError('invalidParameter', message);
  }
  const name = withDefaultTag(parseReference(wanted));
  const text = familiarReference(name);
  const item = items.find(({ names }) => names.some((each) => familiarReference(each) === text));
  if (item !== undefined) return { item, name };
  throw new EngineError('notFound', `${title} has no image ${text}: it has ${all.join(', ') || 'no names'}`);
}

interface Made {
  readonly root: Document;
  readonly paths: ReadonlyMap<Digest, string>;
}

/** A manifest of OCI over configuration and layers as they are. */
async function makeManifest(shelf: Shelf, codec: Pick<Codec, 'hasher'>, title: string, item: Item): Promise<Made> {
  const bytes = await readDocument(shelf, item.config, maximumConfigSize, title);
  const diffIds = diffIdsOf(parseJsonObject(bytes, 'image config'), title);
  if (diffIds.length !== item.layers.length || diffIds.length > maximumLayers) {
    const message = `${title}: the configuration speaks of ${diffIds.length} layers, and there are ${item.layers.length}`;
    throw new EngineError('invalidParameter', message);
  }
  const paths = new Map<Digest, string>();
  const describe = (path: string, mediaType: string, digest: Digest, size: number) => {
    paths.set(digest, path);
    return { mediaType, digest, size };
  };
  const configDigest = await digestOf(codec, shelf.stream(item.config));
  const config = describe(item.config, mediaTypes.ociConfig, configDigest, bytes.length);
  const layers = [];
  for (const [index, path] of item.layers.entries()) {
    const size = await shelf.size(path);
    if (size === undefined)
      throw new EngineError('invalidParameter', `${title}: layer ${JSON.stringify(path)} is missing`);
    const compression = await compressionIn(shelf.stream(path));
    // A layer as it is has the digest that the configuration says; another is counted.
    const plain = compression === 'none' ? diffIds[index] : undefined;
    layers.push(describe(path, layerTypes[compression], plain ?? (await digestOf(codec, shelf.stream(path))), size));
  }
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
  const text = new TextEncoder().encode(JSON.stringify(manifest));
  return { root: documentOf(text, mediaTypes.ociManifest, codec), paths };
}

function diffIdsOf(config: Readonly<Record<string, unknown>>, title: string): readonly Digest[] {
  const rootfs = config['rootfs'];
  const list: unknown = isObject(rootfs) ? (rootfs['diff_ids'] ?? []) : [];
  if (Array.isArray(list) && list.every((each) => isDigest(each))) return list;
  throw new EngineError('invalidParameter', `${title}: the image's configuration is malformed`);
}

async function digestOf(codec: Pick<Codec, 'hasher'>, bytes: Bytes): Promise<Digest> {
  const hasher = codec.hasher('sha256');
  for await (const chunk of bytes) hasher.update(chunk);
  return sha256Digest(hasher.hex());
}

async function compressionIn(bytes: Bytes) {
  for await (const chunk of bytes) return compressionOf(chunk);
  return 'none';
}
