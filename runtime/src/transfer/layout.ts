// An OCI image layout (image-spec, image-layout.md), read from wherever its files are: a folder, or an archive.

import type { Bytes, Codec } from '../host/host.ts';
import { blobPath } from '../images/archive.ts';
import { type Digest, isDigest } from '../spec/digest.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import {
  type Descriptor,
  type Index,
  type Manifest,
  maximumCacheLayers,
  maximumManifestSize,
  parseJsonObject,
  parseManifest,
} from '../spec/manifest.ts';
import { type Reference, parseReference, withDefaultTag } from '../spec/reference.ts';
import type { Document, Source } from './parts.ts';
import { verifyBytes } from './verified.ts';

/** Files by their path below the layout's top. */
export interface Shelf extends AsyncDisposable {
  /** Bytes of a plain file; undefined when there is none. */
  size(path: string): Promise<number | undefined>;
  stream(path: string): Bytes;
}

export const refName = 'org.opencontainers.image.ref.name';
/** containerd's, and so docker's: a name in full. */
export const fullRefName = 'io.containerd.image.name';

/** A small document. @throws EngineError notFound; invalidParameter when it is larger than `most` */
export async function readDocument(shelf: Shelf, path: string, most: number, title: string): Promise<Uint8Array> {
  const size = await shelf.size(path);
  if (size === undefined) throw new EngineError('notFound', `${title} has no ${path}`);
  if (size > most)
    throw new EngineError('invalidParameter', `${title}: ${path} is larger than ${most / 1024 / 1024} MiB`);
  const whole = new Uint8Array(size);
  let at = 0;
  for await (const chunk of shelf.stream(path)) {
    if (at + chunk.length > size) break;
    whole.set(chunk, at);
    at += chunk.length;
  }
  if (at !== size) throw new EngineError('invalidParameter', `${title}: ${path} changed while it was read`);
  return whole;
}

/** The same of a JSON object. */
export async function readJson(shelf: Shelf, path: string, title: string): Promise<Readonly<Record<string, unknown>>> {
  return parseJsonObject(await readDocument(shelf, path, maximumManifestSize, title), `${title}: ${path}`);
}

function parsed(bytes: Uint8Array, title: string): Manifest | Index {
  try {
    return parseManifest(bytes, '', maximumCacheLayers);
  } catch (error) {
    if (!isKind(error, 'invalidParameter')) throw error;
    throw new EngineError(error.kind, `${title}: ${error.message}`, { cause: error });
  }
}

/** @throws EngineError invalidParameter when it is no layout that we know */
export async function readIndex(shelf: Shelf, title: string): Promise<Index> {
  const marker = await readJson(shelf, 'oci-layout', title);
  const version = marker['imageLayoutVersion'];
  if (typeof version !== 'string' || !version.startsWith('1.')) {
    throw new EngineError('invalidParameter', `${title} is an image layout of an unknown version`);
  }
  const document = await readJson(shelf, 'index.json', title);
  // An empty list of Go's: umoci makes layouts with one.
  const bytes = new TextEncoder().encode(JSON.stringify({ ...document, manifests: document['manifests'] ?? [] }));
  const index = parsed(bytes, title);
  if (index.kind === 'index') return index;
  throw new EngineError('invalidParameter', `${title}: index.json is no index`);
}

/** Which image of several. */
export interface Choice {
  readonly name?: string;
  readonly digest?: Digest;
}

export class LayoutSource implements Source {
  readonly title: string;
  readonly keepsDigests = true;
  readonly #shelf: Shelf;
  readonly #codec: Pick<Codec, 'hasher'>;
  readonly #index: Index;
  readonly #entry: Descriptor;
  #referrers: Promise<ReadonlyMap<Digest, readonly Descriptor[]>> | undefined;

  private constructor(shelf: Shelf, codec: Pick<Codec, 'hasher'>, title: string, index: Index, entry: Descriptor) {
    this.#shelf = shelf;
    this.#codec = codec;
    this.title = title;
    this.#index = index;
    this.#entry = entry;
  }

  /** @param wanted which of its images; the only one when it says nothing @throws EngineError notFound, invalidParameter */
  static async open(shelf: Shelf, codec: Pick<Codec, 'hasher'>, title: string, wanted: Choice): Promise<LayoutSource> {
    const index = await readIndex(shelf, title);
    const entry = namedEntry(index, wanted, title);
    if (entry !== undefined) return new LayoutSource(shelf, codec, title, index, entry);
    const [first, ...others] = distinct(index.manifests.filter((each) => !isSignature(each)));
    if (first === undefined) throw new EngineError('notFound', `${title} has no image`);
    const source = new LayoutSource(shelf, codec, title, index, first);
    return others.length === 0 ? source : source.#onlyImage([first, ...others]);
  }

