// Calls on files from the engine's thread: alone with them for a moment, failures in the engine's words.

import { Failure } from '../../../../wasm/src/wasi/errno.ts';
import { errnoError } from '../errno.ts';

/** An arena, or what is seen of one. */
export interface Enterable {
  enter(): void;
  leave(): void;
}

/** Runs alone with it. Nothing in it may wait, nor take long: programs wait meanwhile. */
export function inside<T>(space: Enterable, run: () => T): T {
  space.enter();
  try {
    return run();
  } finally {
    space.leave();
  }
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
