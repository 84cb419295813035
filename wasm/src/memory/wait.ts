// Sleeping until something happens to a word of an arena: a thread that may stand still does, others are called back.

import { ownWords, type Arena } from './arena.ts';

/** The word that counts all events of an arena, for who waits for one of several. */
export const anyEvent = ownWords.first + 23 * 4;

/** Counts one more event and wakes who sleeps for it. */
export function happened(arena: Arena, address: number): void {
  const { i32 } = arena;
  for (const counter of [address, anyEvent]) {
    Atomics.add(i32, counter >> 2, 1);
    if (arena.isShared) Atomics.notify(i32, counter >> 2);
    else arena.wake(counter);
  }
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
