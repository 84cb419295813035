// One blob on its way in: a file that grows, and the hash of what is in it, taken while it comes. After a restart the hash is
// taken anew from the file.

import { WriteBehind } from '../../content/write-behind.ts';
import type { Bytes, Hasher, Host } from '../../host/host.ts';
import { spaceGuard } from '../../host/space-guard.ts';
import { type Digest, algorithmOf, hexOf } from '../../spec/digest.ts';
import { Serial } from '../../spec/queue.ts';
import { Refusal } from '../refusal.ts';
import { endable } from './endable.ts';

export type Algorithm = 'sha256' | 'sha512';

/** How long a request that was lost may take to be noticed by us, too. */
const patienceMs = 1000;

export class Upload {
  readonly id: string;
  readonly repository: string;
  /** Where it grows. */
  readonly path: string;
  readonly #host: Host;
  readonly #algorithm: Algorithm;
  readonly #serial = new Serial();
  #current: AbortController | undefined;
  /** Settles with the last request that was begun. */
  #last: Promise<unknown> = Promise.resolve();
  /** Of the whole file; undefined where it has to be read for that. */
  #hasher: Hasher | undefined;
  /** Bytes that are in the file. */
  size: number;
  /** When anything last came, ms since the epoch. */
  lastMs: number;

  constructor(
    host: Host,
    named: { readonly id: string; readonly repository: string; readonly algorithm: Algorithm; readonly path: string },
    kept: { readonly size: number; readonly lastMs: number },
  ) {
    this.#host = host;
    this.id = named.id;
    this.repository = named.repository;
    this.path = named.path;
    this.#algorithm = named.algorithm;
    this.size = kept.size;
    this.lastMs = kept.lastMs;
  }

  /**
   * Runs one request's work on it. A request before it that is still going on is ended first: its client has lost it and goes on
   * with this one.
   */
  async exclusive<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#current?.abort(new Refusal('BLOB_UPLOAD_INVALID', 'another request goes on with this upload'));
    const own = new AbortController();
    this.#current = own;
    const result = this.#serial.run(async () => {
      own.signal.throwIfAborted();
      try {
        return await work(own.signal);
      } finally {
        this.lastMs = this.#host.clock.now();
      }
    });
    // What it fails with is its own caller's.
    this.#last = result.catch(() => undefined);
    return await result;
  }

  /** Resolves when no request is at work any more, or after a while: who asks how far it is has lost a request just now. */
  async settled(): Promise<void> {
    await Promise.race([this.#last, this.#host.clock.sleep(patienceMs, { ref: false })]);
  }

  /** Adds a body at the end. What came before a failure stays, and counts. @throws what the body or the disk failed with */
  async receive(body: Bytes, signal: AbortSignal): Promise<void> {
    const { files } = this.#host;
    const reserve = spaceGuard(files, this.path);
    const hasher = await this.#hashed(this.#algorithm);
    await using file = await files.create(this.path, { append: true, mode: 0o600 });
    const out = new WriteBehind(file);
    let received = 0;
    try {
      for await (const chunk of endable(body, signal)) {
        await reserve(chunk.length);
        hasher.update(chunk);
        received += chunk.length;
        await out.write(chunk);
      }
    } finally {
      await this.#keep(out, received, hasher);
    }
  }

  async #keep(out: WriteBehind, received: number, hasher: Hasher): Promise<void> {
    try {
      await out.flush();
      this.size += received;
      this.#hasher = hasher;
    } catch (error) {
      await out.settle();
      this.size = (await this.#host.files.stat(this.path))?.size ?? 0;
      throw error;
    }
  }

  /** Checks the whole against a digest, and brings it to disk. @throws Refusal DIGEST_INVALID */
  async verify(digest: Digest): Promise<void> {
    const hex = (await this.#hashed(algorithmOf(digest))).hex();
    if (hex !== hexOf(digest)) {
      throw new Refusal(
        'DIGEST_INVALID',
        `what was uploaded has the digest ${algorithmOf(digest)}:${hex}, not ${digest}`,
      );
    }
    await using file = await this.#host.files.create(this.path, { append: true });
    await file.sync();
  }

  /** A hasher that has had the file; the one that is kept is given away. */
  async #hashed(algorithm: Algorithm): Promise<Hasher> {
    const kept = this.#hasher;
    this.#hasher = undefined;
    if (kept !== undefined && algorithm === this.#algorithm) return kept;
    const hasher = this.#host.codec.hasher(algorithm);
    if (this.size > 0) for await (const chunk of this.#host.files.stream(this.path)) hasher.update(chunk);
    return hasher;
  }
}
