// Waiting for a registry that is overloaded, limits us, or was cut off: longer each time, or as long as it asks.

import type { Clock } from '../host/host.ts';
import { RegistryError, isTemporary } from './errors.ts';

/** Told before each wait. */
export interface Wait {
  readonly seconds: number;
  /** The registry that limits requests (429); absent where something has failed. */
  readonly limitedBy?: string;
}

export interface Patience {
  readonly signal?: AbortSignal;
  readonly onWait?: (wait: Wait) => void;
}

/** Whoever asks for more is not waited for: the error says how long it would be. */
const longestMs = 60_000;

/**
 * Waits after a failed try, before the next.
 * @param failures how often it has failed in a row @param tries after so many it is in vain
 * @throws `error` when it is in vain
 */
export async function pause(
  clock: Clock,
  error: unknown,
  failures: number,
  tries: number,
  { signal, onWait }: Patience,
): Promise<void> {
  signal?.throwIfAborted();
  const asked = error instanceof RegistryError ? (error.retryAfterMs ?? 0) : 0;
  if (failures >= tries || !isTemporary(error) || asked > longestMs) throw error;
  const waitMs = Math.max(asked, Math.min(100 * 2 ** failures, 5000));
  const limitedBy = error instanceof RegistryError ? error.limitedBy : undefined;
  onWait?.({ seconds: Math.max(1, Math.round(waitMs / 1000)), ...(limitedBy === undefined ? {} : { limitedBy }) });
  await clock.sleep(waitMs, signal === undefined ? {} : { signal });
}

/** Waits out what a registry answers; a connection that cannot be made is the caller's. @throws what `action` throws in the end */
export async function patiently<T>(
  clock: Clock,
  tries: number,
  patience: Patience,
  action: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      await pause(clock, error, failures, tries, patience);
    }
  }
}
