// VS Code's secret storage, in memory.

import type { Secrets } from '../../../extension/src/registries/machine-log-ins.ts';

export function memorySecrets(): Secrets {
  const kept = new Map<string, string>();
  return {
    get: (key) => Promise.resolve(kept.get(key)),
    store: (key, value) => Promise.resolve(void kept.set(key, value)),
  };
}
