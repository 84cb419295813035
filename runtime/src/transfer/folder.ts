// An OCI image layout in a folder of this machine, as where images come from and go to.

import type { Host } from '../host/host.ts';
import { WriteBehind } from '../content/write-behind.ts';
import { type Digest, algorithmOf } from '../spec/digest.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import { randomId } from '../spec/ids.ts';
import { isObject } from '../spec/manifest.ts';
import { blobPath } from '../images/archive.ts';
import { type Shelf, readIndex, readJson, refName } from './layout.ts';
import type { Cargo, Document, Shipment, Target, Watcher } from './parts.ts';
import { type Dock, ship } from './ship.ts';

type TransferHost = Pick<Host, 'files' | 'codec' | 'random' | 'clock'>;

const draftEnd = '.tmp';
/** Drafts of this age are of copies that were killed: no blob takes so long. */
const abandonedMs = 24 * 60 * 60_000;
/** A folder that is there while somebody changes the index: of two at once one would forget what the other has listed. */
const lockName = 'index.json.lock';
/** Far longer than a change takes. */
const lockPatienceMs = 10_000;
const lockPauseMs = 10;

/** The files below a folder. Links are not followed: what a layout holds is in it. */
export function folderShelf({ files }: Pick<Host, 'files'>, root: string): Shelf {
  return {
    async size(path) {
      const stat = await files.stat(`${root}/${path}`);
      return stat?.kind === 'file' ? stat.size : undefined;
    },
    stream: (path) => files.stream(`${root}/${path}`),
    async [Symbol.asyncDispose]() {},
  };
}

export interface LayoutTargetOptions {
  readonly path: string;
  readonly name: string | undefined;
}

export class LayoutTarget implements Target {
  readonly title: string;
  readonly holdsIndexes = true;
  readonly keepsDigests = true;
  readonly #host: TransferHost;
  readonly #shelf: Shelf;
  readonly #root: string;
  readonly #name: string | undefined;

  constructor(host: TransferHost, { path, name }: LayoutTargetOptions) {
    this.#host = host;
    this.#root = path;
    this.#name = name;
    this.#shelf = folderShelf(host, path);
    this.title = `oci:${path}`;
  }

  /** A manifest alone says nothing of its blobs here: each is looked for. */
  has(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async receive(shipment: Shipment, watcher: Watcher, signal: AbortSignal): Promise<void> {
    const { files } = this.#host;
    if ((await this.#shelf.size('oci-layout')) !== undefined) await readIndex(this.#shelf, this.title);
    else await this.#checkEmpty();
    for (const algorithm of ['sha256', 'sha512']) {
      const isUsed = algorithm === 'sha256' || this.#digests(shipment).some((each) => algorithmOf(each) === algorithm);
      if (!isUsed) continue;
      const folder = `${this.#root}/blobs/${algorithm}`;
      await files.makeDirectory(folder, { recursive: true });
      await this.#removeAbandoned(folder);
    }
    const listed: Listed[] = [];
    const open = (either: AbortSignal): Dock => ({
      putBlob: (cargo) => this.#put(cargo, either),
      putManifest: async (document, tag) => {
        await this.#write(document);
        const isAbout = document.content.subject !== undefined;
        if (isAbout || tag !== undefined) listed.push({ document, name: tag });
      },
      putRoot: async (document) => {
        await this.#write(document);
        await this.#list([...listed, { document, name: this.#name }]);
      },
    });
    await ship(shipment, open, watcher, signal);
  }

  async #removeAbandoned(folder: string): Promise<void> {
    const { files, clock } = this.#host;
    for (const name of (await files.list(folder)).filter((each) => each.endsWith(draftEnd))) {
      const stat = await files.stat(`${folder}/${name}`);
      if (stat?.kind === 'file' && stat.mtimeMs < clock.now() - abandonedMs) await files.remove(`${folder}/${name}`);
    }
  }

  #digests({ cargo, manifests, root }: Shipment): readonly Digest[] {
    const documents = [...manifests.map(({ document }) => document), root];
    return [...cargo.map(({ descriptor }) => descriptor.digest), ...documents.map(({ digest }) => digest)];
  }

  /** @throws EngineError conflict: a folder of other things is not ours to fill */
  async #checkEmpty(): Promise<void> {
    const there = await this.#host.files.list(this.#root);
    // A copy that was cut off leaves blobs, and an index before the marker.
    if (there.every((name) => ['blobs', 'index.json', lockName].includes(name))) return;
    throw new EngineError('conflict', `${this.#root} is no OCI image layout and not empty: name another folder`);
  }

