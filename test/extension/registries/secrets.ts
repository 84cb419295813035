// What VS Code keeps for an extension, in memory.

import type { Memory } from '../../../extension/src/registries/connections.ts';
import type { Secrets } from '../../../extension/src/registries/machine-log-ins.ts';

export function memorySecrets(): Secrets {
  const kept = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(kept.get(key)),
    store: (key, value) => Promise.resolve(void kept.set(key, value)),
  };
}

/** VS Code's memory of an extension. */
export function memory(): Memory {
  const kept = new Map<string, unknown>();
  return {
    get: <T>(key: string, otherwise: T) => (kept.has(key) ? (kept.get(key) as T) : otherwise),
    update: (key, value) => Promise.resolve(void kept.set(key, value)),
  };
}
