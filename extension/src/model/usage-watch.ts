// What running containers use, from the engine's own stream of samples, while somebody looks. With many containers only the first
// are followed: each costs the engine a look a second.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { bytesSize } from '../../../runtime/src/text/units.ts';
import { computeUsage } from '../../../runtime/src/text/usage.ts';

/** So many are followed at a time. */
const most = 25;
const betweenNewsMs = 2000;

export class UsageWatch implements Disposable {
  readonly #client: EngineClient;
  readonly #onNews: (ids: ReadonlySet<string>) => void;
  readonly #running = new Map<string, AbortController>();
  readonly #texts = new Map<string, string>();
  readonly #changed = new Set<string>();
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
    const wanted = new Set(ids.slice(0, most));
    for (const [id, controller] of this.#running) if (!wanted.has(id)) controller.abort();
    for (const id of wanted) if (!this.#running.has(id)) void this.#read(id);
  }

  [Symbol.dispose](): void {
    this.follow([]);
    clearTimeout(this.#timer);
  }

  async #read(id: string): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      for await (const sample of await this.#client.containers.statsStream(id, controller.signal)) {
        const { cpuPercent, memory } = computeUsage(id, sample);
        this.#set(id, `${Math.round(cpuPercent)}% ${bytesSize(memory)}`);
      }
    } catch {
      // The container or the engine is gone, or nobody looks any more: the lists tell that.
    } finally {
      this.#running.delete(id);
      this.#texts.delete(id);
    }
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
