// How a process waits: outside the arena, for as long as nothing has happened, and whatever holds up, interrupts or ends it meanwhile.

import { anyEvent, sleep } from '../memory/wait.ts';
import { Exit, type Process } from './process.ts';

/** What may hold up, interrupt or end a process at its calls. All of it is called inside the arena, and throws to end it. */
export interface Gate {
  /** It has just come in, and may be held up here, outside. */
  pass(): void;
  /** It is about to sleep until something happens at a word. @throws Failure EINTR when a signal waits for it */
  sleeps(events: number): void;
  /** It slept. @throws Failure EINTR when a signal has come for it */
  wakes(): void;
  /** It wrote to what nobody can read. */
  brokenPipe(): void;
  /** It raised a signal. */
  raise(signal: number): void;
  /** It is about to read a terminal, and is held up while that is not its turn. @throws Failure EIO, EINTR */
  readsTerminal(terminal: number): void;
  /** Its memory has so many bytes now. */
  grown(bytes: number): void;
  /** Permission bits that what it makes does not get. */
  umask(): number;
}

/** Nothing does. */
export const openGate: Gate = {
  pass: () => undefined,
  sleeps: () => undefined,
  wakes: () => undefined,
  brokenPipe: () => undefined,
  raise: (signal) => {
    throw new Exit(128 + (signal & 0x7f));
  },
  readsTerminal: () => undefined,
  grown: () => undefined,
  umask: () => 0o022,
};

type Attempt<T> = { readonly answer: T } | { readonly timeoutMs: number };

export class Waiter {
  readonly process: Process;
  readonly gate: Gate;

  constructor(process: Process, gate: Gate = openGate) {
    this.process = process;
    this.gate = gate;
  }

  /** Tries again after each event that a word counts, until there is an answer. @throws Failure EINTR */
  until<T>(events: number, attempt: () => T | undefined): T {
    for (;;) {
      const answer = attempt();
      if (answer !== undefined) return answer;
      this.sleep(events);
    }
  }

  /** Tries again after each event of the arena, or when the time is up that the attempt names. @throws Failure EINTR */
  untilAny<T>(attempt: () => Attempt<T>): T {
    for (;;) {
      const tried = attempt();
      if ('answer' in tried) return tried.answer;
      this.sleep(anyEvent, tried.timeoutMs);
    }
  }

  /** Until a word counts one more event. @throws Failure EINTR */
  sleep(events: number, timeoutMs = Infinity): void {
    const { space } = this.process;
    const { arena } = space;
    this.gate.sleeps(events);
    const seen = arena.word(events);
    space.leave();
    sleep(arena, events, seen, timeoutMs);
    space.enter();
    this.gate.wakes();
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
    this.gate.pass();
  }
}
