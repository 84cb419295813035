// Calls on files from the engine's thread: alone with them for a moment, failures in the engine's words.

import { Arena, ArenaHeld } from '../../../../wasm/src/memory/arena.ts';
import { Failure } from '../../../../wasm/src/wasi/errno.ts';
import { EngineError } from '../../spec/errors.ts';
import { errnoError } from '../errno.ts';

/** An arena, or what is seen of one. */
export type Enterable = Arena | { readonly arena: Arena; leave(): void };

/** A program is inside for less than a millisecond at a time; one that stays was ended there, and its keeper has to hear of that. */
export const patienceMs = 1000;

/**
 * Runs alone with it. Nothing in it may wait, nor take long: programs wait meanwhile.
 * @throws EngineError unavailable when somebody is inside who does not come out
 */
export function inside<T>(space: Enterable, run: () => T): T {
  enterPatiently(space instanceof Arena ? space : space.arena);
  try {
    return run();
  } finally {
    space.leave();
  }
}

/** @throws EngineError as `inside` */
export function enterPatiently(arena: Arena): void {
  arena.patienceMs = patienceMs;
  try {
    arena.enter();
  } catch (error) {
    throw fromHeld(error);
  }
}

/** The EngineError for an arena that could not be entered; anything else as it is. */
export function fromHeld(error: unknown): unknown {
  return error instanceof ArenaHeld ? new EngineError('unavailable', error.message, { cause: error }) : error;
}

/** As `inside`. @throws EngineError naming the call and the path, with an `ErrnoError` as its cause */
export function callInside<T>(space: Enterable, call: string, path: string, run: () => T): T {
  try {
    return inside(space, run);
  } catch (error) {
    throw fromFailure(error, call, path);
  }
}

/** The EngineError for a `Failure`; anything else as it is. */
export function fromFailure(error: unknown, call: string, path: string): unknown {
  return error instanceof Failure ? errnoError(error.message, call, path === '' ? '/' : path) : error;
}

/** Whether a path leads to nothing. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Failure && (error.message === 'ENOENT' || error.message === 'ENOTDIR');
}

/** Lets the engine do other things, at most every few milliseconds. */
export class Breath {
  #since = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#since < 5) return;
    await new Promise<void>((resolve) => void setTimeout(resolve, 0));
    this.#since = performance.now();
  }
}
