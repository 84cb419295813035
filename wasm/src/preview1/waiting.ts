// How a process waits: outside the arena, for as long as nothing has happened, and whatever holds up, interrupts or ends it meanwhile.
// A call that may wait is written as steps, with a step for each sleep: a thread of the process's own stands still for them
// (`finish`), a thread that runs several processes goes on with others meanwhile (`suspending.ts`).

import { anyEvent, sleep, type Sleep } from '../memory/wait.ts';
import { Failure } from '../wasi/errno.ts';
import { Exit, type Process } from './process.ts';

/** What is done in steps, inside the arena but for the sleeps between them. */
export type Waiting<T> = Generator<Sleep, T, void>;

/** What is there at once, or after a while. */
export type Late<T extends number | void> = T | Waiting<T>;

/** What may hold up, interrupt or end a process at its calls. All of it is called inside the arena, and throws to end it. */
export interface Gate {
  /** Whether it is held up now. */
  isShut(): boolean;
  /** It comes in, and is held up as long as the gate is shut. */
  pass(): Waiting<void>;
  /** It is about to sleep until something happens at a word. @throws Failure EINTR when a signal waits for it */
  sleeps(events: number): void;
  /** It slept. @throws Failure EINTR when a signal has come for it */
  wakes(): Waiting<void>;
  /** It wrote to what nobody can read. */
  brokenPipe(): void;
  /** It raised a signal. */
  raise(signal: number): Waiting<void>;
  /** It is about to read a terminal, and is held up while that is not its turn. @throws Failure EIO, EINTR */
  readsTerminal(terminal: number): Waiting<void>;
  /** Its memory has so many bytes now. */
  grown(bytes: number): void;
  /** Permission bits that what it makes does not get. */
  umask(): number;
}

/** Nothing does. */
export const openGate: Gate = {
  isShut: () => false,
  pass: nothing,
  sleeps: () => undefined,
  wakes: nothing,
  brokenPipe: () => undefined,
  raise: (signal) => {
    throw new Exit(128 + (signal & 0x7f));
  },
  readsTerminal: nothing,
  grown: () => undefined,
  umask: () => 0o022,
};

function* nothing(): Waiting<void> {
  yield* [];
}

export function isWaiting(value: unknown): value is Waiting<unknown> {
  return typeof value === 'object' && value !== null && 'next' in value && 'throw' in value;
}

/** Goes on with what is there, at once or when it is. */
export function after<T extends number | void>(late: Late<T>, next: (value: T) => void): Late<void> {
  return isWaiting(late) ? afterwards(late, next) : next(late);
}

function* afterwards<T>(waiting: Waiting<T>, next: (value: T) => void): Waiting<void> {
  next(yield* waiting);
}

export type Attempt<T> = { readonly answer: T } | { readonly timeoutMs: number };

export class Waiter {
  readonly process: Process;
  readonly gate: Gate;

  constructor(process: Process, gate: Gate = openGate) {
    this.process = process;
    this.gate = gate;
  }

  /** Tries again after each event that a word counts, until there is an answer. @throws Failure EINTR */
  *until<T>(events: number, attempt: () => T | undefined): Waiting<T> {
    for (;;) {
      const answer = attempt();
      if (answer !== undefined) return answer;
      yield* this.sleep(events);
    }
  }

  /** Tries again after each event of the arena, or when the time is up that the attempt names. @throws Failure EINTR */
  *untilAny<T>(attempt: () => Attempt<T>): Waiting<T> {
    for (;;) {
      const tried = attempt();
      if ('answer' in tried) return tried.answer;
      yield* this.sleep(anyEvent, tried.timeoutMs);
    }
  }

  /** Until a word counts one more event. @throws Failure EINTR */
  *sleep(events: number, timeoutMs = Infinity): Waiting<void> {
    this.gate.sleeps(events);
    yield { address: events, seen: this.process.space.arena.word(events), timeoutMs };
    yield* this.gate.wakes();
  }

  /** Does it to its end, with this thread standing still while it sleeps. @throws Failure ENOTSUP where that would be for ever */
  finish<T>(waiting: Waiting<T>): T {
    const { space } = this.process;
    let step = waiting.next();
    while (step.done !== true) {
      // Who could wake it has this thread as well.
      if (!space.arena.isShared) {
        step = waiting.throw(new Failure('ENOTSUP'));
        continue;
      }
      space.leave();
      sleep(space.arena, step.value);
      space.enter();
      step = waiting.next();
    }
    return step.value;
  }

  /** Lets others at the files while it takes its time. */
  outside(wait: () => void): void {
    const { space } = this.process;
    space.leave();
    try {
      wait();
    } finally {
      space.enter();
    }
    // Who was ended meanwhile does nothing more; who is held up comes to the gate with its next call.
    this.gate.isShut();
  }
}