  async #put({ descriptor, open }: Cargo, signal: AbortSignal): Promise<'present' | 'sent'> {
    const { digest, size } = descriptor;
    const { files } = this.#host;
    if ((await this.#shelf.size(blobPath(digest))) === size) return 'present';
    const path = `${this.#root}/${blobPath(digest)}`;
    const draft = `${path}.${randomId(this.#host.random).slice(0, 12)}${draftEnd}`;
    try {
      await using file = await files.create(draft, { mode: 0o644 });
      const writer = new WriteBehind(file);
      try {
        for await (const chunk of open()) {
          signal.throwIfAborted();
          await writer.write(chunk);
        }
        await writer.flush();
      } finally {
        await writer.settle();
      }
      await file.sync();
      await file.close();
      await files.rename(draft, path);
    } catch (error) {
      await files.remove(draft);
      throw error;
    }
    return 'sent';
  }

  async #write({ digest, bytes }: Document): Promise<void> {
    await this.#host.files.writeAtomic(`${this.#root}/${blobPath(digest)}`, bytes, { mode: 0o644 });
  }

  /** The index as it is now, with what has come; what else is in it stays as it is. */
  async #list(come: readonly Listed[]): Promise<void> {
    await using _ = await this.#lock();
    const isThere = (await this.#shelf.size('index.json')) !== undefined;
    const before = isThere
      ? await readJson(this.#shelf, 'index.json', this.title)
      : { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json' };
    const all: readonly unknown[] = Array.isArray(before['manifests']) ? before['manifests'] : [];
    const kept = all.filter((entry) => !come.some((each) => isReplaced(entry, each)));
    const manifests = [...kept, ...come.map(entryOf)];
    const text = JSON.stringify({ ...before, manifests });
    await this.#host.files.writeAtomic(`${this.#root}/index.json`, text, { mode: 0o644 });
    if ((await this.#shelf.size('oci-layout')) === undefined) {
      const marker = JSON.stringify({ imageLayoutVersion: '1.0.0' });
      await this.#host.files.writeAtomic(`${this.#root}/oci-layout`, marker, { mode: 0o644 });
    }
  }

  /** @throws EngineError conflict when it stays taken */
  async #lock(): Promise<AsyncDisposable> {
    const { files, clock } = this.#host;
    const path = `${this.#root}/${lockName}`;
    const end = clock.now() + lockPatienceMs;
    for (;;) {
      try {
        await files.makeDirectory(path);
        return { [Symbol.asyncDispose]: () => files.remove(path) };
      } catch (error) {
        if (!isKind(error, 'conflict')) throw error;
        if (clock.now() > end) {
          const message = `${path} is there: another copy is at work, or was killed. Remove it when there is none`;
          throw new EngineError('conflict', message, { cause: error });
        }
      }
      await clock.sleep(lockPauseMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** What the layout's index is to say of a manifest. */
export interface Listed {
  readonly document: Document;
  readonly name: string | undefined;
  /** More of what is said of it. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export function entryOf({ document, name, annotations }: Listed): object {
  const { mediaType, digest, bytes, content } = document;
  const kind = content.artifactType ?? (content.kind === 'manifest' ? content.config.mediaType : undefined);
  const artifactType = content.subject === undefined ? undefined : kind;
  const said = { ...annotations, ...(name === undefined ? {} : { [refName]: name }) };
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(said).length === 0 ? {} : { annotations: said }),
  };
}

/** A name belongs to one image; what has none is there once. */
function isReplaced(entry: unknown, { document, name }: Listed): boolean {
  if (!isObject(entry)) return false;
  const own = isObject(entry['annotations']) ? entry['annotations'][refName] : undefined;
  return name === undefined ? own === undefined && entry['digest'] === document.digest : own === name;
}
