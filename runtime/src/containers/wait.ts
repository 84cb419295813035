// Wait: until it does not run, until it next ends, until it is gone.

import type { Cancellable, WaitResult } from '../spec/engine/containers.ts';
import { invalid } from './errors.ts';
import type { Room } from './room.ts';

/**
 * @returns once the container is found and the condition understood; `result` settles when it holds
 * @throws EngineError notFound, or invalidParameter `invalid condition: "x"`
 */
export async function wait(
  room: Room,
  ref: string,
  condition: string,
  options: Cancellable,
): Promise<{ readonly result: Promise<WaitResult> }> {
  if (!['', 'not-running', 'next-exit', 'removed'].includes(condition)) {
    throw invalid(`invalid condition: "${condition}"`);
  }
  const container = room.store.find(ref);
  if (condition === 'removed') return observed(container.nextEnd('removal', options.signal));
  if (condition !== 'next-exit' && !container.isRunning) return observed(Promise.resolve(container.waitResult()));
  return observed(container.nextEnd('exit', options.signal));
}

/** The result may be rejected (the client left) before anybody listens. */
function observed(result: Promise<WaitResult>): { readonly result: Promise<WaitResult> } {
  result.catch(() => undefined);
  return { result };
}
