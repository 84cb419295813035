// Calls on a file system in an arena from the engine's thread: alone with it for a moment, failures in the engine's words.

import { Failure } from '../../../../wasm/src/wasi/errno.ts';
import type { Arena } from '../../../../wasm/src/memory/arena.ts';
import { errnoError } from '../errno.ts';

/** Runs alone with an arena. Nothing in it may wait, nor take long: programs wait meanwhile. */
export function inside<T>(arena: Arena, run: () => T): T {
  arena.enter();
  try {
    return run();
  } finally {
    arena.leave();
  }
}

/** As `inside`. @throws EngineError naming the call and the path, with an `ErrnoError` as its cause */
export function callInside<T>(arena: Arena, call: string, path: string, run: () => T): T {
  try {
    return inside(arena, run);
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
