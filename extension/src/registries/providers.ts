// The providers that other extensions have registered. Known from the start, since extensions come at any time.

import type { RegistryProvider } from './contract.ts';

export class Providers {
  readonly #byId = new Map<string, RegistryProvider>();
  readonly #changed = new Set<() => void>();

  get all(): readonly RegistryProvider[] {
    return [...this.#byId.values()];
  }

  find(id: string): RegistryProvider | undefined {
    return this.#byId.get(id);
  }

  /** The last one of an id counts. @returns ends it @throws TypeError for what is no provider */
  add(provider: RegistryProvider): { dispose(): void } {
    const { id, label } = provider;
    if (typeof id !== 'string' || id === '' || typeof label !== 'string' || typeof provider.registries !== 'function') {
      throw new TypeError('a registry provider has an id, a label and the function registries');
    }
    this.#byId.set(id, provider);
    this.#tell();
    return {
      dispose: () => {
        if (this.#byId.get(id) !== provider) return;
        this.#byId.delete(id);
        this.#tell();
      },
    };
  }

  /** Told when there are others. @returns ends it */
  onChange(listener: () => void): { dispose(): void } {
    this.#changed.add(listener);
    return { dispose: () => void this.#changed.delete(listener) };
  }

  #tell(): void {
    for (const listener of this.#changed) listener();
  }
}
