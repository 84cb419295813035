// Sleeping until something happens to a word of an arena: a thread that may stand still does, others are called back.

import type { Arena } from './arena.ts';

/** Counts one more event and wakes who sleeps for it. */
export function happened(arena: Arena, address: number): void {
  const { i32 } = arena;
  Atomics.add(i32, address >> 2, 1);
  if (arena.isShared) Atomics.notify(i32, address >> 2);
  else arena.wake(address);
}

/**
 * Holds up this thread until the word is not `seen` any more; call it outside the arena.
 * @param timeoutMs Infinity for ever
 * @returns false when the time was up
 */
export function sleep(arena: Arena, address: number, seen: number, timeoutMs = Infinity): boolean {
  return Atomics.wait(arena.i32, address >> 2, seen, timeoutMs) !== 'timed-out';
}

/** As `sleep`, for a thread that may not stand still. */
export async function sleepAsync(arena: Arena, address: number, seen: number, timeoutMs = Infinity): Promise<boolean> {
  if (!arena.isShared) return await arena.whenWoken(address, seen, timeoutMs);
  const { value } = Atomics.waitAsync(arena.i32, address >> 2, seen, timeoutMs);
  return (await value) !== 'timed-out';
}
