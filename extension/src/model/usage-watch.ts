// What running containers use, from the engine's own streams of samples, while somebody looks. A few streams are open at a time; when
// more containers run they take turns, so that fifty cost no more than two.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { bytesSize } from '../../../runtime/src/text/units.ts';
import { computeUsage } from '../../../runtime/src/text/usage.ts';

/** Streams that are open at a time: each is a sample a second. */
const atOnce = 2;
/** The first sample of a stream knows no share of the CPU yet. */
const samplesPerTurn = 2;
const betweenNewsMs = 2000;

export class UsageWatch implements Disposable {
  readonly #client: EngineClient;
  readonly #onNews: (ids: ReadonlySet<string>) => void;
  readonly #open = new Map<string, AbortController>();
  readonly #texts = new Map<string, string>();
  readonly #changed = new Set<string>();
  /** Whose turn it is next; those with an open stream are not in it. */
  #waiting: string[] = [];
  #wanted: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;

  /** @param onNews told now and then which texts have changed */
  constructor(client: EngineClient, onNews: (ids: ReadonlySet<string>) => void) {
    this.#client = client;
    this.#onNews = onNews;
  }

  /** `3% 12.5MiB` by the id of a container. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /** Follows these and no others. */
  follow(ids: readonly string[]): void {
    this.#wanted = new Set(ids);
    for (const [id, controller] of this.#open) if (!this.#wanted.has(id)) controller.abort();
    for (const id of this.#texts.keys()) if (!this.#wanted.has(id)) this.#texts.delete(id);
    const known = new Set([...this.#waiting, ...this.#open.keys()]);
    this.#waiting = [...this.#waiting.filter((id) => this.#wanted.has(id)), ...ids.filter((id) => !known.has(id))];
    this.#fill();
  }

  [Symbol.dispose](): void {
    this.follow([]);
    clearTimeout(this.#timer);
  }

  #fill(): void {
    while (this.#open.size < atOnce) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      void this.#read(id);
    }
  }

  async #read(id: string): Promise<void> {
    const controller = new AbortController();
    this.#open.set(id, controller);
    let isThere = true;
    try {
      let samples = 0;
      for await (const sample of await this.#client.containers.statsStream(id, controller.signal)) {
        samples += 1;
        if (samples < samplesPerTurn) continue;
        const { cpuPercent, memory } = computeUsage(id, sample);
        if (this.#wanted.has(id)) this.#set(id, `${Math.round(cpuPercent)}% ${bytesSize(memory)}`);
        if (this.#waiting.length > 0) break;
      }
    } catch {
      // The container or the engine is gone, or nobody looks any more: the lists tell that.
      isThere = false;
    } finally {
      controller.abort();
      this.#open.delete(id);
    }
    if (isThere && this.#wanted.has(id)) this.#waiting.push(id);
    this.#fill();
  }

  #set(id: string, text: string): void {
    if (this.#texts.get(id) === text) return;
    this.#texts.set(id, text);
    this.#changed.add(id);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const ids = new Set(this.#changed);
      this.#changed.clear();
      this.#onNews(ids);
    }, betweenNewsMs);
  }
}