  /** The one that is about no other. @throws EngineError invalidParameter when there are several */
  async #onlyImage(entries: readonly Descriptor[]): Promise<LayoutSource> {
    const images: Descriptor[] = [];
    for (const entry of entries) if ((await this.manifest(entry)).content.subject === undefined) images.push(entry);
    const [only] = images;
    if (only !== undefined && images.length === 1) {
      return new LayoutSource(this.#shelf, this.#codec, this.title, this.#index, only);
    }
    const message = `${this.title} has ${images.length} images, say which: ${listed(this.#index)}`;
    throw new EngineError('invalidParameter', message);
  }

  get name(): Reference | undefined {
    return nameOf(this.#entry);
  }

  root(): Promise<Document> {
    return this.manifest(this.#entry);
  }

  async manifest({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<Document> {
    const bytes = await readDocument(this.#shelf, blobPath(digest), maximumManifestSize, this.title);
    if (bytes.length !== size) {
      const message = `${this.title}: manifest ${digest} should have ${size} bytes and has ${bytes.length}`;
      throw new EngineError('invalidParameter', message);
    }
    verifyBytes(bytes, digest, this.#codec, this.title);
    const content = parsed(bytes, this.title);
    return { bytes, digest, mediaType: content.mediaType, content };
  }

  async *blob({ digest }: Descriptor): AsyncGenerator<Uint8Array, void, undefined> {
    const path = blobPath(digest);
    if ((await this.#shelf.size(path)) === undefined) throw new EngineError('notFound', `${this.title} has no ${path}`);
    yield* this.#shelf.stream(path);
  }

  async referrers(digest: Digest): Promise<readonly Descriptor[]> {
    this.#referrers ??= this.#findReferrers();
    return (await this.#referrers).get(digest) ?? [];
  }

  /** Of the manifests that the layout's index names: each says what it is about. */
  async #findReferrers(): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
    const found = new Map<Digest, Descriptor[]>();
    for (const entry of this.#index.manifests) {
      const { subject } = (await this.manifest(entry)).content;
      if (subject !== undefined) found.set(subject.digest, [...(found.get(subject.digest) ?? []), entry]);
    }
    return found;
  }

  async tagged(tag: string): Promise<Document | undefined> {
    const entry = this.#index.manifests.find(({ annotations }) => annotations?.[refName] === tag);
    return entry === undefined ? undefined : this.manifest(entry);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#shelf[Symbol.asyncDispose]();
  }
}

/** undefined when nothing is said. @throws EngineError notFound */
function namedEntry(index: Index, { name, digest }: Choice, title: string): Descriptor | undefined {
  const { manifests } = index;
  if (digest !== undefined) {
    const entry = manifests.find((each) => each.digest === digest);
    if (entry !== undefined) return entry;
    throw new EngineError('notFound', `${title} does not name ${digest}: ${listed(index)}`);
  }
  if (name === undefined) return undefined;
  const full = fullOf(name);
  const entry =
    manifests.findLast(({ annotations }) => annotations?.[refName] === name) ??
    manifests.findLast(({ annotations }) => full !== undefined && annotations?.[fullRefName] === full);
  if (entry !== undefined) return entry;
  throw new EngineError('notFound', `${title} has no image ${JSON.stringify(name)}: ${listed(index)}`);
}

/** As cosign names its tags. */
function isSignature({ annotations }: Descriptor): boolean {
  return /^sha(?:256|512)-[a-f0-9]{64,128}(?:\.\w+)?$/.test(annotations?.[refName] ?? '');
}

function distinct(entries: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
}

function listed({ manifests }: Index): string {
  const names = manifests.flatMap(({ annotations }) => annotations?.[refName] ?? []).slice(0, 20);
  if (names.length === 0) return 'its images have no names';
  return `it has ${names.map((name) => JSON.stringify(name.slice(0, 200))).join(', ')}`;
}

function fullOf(name: string): string | undefined {
  try {
    const { domain, path, tag = 'latest' } = withDefaultTag(parseReference(name));
    return `${domain}/${path}:${tag}`;
  } catch (error) {
    // A name of OCI's need not be one of docker's.
    if (isKind(error, 'invalidParameter')) return undefined;
    throw error;
  }
}

/** The name in full that an entry says; its OCI name is often just a tag, which names nothing. */
function nameOf({ annotations }: Descriptor): Reference | undefined {
  const text = annotations?.[fullRefName] ?? annotations?.[refName] ?? '';
  if (!/[:/]/.test(text) || isDigest(text)) return undefined;
  try {
    return withDefaultTag(parseReference(text));
  } catch (error) {
    if (isKind(error, 'invalidParameter')) return undefined;
    throw error;
  }
}
