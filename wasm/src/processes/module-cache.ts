// Modules, and components taken apart, that were compiled: by what their files are known by; those that were used last are kept.

import type { Compiled } from './messages.ts';

const usualBytes = 256 * 2 ** 20;
const mostAlone = 4096;

export class ModuleCache {
  readonly #modules = new Map<string, { readonly compiled: Compiled; readonly bytes: number }>();
  /** Keys of modules that cannot take turns. */
  readonly #alone = new Set<string>();
  readonly #mostBytes: number;
  #bytes = 0;

  /** @param mostBytes of files whose modules are kept */
  constructor(mostBytes = usualBytes) {
    this.#mostBytes = mostBytes;
  }

  /** Whether it has to have a thread of its own. */
  isAlone(key: string): boolean {
    return this.#alone.has(key);
  }

  addAlone(key: string): void {
    if (this.#alone.size >= mostAlone) this.#alone.clear();
    this.#alone.add(key);
  }

  get(key: string): Compiled | undefined {
    const found = this.#modules.get(key);
    if (found === undefined) return undefined;
    this.#modules.delete(key);
    this.#modules.set(key, found);
    return found.compiled;
  }

  /** @param bytes of its file; compiled code takes a few times as much */
  add(key: string, compiled: Compiled, bytes: number): void {
    this.#remove(key);
    this.#modules.set(key, { compiled, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#modules.keys()) {
      if (this.#bytes <= this.#mostBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#modules.get(key)?.bytes ?? 0;
    this.#modules.delete(key);
  }
}
