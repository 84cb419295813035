// What comes in a body, without what frames it. Inside the arena.

import { errno, fail } from '../../wasi/errno.ts';
import type { Source } from '../streams.ts';
import type { Connection } from './connection.ts';
import type { Framing } from './framing.ts';
import { BadMessage, endOfHead, latin1, linesOf, mostHeadBytes, parseFields, type Field } from './head.ts';

const lineFeed = 10;
const longestLine = 1024;

export interface BodyHooks {
  /** It is about to be read; at each read. */
  readonly begins?: () => void;
  /** Nobody reads it any more. */
  readonly ends?: () => void;
}

export class BodySource implements Source {
  readonly #connection: Connection;
  readonly #hooks: BodyHooks;
  #framing: Framing;
  /** Bytes of the length, or of the chunk, that have not come. */
  #left: number;
  #place: 'size' | 'data' | 'after' | 'trailers' | 'end';
  #trailers: readonly Field[] = [];

  constructor(connection: Connection, framing: Framing, hooks: BodyHooks = {}) {
    this.#connection = connection;
    this.#framing = framing;
    this.#hooks = hooks;
    this.#left = framing.kind === 'length' ? framing.bytes : 0;
    this.#place = framing.kind === 'chunked' ? 'size' : framing.kind === 'none' ? 'end' : 'data';
    if (framing.kind === 'length' && framing.bytes === 0) this.#place = 'end';
  }

  get isAtEnd(): boolean {
    return this.#place === 'end';
  }

  get trailers(): readonly Field[] {
    return this.#trailers;
  }

  isReady(): boolean {
    return this.isAtEnd || this.#connection.rest.length > 0 || this.#connection.fill();
  }

  /** @throws Failure EIO for a body that is damaged or ends early */
  read(length: number): Uint8Array | undefined {
    this.#hooks.begins?.();
    try {
      for (;;) {
        if (this.isAtEnd) return new Uint8Array(0);
        const bytes = this.#step(length);
        if (bytes !== undefined) return bytes;
        if (this.isAtEnd) continue;
        if (this.#connection.isAtEnd) return this.#cut();
        if (!this.#connection.fill()) return undefined;
      }
    } catch (error) {
      if (error instanceof BadMessage) fail(errno.EIO);
      throw error;
    }
  }

  /** Nobody reads it any more. Idempotent. */
  close(): void {
    this.#hooks.ends?.();
  }

  /** As far as what has come goes. @returns bytes; undefined when more is to be read for the next step */
  #step(length: number): Uint8Array | undefined {
    if (this.#place === 'data') return this.#data(length);
    while (this.#place !== 'end') {
      if (this.#place === 'trailers') {
        if (!this.#readTrailers()) return undefined;
        continue;
      }
      const line = this.#line();
      if (line === undefined) return undefined;
      if (this.#place === 'size') this.#begin(line);
      else if (line === '') this.#place = 'size';
      else throw new BadMessage('a chunk does not end where it should');
      if ((this.#place as string) === 'data') return this.#data(length);
    }
    return undefined;
  }

  #data(length: number): Uint8Array | undefined {
    const isCounted = this.#framing.kind !== 'close';
    const bytes = this.#connection.take(isCounted ? Math.min(length, this.#left) : length);
    if (bytes.length === 0) return undefined;
    this.#left -= bytes.length;
    if (isCounted && this.#left === 0) this.#place = this.#framing.kind === 'chunked' ? 'after' : 'end';
    return bytes;
  }

  #begin(line: string): void {
    const size = /^(?<size>[\da-fA-F]{1,12})[ \t]*(?:;.*)?$/v.exec(line)?.groups?.['size'];
    if (size === undefined) throw new BadMessage('a chunk has no size');
    this.#left = parseInt(size, 16);
    this.#place = this.#left === 0 ? 'trailers' : 'data';
  }

  #line(): string | undefined {
    const { rest } = this.#connection;
    const end = rest.indexOf(lineFeed);
    if (end > longestLine || (end < 0 && rest.length > longestLine)) throw new BadMessage('a line is too long');
    if (end < 0) return undefined;
    return latin1(this.#connection.take(end + 1)).replace(/\r?\n$/v, '');
  }

  #readTrailers(): boolean {
    const { rest } = this.#connection;
    const [first, second] = rest;
    const empty = first === lineFeed ? 1 : first === 13 && second === lineFeed ? 2 : undefined;
    const end = empty ?? endOfHead(rest);
    if (end === undefined) {
      if (rest.length > mostHeadBytes) throw new BadMessage('the trailers are too long');
      return false;
    }
    this.#trailers = parseFields(linesOf(this.#connection.take(end)));
    this.#place = 'end';
    return true;
  }

  /** The connection has ended. */
  #cut(): Uint8Array {
    if (this.#framing.kind !== 'close') fail(errno.ECONNRESET);
    this.#framing = { kind: 'none' };
    this.#place = 'end';
    return new Uint8Array(0);
  }
}
