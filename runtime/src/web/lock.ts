// The lock of a store: the worker of an engine holds it for as long as it lives, however it ends.

import { EngineError } from '../spec/errors.ts';

const lockOf = (store: string) => `coracle ${store}`;

/** Until this worker ends. @throws EngineError conflict when another has it */
export async function lockStore(store: string): Promise<void> {
  const taken = Promise.withResolvers<void>();
  void navigator.locks.request(lockOf(store), { ifAvailable: true }, (lock) => {
    if (lock === null) {
      const words = 'another page of this site runs an engine over the same images and containers: close it first';
      taken.reject(new EngineError('conflict', words));
      return undefined;
    }
    taken.resolve();
    return new Promise<never>(() => undefined);
  });
  await taken.promise;
}

/** Resolves when no engine has the store. @throws the signal's reason */
export async function untilFree(store: string, signal?: AbortSignal): Promise<void> {
  // Shared: all who wait for the same end hear of it at once.
  const options = signal === undefined ? {} : { signal };
  await navigator.locks.request(lockOf(store), { mode: 'shared', ...options }, () => undefined);
}
