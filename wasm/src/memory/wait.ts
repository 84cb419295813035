// Sleeping until something happens to a word of an arena: a thread that may stand still does, others are called back.

import { ownWords, type Arena } from './arena.ts';

/** The word that counts all events of an arena, for who waits for one of several. */
export const anyEvent = ownWords.first + 23 * 4;

/** Counts one more event and wakes who sleeps for it. */
export function happened(arena: Arena, address: number): void {
  const { i32 } = arena;
  for (const counter of [address, anyEvent]) {
    Atomics.add(i32, counter >> 2, 1);
    wake(arena, counter);
  }
}

/** Wakes who sleeps for a word. */
export function wake(arena: Arena, address: number): void {
  if (arena.isShared) Atomics.notify(arena.i32, address >> 2);
  else arena.wake(address);
}

/** What somebody sleeps for: that a word is not `seen` any more, at most for so long (Infinity for ever). */
export interface Sleep {
  readonly address: number;
  readonly seen: number;
  readonly timeoutMs: number;
}

/**
 * Holds up this thread until the word is not `seen` any more; call it outside the arena.
 * @returns false when the time was up
 */
export function sleep(arena: Arena, { address, seen, timeoutMs }: Sleep): boolean {
  return Atomics.wait(arena.i32, address >> 2, seen, timeoutMs) !== 'timed-out';
}

/** Timers take no more. */
const longestMs = 2 ** 31 - 1;

/** As `sleep`, for a thread that may not stand still; the time may be up early when it is very long. */
export async function sleepAsync(arena: Arena, address: number, seen: number, timeoutMs = Infinity): Promise<boolean> {
  const limitMs = timeoutMs === Infinity ? timeoutMs : Math.min(timeoutMs, longestMs);
  if (!arena.isShared) return await arena.whenWoken(address, seen, limitMs);
  const { value } = Atomics.waitAsync(arena.i32, address >> 2, seen, limitMs);
  return (await value) !== 'timed-out';
}
