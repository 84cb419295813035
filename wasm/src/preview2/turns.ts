// How a component that shares its thread makes calls of WASI 0.2: those that wait, or come when others should go first, suspend it.

import type { Sleep } from '../memory/wait.ts';
import { isWaiting, type Attempt, type Waiting } from '../preview1/waiting.ts';
import type { Calls } from './calls.ts';
import type { MakeCall } from './membrane.ts';
import { until, type Steps } from './p3/later.ts';
import type { Loop } from './p3/loop.ts';

/** Of one that has its thread alone, which stands still. */
export function standing(calls: Calls): MakeCall {
  return (call) => {
    const answer = call();
    return isWaiting(answer) ? calls.finish(answer) : answer;
  };
}

/** Of one that takes turns. */
export function suspended(calls: Calls, loop: Loop): MakeCall {
  const stands = standing(calls);
  return (call, maySuspend) => {
    if (!maySuspend) return stands(call, false);
    if (calls.turn?.isOver() === true) return loop.start(inNextTurn(calls, call));
    const answer = call();
    if (!isWaiting(answer)) return answer;
    const step = calls.begin(answer);
    return step.done === true ? step.value : loop.start(carried(calls, answer, step.value));
  };
}

function* inNextTurn(calls: Calls, call: () => unknown): Steps<unknown> {
  yield { begin: (go) => go(() => undefined) };
  const answer = call();
  if (!isWaiting(answer)) return answer;
  const step = calls.begin(answer);
  return step.done === true ? step.value : yield* carried(calls, answer, step.value);
}

/** Goes on with steps among all else that waits. @param first the sleep that they have come to */
function* carried(calls: Calls, waiting: Waiting<unknown>, first: Sleep): Steps<unknown> {
  let sleep = timed(first);
  const attempt = (): Attempt<() => unknown> => {
    const { arena } = calls.process.space;
    while (arena.word(sleep.address) !== sleep.seen || performance.now() >= sleep.dueMs) {
      const step = outcomeOf(() => waiting.next());
      if (typeof step === 'function') return { answer: step };
      sleep = timed(step);
    }
    return { timeoutMs: sleep.dueMs - performance.now() };
  };
  // What fails is told by the outcome.
  return (yield* until(attempt, () => undefined, true))();
}

function timed({ address, seen, timeoutMs }: Sleep) {
  return { address, seen, dueMs: performance.now() + timeoutMs };
}

/** Where it sleeps next, or what came of it: that gives a value, or throws. */
function outcomeOf(next: () => IteratorResult<Sleep, unknown>): Sleep | (() => unknown) {
  try {
    const step = next();
    if (step.done !== true) return step.value;
    const { value } = step;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
