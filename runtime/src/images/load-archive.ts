// An image archive as it streams in. Every file goes to disk under its hash, and what looks like a layer is unpacked on
// the way, since the documents that say what is what may come last. Nothing is trusted to be where its name says.

import type { Bytes } from '../host/host.ts';
import { type Digest, isDigest } from '../spec/digest.ts';
import { readTar } from '../spec/tar/reader.ts';
import { cleanTarPath } from '../spec/tar/whiteout.ts';
import { invalid } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { type Arrival, ingestLayer } from './store/ingest.ts';

const maximumEntries = 100_000;
const maximumLinks = 16;

/** One file of the archive: new here, or a blob that the store has already. */
export type ArchiveFile =
  | { readonly kind: 'new'; readonly arrival: Arrival; readonly digest: Digest; readonly size: number }
  | { readonly kind: 'stored'; readonly digest: Digest; readonly size: number };

/** The files of an archive, by path. Disposing throws away what was not committed. */
export class LoadedArchive implements AsyncDisposable {
  readonly #context: ImagesContext;
  readonly #undo = new AsyncDisposableStack();
  readonly #files = new Map<string, ArchiveFile>();
  readonly #links = new Map<string, string>();

  constructor(context: ImagesContext) {
    this.#context = context;
  }

  /** Reads the whole archive. @throws EngineError invalidParameter when it is damaged */
  async read(tar: Bytes, signal: AbortSignal): Promise<void> {
    for await (const member of readTar(tar, { maximumEntries })) {
      signal.throwIfAborted();
      const path = cleanTarPath(member.path);
      if (member.type === 'hardlink') this.#links.set(path, cleanTarPath(member.linkName));
      else if (member.type === 'symlink') this.#links.set(path, linkTarget(path, member.linkName));
      else if (member.type === 'file') await this.#take(path, member.size, member.content, signal);
    }
  }

  async #take(path: string, size: number, content: Bytes, signal: AbortSignal): Promise<void> {
    const { store, kernel } = this.#context;
    const claimed = /^blobs\/(sha256|sha512)\/([a-f0-9]+)$/.exec(path);
    const digest = claimed === null ? undefined : `${claimed[1] ?? ''}:${claimed[2] ?? ''}`;
    // What the store has under that digest is right, whatever the archive holds: pass over it.
    if (isDigest(digest) && store.blobs.has(digest) && this.#isNeeded(digest)) {
      this.#files.set(path, { kind: 'stored', digest, size });
      return;
    }
    const arrival = await ingestLayer(store, kernel, content, {
      mode: 'guess',
      signal,
      ...(isDigest(digest) ? { expected: { digest } } : {}),
    });
    this.#undo.use(arrival);
    this.#links.delete(path);
    this.#files.set(path, { kind: 'new', arrival, digest: arrival.digest, size: arrival.blobSize });
  }

  /** Only what an image stands on is sure to stay. */
  #isNeeded(digest: Digest): boolean {
    const images = this.#context.store.catalog.allVisible();
    return images.some(
      (image) =>
        image.id === digest ||
        image.manifest.digest === digest ||
        image.layers.some((layer) => layer.digest === digest),
    );
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** @throws EngineError invalidParameter when the archive does not have it */
  file(path: string): ArchiveFile {
    const file = this.#find(path);
    if (file === undefined) throw invalid(`invalid archive: ${JSON.stringify(path.slice(0, 300))} is missing`);
    return file;
  }

  blob(digest: Digest): ArchiveFile {
    return this.file(`blobs/${digest.replace(':', '/')}`);
  }

  #find(path: string): ArchiveFile | undefined {
    let at = cleanTarPath(path);
    for (let hops = 0; hops < maximumLinks; hops++) {
      const target = this.#files.get(at);
      if (target !== undefined) return target;
      const next = this.#links.get(at);
      if (next === undefined) return undefined;
      at = next;
    }
    throw invalid(`invalid archive: too many links at ${JSON.stringify(path.slice(0, 300))}`);
  }

  /** A small document. @throws EngineError invalidParameter when it is larger than `most` bytes */
  async document(file: ArchiveFile, most: number, what: string): Promise<Uint8Array> {
    if (file.size > most) throw invalid(`${what} is larger than ${most / 1024 / 1024} MiB`);
    if (file.kind === 'stored') return this.#context.store.blobs.read(file.digest);
    return file.arrival.read();
  }

  /** JSON of any shape. */
  async json(path: string, most: number): Promise<unknown> {
    const bytes = await this.document(this.file(path), most, path);
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      // The syntax error of a document we cannot show tells nobody anything.
      throw invalid(`invalid archive: ${path} is not valid JSON`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#undo.disposeAsync();
  }
}

function linkTarget(path: string, target: string): string {
  if (target.startsWith('/')) return cleanTarPath(target);
  const slash = path.lastIndexOf('/');
  return cleanTarPath(`/${slash < 0 ? '' : path.slice(0, slash)}/${target}`);
}
