// What the calls of a program stand on: its process, its memory, and how it waits. Calls are made inside the arena; who waits is outside
// meanwhile.

import { sleep, anyEvent } from '../memory/wait.ts';
import { errno, Failure } from '../wasi/errno.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { Layout } from './layout.ts';
import type { Process } from './process.ts';

type Attempt<T> = { readonly answer: T } | { readonly timeoutMs: number };

export class Host {
  readonly process: Process;
  readonly memory: GuestMemory;
  readonly layout: Layout;

  constructor(process: Process, memory: GuestMemory, layout: Layout) {
    this.process = process;
    this.memory = memory;
    this.layout = layout;
  }

  /** Tries again after each event that a word counts, until there is an answer. */
  until<T>(events: number, attempt: () => T | undefined): T {
    const { arena } = this.process.files;
    for (;;) {
      const answer = attempt();
      if (answer !== undefined) return answer;
      const seen = arena.word(events);
      this.outside(() => sleep(arena, events, seen));
    }
  }

  /** Tries again after each event of the arena, or when the time is up that the attempt names. */
  untilAny<T>(attempt: () => Attempt<T>): T {
    const { arena } = this.process.files;
    for (;;) {
      const tried = attempt();
      if ('answer' in tried) return tried.answer;
      const seen = arena.word(anyEvent);
      this.outside(() => sleep(arena, anyEvent, seen, tried.timeoutMs));
    }
  }

  /** Lets others at the files while it takes its time. */
  outside(wait: () => void): void {
    const { arena } = this.process.files;
    arena.leave();
    try {
      wait();
    } finally {
      arena.enter();
    }
  }

  /** A call as the program makes it: it gets a number, 0 where nothing failed. */
  asImport<A extends readonly unknown[]>(call: (...args: A) => unknown): (...args: A) => number {
    const { arena } = this.process.files;
    return (...args) => {
      arena.enter();
      try {
        call(...args);
        return 0;
      } catch (error) {
        if (error instanceof Failure) return error.errno;
        // Addresses that are not in its memory.
        if (error instanceof RangeError) return errno.EFAULT;
        throw error;
      } finally {
        arena.leave();
      }
    };
  }
}
