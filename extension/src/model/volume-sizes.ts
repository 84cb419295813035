// How large volumes are. An engine has to walk their files to say it, so it is asked only while somebody looks at volumes, after
// something changed, and never twice at once.

import type { EngineClient } from '../../../runtime/src/client/client.ts';

/** Volumes change with what runs: after a burst of changes they are counted once. */
const quietMs = 1000;

export class VolumeSizes implements Disposable {
  readonly #client: Pick<EngineClient, 'system'>;
  readonly #changed: () => void;
  readonly #failed: (error: unknown) => void;
  #sizes: ReadonlyMap<string, number> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #isCounting = false;

  /** @param changed told after sizes were counted anew and differ */
  constructor(client: Pick<EngineClient, 'system'>, changed: () => void, failed: (error: unknown) => void) {
    this.#client = client;
    this.#changed = changed;
    this.#failed = failed;
  }

  /** Bytes by name; volumes that were not counted yet are not there. */
  get sizes(): ReadonlyMap<string, number> {
    return this.#sizes;
  }

  /** Counts soon, once for all calls until then. */
  ask(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#isCounting) this.ask();
      else void this.#count();
    }, quietMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  async #count(): Promise<void> {
    this.#isCounting = true;
    try {
      const { Volumes } = await this.#client.system.diskUsage(['volume']);
      const sizes = new Map(
        (Volumes ?? []).flatMap(({ Name, UsageData }): [string, number][] => {
          const size = UsageData?.Size ?? -1;
          return size < 0 ? [] : [[Name ?? '', size]];
        }),
      );
      const isNew =
        sizes.size !== this.#sizes.size || [...sizes].some(([name, size]) => this.#sizes.get(name) !== size);
      this.#sizes = sizes;
      if (isNew) this.#changed();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isCounting = false;
    }
  }
}
