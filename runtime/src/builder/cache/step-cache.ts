// Results of steps for builds to come. Each one holds its layers in the store for as long as it is known; it goes when it is the
// one that was not used for longest and all together take too much, or when it was not used for very long.

import type { Host } from '../../host/host.ts';
import { messageOf } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import { Serial } from '../../spec/queue.ts';
import type { LayerRef } from '../contract.ts';
import { type CacheDocument, type CachedResult, readDocument, writeDocument } from './document.ts';

export interface StepCacheDeps {
  readonly host: Pick<Host, 'files' | 'clock' | 'bootId'>;
  readonly logger: Logger;
  /** Where the document is; its folder is there. */
  readonly path: string;
  /** Keeps layers in the store until the disposal; undefined when one is not there. */
  readonly hold: (layers: readonly LayerRef[]) => Promise<AsyncDisposable | undefined>;
  /** Resolves when all that was written before is on disk. */
  readonly sync: () => Promise<void>;
  /** Bytes of unpacked layers that are kept, and how long what is not used is. */
  readonly limits: CacheLimits;
}

export interface CacheLimits {
  readonly bytes: number;
  readonly ageMs: number;
  readonly count: number;
}

interface Entry {
  result: CachedResult;
  readonly hold: AsyncDisposable;
}

const mostDigests = 2000;

/** Between a change and its being written, in milliseconds: a build changes much at once. */
const pauseMs = 200;

export class StepCache {
  readonly #deps: StepCacheDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #digests = new Map<string, string>();
  readonly #writes = new Serial();
  #bootId = '';
  #isChanged = false;
  #writing: Promise<void> | undefined;
  #hurry = new AbortController();

  constructor(deps: StepCacheDeps) {
    this.#deps = deps;
  }

  /** Reads what is on disk and holds its layers. Call once, before the store removes what nobody needs. */
  async load(): Promise<void> {
    const { host, path, logger, hold } = this.#deps;
    this.#bootId = await host.bootId();
    if ((await host.files.stat(path)) === undefined) return;
    let document: CacheDocument = { results: [], digests: [] };
    try {
      document = readDocument(await host.files.readText(path));
    } catch (error) {
      logger.warn('the build cache cannot be read and begins anew', { path, error: messageOf(error) });
    }
    for (const [name, digest] of document.digests) this.#digests.set(name, digest);
    // Of others the machine went down before their layers were on disk.
    const sound = document.results.filter(({ unsynced }) => unsynced === undefined || unsynced === this.#bootId);
    const holds = await Promise.all(sound.map(({ layers }) => hold(layers)));
    for (const [index, result] of sound.entries()) {
      const held = holds[index];
      if (held !== undefined) this.#entries.set(result.key, { result, hold: held });
    }
    if (this.#entries.size < document.results.length) this.#changed();
  }

  /**
   * A result whose layers are all in the store. It counts as used.
   * @param origins caches of others whose results count as well
   */
  find(key: string, origins: ReadonlySet<string>): CachedResult | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { origin } = entry.result;
    if (origin !== undefined && !origins.has(origin)) return undefined;
    entry.result = { ...entry.result, lastUsedAtMs: this.#deps.host.clock.now() };
    // Last in the map is who was used last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#changed();
    return entry.result;
  }

  async put(made: Omit<CachedResult, 'lastUsedAtMs' | 'unsynced'>): Promise<void> {
    const hold = await this.#deps.hold(made.layers);
    if (hold === undefined) return;
    const before = this.#entries.get(made.key);
    this.#entries.delete(made.key);
    const result = { ...made, lastUsedAtMs: made.createdAtMs, unsynced: this.#bootId };
    this.#entries.set(made.key, { result, hold });
    this.#changed();
    await before?.hold[Symbol.asyncDispose]();
  }

  /** What files of layers came to when they were looked at. */
  knownDigest(name: string): string | undefined {
    return this.#digests.get(name);
  }

  learnDigest(name: string, digest: string): void {
    if (this.#digests.get(name) === digest) return;
    this.#digests.set(name, digest);
    const [oldest] = this.#digests.keys();
    if (this.#digests.size > mostDigests && oldest !== undefined) this.#digests.delete(oldest);
    this.#changed();
  }

  /** Those not used for longest first. */
  all(): readonly CachedResult[] {
    return [...this.#entries.values()].map(({ result }) => result);
  }

  get size(): number {
    return this.all().reduce((sum, { size }) => sum + size, 0);
  }

  async remove(keys: Iterable<string>): Promise<void> {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      this.#entries.delete(key);
      this.#changed();
      await entry?.hold[Symbol.asyncDispose]();
    }
  }

  /** Removes what is too old or too much. @param bytes that all may have together */
  async collect(bytes: number): Promise<void> {
    const { limits, host } = this.#deps;
    const oldest = host.clock.now() - limits.ageMs;
    let size = this.size;
    let count = this.#entries.size;
    const going: string[] = [];
    for (const result of this.all()) {
      const isKept = size <= bytes && count <= limits.count && result.lastUsedAtMs >= oldest;
      if (isKept) break;
      going.push(result.key);
      size -= result.size;
      count -= 1;
    }
    await this.remove(going);
  }

  /** Writes down what has changed, and brings to disk what the results stand on. Never rejects. */
  async settle(): Promise<void> {
    this.#hurry.abort();
    await this.#writing;
    this.#hurry = new AbortController();
  }

  #changed(): void {
    this.#isChanged = true;
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    const { host, logger, path } = this.#deps;
    try {
      while (this.#isChanged) {
        // Ends early, by a rejection, for who is in a hurry.
        await host.clock.sleep(pauseMs, { signal: this.#hurry.signal, ref: false }).catch(() => undefined);
        this.#isChanged = false;
        await this.#save(path);
        if (await this.#sync()) await this.#save(path);
      }
    } catch (error) {
      logger.warn('the build cache was not written', { path, error: messageOf(error) });
    } finally {
      this.#writing = undefined;
    }
  }

  #save(path: string): Promise<void> {
    const text = writeDocument({ results: this.all(), digests: [...this.#digests] });
    return this.#writes.run(() => this.#deps.host.files.writeAtomic(path, text, { durable: false }));
  }

  /** @returns whether a mark was taken away */
  async #sync(): Promise<boolean> {
    const marked = [...this.#entries.values()].filter(({ result }) => result.unsynced !== undefined);
    if (marked.length === 0) return false;
    await this.#deps.sync();
    for (const entry of marked) {
      const { unsynced: _, ...synced } = entry.result;
      entry.result = synced;
    }
    return true;
  }
}
