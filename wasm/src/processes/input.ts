// What a program reads from outside, on the engine's thread: written into its pipe, or typed at its terminal.

import { closeEnd, pipeEvents, writePipe } from '../memory/pipe.ts';
import { foregroundOf, releaseTerminal, terminalEvents, typeInto } from '../memory/terminal.ts';
import { sleepAsync } from '../memory/wait.ts';
import { ArenaBroken, type Visits } from '../memory/visits.ts';
import { Failure } from '../wasi/errno.ts';

/** Where input goes. Called inside the arena. */
export interface Sink {
  /** The word that counts its events. */
  readonly events: number;
  /** @returns bytes that were taken; undefined when some may be later */
  put(bytes: Uint8Array): number | undefined;
  end(): void;
  /** Nothing comes any more. */
  close(): void;
}

export function pipeSink({ arena }: Visits, pipe: number): Sink {
  const close = () => closeEnd(arena, pipe, 'writers');
  return { events: pipeEvents(pipe), put: (bytes) => writePipe(arena, pipe, bytes), end: close, close };
}

const endOfFile = Uint8Array.of(4);

/** @param terminal held by the caller, for it */
export function terminalSink(
  { arena }: Visits,
  terminal: number,
  onSignal: (name: 'INT' | 'QUIT' | 'TSTP', group: number) => void,
): Sink {
  const put = (bytes: Uint8Array) =>
    typeInto(arena, terminal, bytes, (name) => onSignal(name, foregroundOf(arena, terminal)));
  return {
    events: terminalEvents(terminal),
    put: (bytes) => {
      const count = put(bytes);
      return count === 0 ? undefined : count;
    },
    end: () => void put(endOfFile),
    close: () => releaseTerminal(arena, terminal),
  };
}

export class Input {
  readonly #visits: Visits;
  /** Undefined once nothing can be written any more. */
  #sink: Sink | undefined;
  /** What came before is taken before what comes after. */
  #last: Promise<void> = Promise.resolve();

  constructor(visits: Visits, sink: Sink | undefined) {
    this.#visits = visits;
    this.#sink = sink;
  }

  /** Resolves when it was taken, or nobody will. */
  write(chunk: Uint8Array): Promise<void> {
    return this.#next(async () => {
      for (let done = 0; done < chunk.length && this.#sink !== undefined;) {
        const count = await this.#put(this.#sink, chunk.subarray(done));
        if (count === undefined) return;
        done += count;
      }
    });
  }

  /** @returns undefined when nobody reads it any more */
  async #put(sink: Sink, bytes: Uint8Array): Promise<number | undefined> {
    const { arena } = this.#visits;
    const { count, seen } = await this.#visits.inside(() => {
      // It may have ended meanwhile, and its pipe be gone.
      if (this.#sink === undefined) return { count: bytes.length, seen: 0 };
      try {
        return { count: sink.put(bytes), seen: arena.word(sink.events) };
      } catch (error) {
        if (error instanceof Failure) return { count: bytes.length, seen: 0 };
        throw error;
      }
    });
    if (count !== undefined) return count;
    await sleepAsync(arena, sink.events, seen);
    return 0;
  }

  /** After what was written. @param last nothing comes after it */
  end(last: boolean): Promise<void> {
    return this.#next(async () => {
      const sink = this.#sink;
      if (sink === undefined) return;
      if (last) this.#sink = undefined;
      await this.#visits.inside(() => sink.end());
    });
  }

  /** The program has ended: nobody reads what is written. Call it inside the arena. */
  close(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.close();
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      if (!(error instanceof ArenaBroken)) throw error;
    });
    return this.#last;
  }
}
