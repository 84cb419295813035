// Content-addressed blobs, as an OCI image layout keeps them: `blobs/<algorithm>/<hex>`. A blob appears by rename, whole
// and verified, or not at all.

import type { Bytes, Files, Host, WritableFile } from '../host/host.ts';
import { type Digest, algorithmOf, hexOf, isDigest, sha256Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import type { Serial } from '../spec/queue.ts';

/** A file on its way to become a blob; disposing removes it unless it was committed. */
export interface StagedBlob extends AsyncDisposable {
  readonly path: string;
  readonly file: WritableFile;
}

/** @param count tells apart what arrives twice */
function stagedName(count: number, digest: Digest | undefined): string {
  return digest === undefined ? `blob-${count}` : `${digest.replace(':', '-')}-${count}`;
}

/** What a staged file was to become; undefined where that was not known. */
export function stagedDigest(name: string): Digest | undefined {
  const digest = name.replace(/-\d+$/, '').replace('-', ':');
  return isDigest(digest) ? digest : undefined;
}

export class Blobs {
  readonly #host: Host;
  readonly #root: string;
  readonly #temporary: string;
  readonly #serial: Serial;
  readonly #known = new Set<Digest>();
  #count = 0;

  constructor(host: Host, root: string, temporary: string, serial: Serial) {
    this.#host = host;
    this.#root = `${root}/blobs`;
    this.#temporary = temporary;
    this.#serial = serial;
  }

  get #files(): Files {
    return this.#host.files;
  }

  /** Reads the names of what is there. */
  async load(): Promise<void> {
    for (const algorithm of ['sha256', 'sha512']) {
      await this.#files.makeDirectory(`${this.#root}/${algorithm}`, { recursive: true, mode: 0o700 });
      for (const name of await this.#files.list(`${this.#root}/${algorithm}`)) {
        const digest = `${algorithm}:${name}`;
        if (isDigest(digest)) this.#known.add(digest);
        // What was to become one when the process was killed.
        else if (name.endsWith('.tmp')) await this.#files.remove(`${this.#root}/${algorithm}/${name}`);
      }
    }
  }

  has(digest: Digest): boolean {
    return this.#known.has(digest);
  }

  all(): readonly Digest[] {
    return [...this.#known];
  }

  path(digest: Digest): string {
    return `${this.#root}/${algorithmOf(digest)}/${hexOf(digest)}`;
  }

  stream(digest: Digest): Bytes {
    return this.#files.stream(this.path(digest));
  }

  /** @throws EngineError dataLoss when it is not there */
  async read(digest: Digest): Promise<Uint8Array> {
    if (!this.has(digest)) throw new EngineError('dataLoss', `blob ${digest} is missing from the store`);
    return this.#files.read(this.path(digest));
  }

  /** @param digest what it is to become, when that is known: then its file is called by it */
  async stage(digest?: Digest): Promise<StagedBlob> {
    const path = `${this.#temporary}/${stagedName(++this.#count, digest)}`;
    const file = await this.#files.create(path, { mode: 0o600 });
    const files = this.#files;
    return {
      path,
      file,
      async [Symbol.asyncDispose]() {
        await file.close();
        await files.remove(path);
      },
    };
  }

  /** Makes a closed staged file the blob `digest`; the caller vouches that it has that digest. */
  async commit(staged: Pick<StagedBlob, 'path'>, digest: Digest): Promise<void> {
    await this.#serial.run(async () => {
      if (!this.#known.has(digest)) await this.#files.rename(staged.path, this.path(digest));
      this.#known.add(digest);
    });
  }

  /** Stores a small document. */
  async put(bytes: Uint8Array): Promise<Digest> {
    const hasher = this.#host.codec.hasher('sha256');
    hasher.update(bytes);
    const digest = sha256Digest(hasher.hex());
    await this.putAs(bytes, digest);
    return digest;
  }

  /** Stores a small document under a digest that the caller has verified. @param durable the disk has it, and all committed before, then */
  async putAs(bytes: Uint8Array, digest: Digest, durable = false): Promise<void> {
    await this.#serial.run(async () => {
      if (!this.#known.has(digest)) await this.#files.writeAtomic(this.path(digest), bytes, { durable });
      this.#known.add(digest);
    });
  }

  /** From now on `digest` is not there; `erase` removes the bytes. */
  forget(digest: Digest): void {
    this.#known.delete(digest);
  }

  /** Removes a forgotten blob, unless it has come back. */
  async erase(digest: Digest): Promise<void> {
    await this.#serial.run(async () => {
      if (!this.#known.has(digest)) await this.#files.remove(this.path(digest));
    });
  }
}
