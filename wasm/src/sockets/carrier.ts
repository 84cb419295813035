// Bytes from a pipe to a connection and back. What one side does not take, the other is not asked for.

import { closeEnd, isReadable, pipeEvents, pipeLength, readPipe, writePipe, type PipeEnd } from '../memory/pipe.ts';
import { sleepAsync } from '../memory/wait.ts';
import { errno, Failure } from '../wasi/errno.ts';
import type { Connection } from './contract.ts';
import type { Visits } from '../memory/visits.ts';

/** Of a socket, as the engine's thread has them: it writes `input` and reads `output`. */
export interface Pipes {
  readonly input: number;
  readonly output: number;
}

type OnFailure = (error: unknown) => void;

export class Carrier {
  readonly #visits: Visits;

  constructor(visits: Visits) {
    this.#visits = visits;
  }

  /**
   * What the program writes, to its end; then our end of the pipe is closed.
   * @param onFailure is told inside the arena what the connection failed with, before the program can see that end
   */
  async send(pipe: number, connection: Connection, isOver: () => boolean, onFailure: OnFailure): Promise<void> {
    const { arena } = this.#visits;
    await this.#untilEnd(pipe, 'readers', onFailure, async () => {
      for (;;) {
        const found = await this.#visits.inside(() => {
          const piece = new Uint8Array(pipeLength(arena, pipe));
          if (piece.length > 0) readPipe(arena, pipe, piece);
          return { piece, isAtEnd: isReadable(arena, pipe), seen: arena.word(pipeEvents(pipe)) };
        });
        if (isOver()) return;
        if (found.piece.length > 0) await connection.write(found.piece);
        else if (found.isAtEnd) break;
        else await sleepAsync(arena, pipeEvents(pipe), found.seen);
      }
      await connection.end();
    });
  }

  /** What the other side sends, to its end; then our end of the pipe is closed. */
  async receive(connection: Connection, pipe: number, isOver: () => boolean, onFailure: OnFailure): Promise<void> {
    await this.#untilEnd(pipe, 'writers', onFailure, async () => {
      // What a program has shut its ears for is taken all the same.
      for await (const chunk of connection.input) {
        if (isOver()) return;
        await this.put(pipe, chunk, isOver);
      }
    });
  }

  async #untilEnd(pipe: number, end: PipeEnd, onFailure: OnFailure, work: () => Promise<void>): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    try {
      await work();
    } catch (error) {
      failure = { error };
    }
    await this.#visits.inside(() => {
      if (failure !== undefined) onFailure(failure.error);
      closeEnd(this.#visits.arena, pipe, end);
    });
  }

  /** Resolves when the pipe has all of it, or nobody reads it. */
  async put(pipe: number, chunk: Uint8Array, isOver: () => boolean = () => false): Promise<void> {
    const { arena } = this.#visits;
    for (let done = 0; done < chunk.length;) {
      const { count, seen } = await this.#visits.inside(() => ({
        count: tryWrite(() => writePipe(arena, pipe, chunk.subarray(done))),
        seen: arena.word(pipeEvents(pipe)),
      }));
      if (isOver()) return;
      if (count === undefined) await sleepAsync(arena, pipeEvents(pipe), seen);
      else if (count === 'closed') return;
      else done += count;
    }
  }
}

function tryWrite(write: () => number | undefined): number | undefined | 'closed' {
  try {
    return write();
  } catch (error) {
    if (error instanceof Failure && error.errno === errno.EPIPE) return 'closed';
    throw error;
  }
}
