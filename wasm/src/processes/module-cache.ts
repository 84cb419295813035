// Modules that were compiled, by what their files are known by; those that were used last are kept.

const mostBytes = 256 * 2 ** 20;

export class ModuleCache {
  readonly #modules = new Map<string, { readonly module: WebAssembly.Module; readonly bytes: number }>();
  #bytes = 0;

  get(key: string): WebAssembly.Module | undefined {
    const found = this.#modules.get(key);
    if (found === undefined) return undefined;
    this.#modules.delete(key);
    this.#modules.set(key, found);
    return found.module;
  }

  /** @param bytes of its file; compiled code takes a few times as much */
  add(key: string, module: WebAssembly.Module, bytes: number): void {
    this.#remove(key);
    this.#modules.set(key, { module, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#modules.keys()) {
      if (this.#bytes <= mostBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#modules.get(key)?.bytes ?? 0;
    this.#modules.delete(key);
  }
}
