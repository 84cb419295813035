// What running containers use, while somebody looks. One is asked at a time and they take turns, so that fifty cost no more than one;
// the share of the CPU is that of the time since its last turn.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { ContainerStatsResponse } from '../../../runtime/src/spec/api/containers.ts';
import { bytesSize } from '../../../runtime/src/text/units.ts';
import { computeUsage } from '../../../runtime/src/text/usage.ts';

/** From one question to the next. */
const turnMs = 500;
const betweenNewsMs = 2000;

export class UsageWatch implements Disposable {
  readonly #client: EngineClient;
  readonly #onNews: (ids: ReadonlySet<string>) => void;
  readonly #before = new Map<string, ContainerStatsResponse>();
  readonly #texts = new Map<string, string>();
  readonly #changed = new Set<string>();
  /** All that are followed, the next one first. */
  #turns: string[] = [];
  #isAsking = false;
  #pace: NodeJS.Timeout | undefined;
  #news: NodeJS.Timeout | undefined;

  /** @param onNews told now and then which texts have changed */
  constructor(client: EngineClient, onNews: (ids: ReadonlySet<string>) => void) {
    this.#client = client;
    this.#onNews = onNews;
  }

  /** `3% 12.5MiB` by the id of a container; the memory alone before its second turn. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /** Follows these and no others. */
  follow(ids: readonly string[]): void {
    const wanted = new Set(ids);
    for (const known of [this.#before, this.#texts]) {
      for (const id of known.keys()) if (!wanted.has(id)) known.delete(id);
    }
    const followed = new Set(this.#turns);
    this.#turns = [...this.#turns.filter((id) => wanted.has(id)), ...ids.filter((id) => !followed.has(id))];
    if (ids.length > 0) this.#pace ??= setInterval(() => void this.#ask(), turnMs);
    else {
      clearInterval(this.#pace);
      this.#pace = undefined;
    }
  }

  [Symbol.dispose](): void {
    this.follow([]);
    clearTimeout(this.#news);
  }

  async #ask(): Promise<void> {
    const id = this.#isAsking ? undefined : this.#turns.shift();
    if (id === undefined) return;
    this.#turns.push(id);
    this.#isAsking = true;
    try {
      const sample = await this.#client.containers.stats(id, true);
      if (this.#turns.includes(id)) this.#take(id, sample);
    } catch {
      // The container or the engine is gone: the lists tell that.
      this.#before.delete(id);
    } finally {
      this.#isAsking = false;
    }
  }

  #take(id: string, sample: ContainerStatsResponse): void {
    const before = this.#before.get(id)?.cpu_stats;
    this.#before.set(id, sample);
    const { cpuPercent, memory } = computeUsage(id, {
      ...sample,
      ...(before === undefined ? {} : { precpu_stats: before }),
    });
    this.#set(id, before === undefined ? bytesSize(memory) : `${Math.round(cpuPercent)}% ${bytesSize(memory)}`);
  }

  #set(id: string, text: string): void {
    if (this.#texts.get(id) === text) return;
    this.#texts.set(id, text);
    this.#changed.add(id);
    this.#news ??= setTimeout(() => {
      this.#news = undefined;
      const ids = new Set(this.#changed);
      this.#changed.clear();
      this.#onNews(ids);
    }, betweenNewsMs);
  }
}
