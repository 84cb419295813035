// What a program writes, on the engine's thread: read from its pipes at the pace of who takes it.

import { closeEnd, pipeEvents, pipeLength, readPipe } from '../memory/pipe.ts';
import { sleepAsync } from '../memory/wait.ts';
import { ArenaBroken, type Visits } from '../memory/visits.ts';
import type { OutputPiece } from './contract.ts';

interface Source {
  readonly stream: 1 | 2;
  readonly pipe: number;
  isOpen: boolean;
  /** Somebody will be called at its next event. */
  isWatched: boolean;
}

export class Output implements AsyncIterable<OutputPiece> {
  /** All was taken, or nobody can write more. */
  readonly drained: Promise<void>;
  readonly #visits: Visits;
  readonly #sources: Source[];
  readonly #drained = Promise.withResolvers<void>();
  #hasEnded = false;
  #news = Promise.withResolvers<void>();

  /** @param pipes of which it is the reader, by their streams */
  constructor(visits: Visits, pipes: readonly { readonly stream: 1 | 2; readonly pipe: number }[]) {
    this.#visits = visits;
    this.#sources = pipes.map((each) => ({ ...each, isOpen: true, isWatched: false }));
    this.drained = this.#drained.promise;
  }

  /** The program has ended: what is there now is the last. */
  end(): void {
    this.#hasEnded = true;
    this.#news.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputPiece, void> {
    try {
      for (;;) {
        this.#news = Promise.withResolvers<void>();
        // What it wrote before it ended is there when that is known.
        const isLast = this.#hasEnded;
        const pieces = await this.#visits.inside(() => this.#sources.flatMap((source) => this.#take(source)));
        yield* pieces;
        if (this.#sources.every(({ isOpen }) => !isOpen) || (isLast && pieces.length === 0)) return;
        if (pieces.length === 0) await this.#news.promise;
      }
    } catch (error) {
      // What a broken container wrote last is lost with it.
      if (!(error instanceof ArenaBroken)) throw error;
    } finally {
      this.#drained.resolve();
      await this.#close();
    }
  }

  async #close(): Promise<void> {
    if (this.#visits.isBroken) return;
    await this.#visits.inside(() => {
      for (const source of this.#sources) this.#closeSource(source);
    });
  }

  #closeSource(source: Source): void {
    if (!source.isOpen) return;
    source.isOpen = false;
    closeEnd(this.#visits.arena, source.pipe, 'readers');
  }

  #take(source: Source): OutputPiece[] {
    const { stream, pipe, isOpen } = source;
    const { arena } = this.#visits;
    if (!isOpen) return [];
    const bytes = new Uint8Array(pipeLength(arena, pipe));
    const count = bytes.length === 0 ? readPipe(arena, pipe, new Uint8Array(1)) : readPipe(arena, pipe, bytes);
    if (count !== undefined && count > 0) return [{ stream, bytes }];
    if (count === 0) this.#closeSource(source);
    else this.#watch(source);
    return [];
  }

  /** One call at a time for each pipe: those that are not called yet cannot be taken back. */
  #watch(source: Source): void {
    if (source.isWatched) return;
    source.isWatched = true;
    const { arena } = this.#visits;
    const events = pipeEvents(source.pipe);
    void sleepAsync(arena, events, arena.word(events)).then(() => {
      source.isWatched = false;
      this.#news.resolve();
    });
  }
}
