// What pulls had brought when the engine was killed, for the next pull of the same image: layers that came whole, and the beginnings
// of those that did not. A note on disk names them while a pull runs. It is believed in the same start of the machine only: after
// another, the disk may not have what it was given.

import { stagedDigest } from '../../content/blobs.ts';
import type { Bytes, Clock, Files } from '../../host/host.ts';
import { type ChainId, type Digest, hexOf, isDigest } from '../../spec/digest.ts';
import type { Logger } from '../../spec/logger.ts';
import { isObject } from '../../spec/manifest.ts';
import { KeyedQueue } from '../../spec/queue.ts';
import type { Lease } from './store.ts';

/** How long after its start an engine waits for somebody to pull such an image again. */
const patienceMs = 60 * 60_000;

type Part = Digest | ChainId;

export interface InterruptedParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The folder of the notes. */
  readonly folder: string;
  /** Where blobs are while they arrive. */
  readonly staging: string;
  readonly bootId: string;
  readonly lease: () => Lease;
  /** Removes what nothing holds any more. */
  readonly sweep: () => Promise<void>;
}

/** The first bytes of a blob, as far as it came; disposing throws them away. */
export interface Beginning extends AsyncDisposable {
  readonly bytes: Bytes;
}

export class InterruptedPulls {
  readonly #parts: InterruptedParts;
  readonly #queue = new KeyedQueue();
  /** By the id of the image. */
  readonly #kept = new Map<Digest, Lease>();
  readonly #running = new Map<string, number>();
  /** Blobs of which there is a beginning. */
  readonly #begun = new Set<string>();

  constructor(parts: InterruptedParts) {
    this.#parts = parts;
  }

  /**
   * Holds what the notes of an earlier life name, for a while; before its staging folder is cleared.
   * @param isHere whether there is such an image: its pull had come to its end
   */
  async load(isHere: (id: Digest) => boolean): Promise<void> {
    const { files, folder, bootId, clock, logger } = this.#parts;
    await files.makeDirectory(folder, { recursive: true, mode: 0o700 });
    const names = await files.list(folder);
    for (const name of names.filter((one) => !one.endsWith(beginningSuffix))) {
      const note = name.endsWith('.json') ? parseNote(await files.readText(`${folder}/${name}`)) : undefined;
      if (note !== undefined && note.bootId === bootId && !isHere(note.id)) this.#keep(note);
      else await files.remove(`${folder}/${name}`);
    }
    await this.#keepBeginnings(names.filter((one) => one.endsWith(beginningSuffix)));
    if (this.#kept.size === 0) return;
    const images = [...this.#kept.keys()];
    logger.info('what pulls had brought when the engine was killed is kept for an hour', { images });
    const drop = (): Promise<void> => this.drop();
    const failed = (error: unknown): void => logger.warn('what pulls had brought was not removed', { error });
    void clock.sleep(patienceMs, { ref: false }).then(drop).catch(failed);
  }

  #keep(note: Note): void {
    const lease = this.#parts.lease();
    lease.hold(...note.parts);
    this.#kept.set(note.id, lease);
    for (const part of note.parts) this.#begun.add(part);
  }

  /** @param earlier names of those that were kept in the life before: nobody has come back for them yet */
  async #keepBeginnings(earlier: readonly string[]): Promise<void> {
    const { files, folder, staging } = this.#parts;
    const wanted = new Map([...this.#begun].map((part) => [beginningName(part), part]));
    this.#begun.clear();
    for (const name of earlier) {
      const digest = wanted.get(name);
      if (digest === undefined) await files.remove(`${folder}/${name}`);
      else this.#begun.add(digest);
    }
    if (wanted.size === 0) return;
    for (const name of await files.list(staging)) {
      const digest = stagedDigest(name);
      if (digest === undefined || !wanted.has(beginningName(digest))) continue;
      await files.rename(`${staging}/${name}`, this.#beginningPath(digest));
      this.#begun.add(digest);
    }
  }

  /**
   * Notes what a pull brings, until it ends. The caller holds all of it.
   * @returns ends it
   */
  async begin(id: Digest, parts: readonly Part[]): Promise<AsyncDisposable> {
    await using running = new AsyncDisposableStack();
    this.#running.set(id, (this.#running.get(id) ?? 0) + 1);
    running.defer(() => this.#end(id));
    const note = JSON.stringify({ id, bootId: this.#parts.bootId, parts } satisfies Note);
    await this.#queue.run(id, () => this.#parts.files.writeAtomic(this.#notePath(id), note, { durable: false }));
    this.#release(id);
    return running.move();
  }

  async #end(id: Digest): Promise<void> {
    const left = (this.#running.get(id) ?? 1) - 1;
    if (left > 0) this.#running.set(id, left);
    else this.#running.delete(id);
    await this.#forget(id);
  }

  /** Removes a note, unless a pull goes on that wants it. */
  async #forget(id: Digest): Promise<void> {
    await this.#queue.run(id, async () => {
      if (!this.#running.has(id)) await this.#parts.files.remove(this.#notePath(id));
    });
  }

  /** What came of a blob in an earlier life; once, since what it is worth is not known before the whole is there. */
  beginning(digest: Digest): Beginning | undefined {
    if (!this.#begun.delete(digest)) return undefined;
    const { files } = this.#parts;
    const path = this.#beginningPath(digest);
    return { bytes: files.stream(path), [Symbol.asyncDispose]: () => files.remove(path) };
  }

  /** Lets go of all that nobody has come back for. */
  async drop(): Promise<void> {
    const { files, sweep } = this.#parts;
    for (const id of this.#kept.keys()) {
      this.#release(id);
      await this.#forget(id);
    }
    const begun = [...this.#begun].filter(isDigest);
    this.#begun.clear();
    for (const digest of begun) await files.remove(this.#beginningPath(digest));
    await sweep();
  }

  #release(id: Digest): void {
    this.#kept.get(id)?.[Symbol.dispose]();
    this.#kept.delete(id);
  }

  #notePath(id: Digest): string {
    return `${this.#parts.folder}/${hexOf(id)}.json`;
  }

  #beginningPath(digest: Digest): string {
    return `${this.#parts.folder}/${beginningName(digest)}`;
  }
}

const beginningSuffix = '.part';

function beginningName(part: string): string {
  return part.replace(':', '-') + beginningSuffix;
}

interface Note {
  readonly id: Digest;
  readonly bootId: string;
  readonly parts: readonly Part[];
}

/** @returns undefined for what is no note: the engine may have been of another version */
function parseNote(text: string): Note | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { id, bootId, parts } = value;
  if (!isDigest(id) || typeof bootId !== 'string' || !Array.isArray(parts)) return undefined;
  return { id, bootId, parts: parts.filter(isDigest) };
}
