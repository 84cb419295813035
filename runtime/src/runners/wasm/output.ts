// What a program writes, brought to its log and to everybody who is attached. A client that does not read holds the program up, and
// with that the others; one that leaves does not.

import type { OutputPiece } from '../../../../wasm/src/processes/contract.ts';
import type { Bytes } from '../../host/host.ts';
import { frame } from '../../spec/stream/multiplex.ts';
import type { LogWriter } from './log-writer.ts';

/** Bytes that may wait for a client before the program does. */
const mostWaiting = 256 * 1024;

export class OutputHub {
  readonly #clients = new Set<Client>();
  readonly #isTerminal: boolean;
  readonly #log: LogWriter | undefined;
  #hasEnded = false;

  constructor(options: { readonly isTerminal: boolean; readonly log?: LogWriter | undefined }) {
    this.#isTerminal = options.isTerminal;
    this.#log = options.log;
  }

  /** Output from now on; of what has ended there is none. */
  attach(streams: { readonly stdout: boolean; readonly stderr: boolean }): OutputClient {
    const client = new Client(streams, (gone) => this.#clients.delete(gone));
    if (this.#hasEnded) client.end();
    else this.#clients.add(client);
    return client;
  }

  /** Takes all of it, to the end. */
  async pump(output: AsyncIterable<OutputPiece>): Promise<void> {
    for await (const { stream, bytes } of output) {
      const chunk = this.#isTerminal ? bytes : frame(stream, bytes);
      for (const client of this.#clients) client.push(stream, chunk);
      await this.#log?.write(stream, bytes);
      for (const client of this.#clients) await client.room();
    }
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    for (const client of this.#clients) client.end();
    this.#clients.clear();
    await this.#log?.finish();
  }
}

export interface OutputClient {
  readonly output: Bytes;
  /** Idempotent. */
  leave(): void;
}

class Client implements OutputClient {
  readonly output: Bytes;
  readonly #streams: { readonly stdout: boolean; readonly stderr: boolean };
  readonly #gone: (client: Client) => void;
  readonly #queue: Uint8Array[] = [];
  #waitingBytes = 0;
  #hasEnded = false;
  #arrived = Promise.withResolvers<void>();
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(streams: { readonly stdout: boolean; readonly stderr: boolean }, gone: (client: Client) => void) {
    this.#streams = streams;
    this.#gone = gone;
    this.output = this.#read();
  }

  push(stream: 1 | 2, chunk: Uint8Array): void {
    if (this.#hasEnded || !(stream === 1 ? this.#streams.stdout : this.#streams.stderr)) return;
    this.#queue.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#arrived.resolve();
  }

  /** Resolves when it has read enough, or left. */
  async room(): Promise<void> {
    if (this.#waitingBytes <= mostWaiting || this.#hasEnded) return;
    this.#drained ??= Promise.withResolvers<void>();
    await this.#drained.promise;
  }

  /** What waits is still read. */
  end(): void {
    this.#hasEnded = true;
    this.#arrived.resolve();
    this.#drained?.resolve();
  }

  leave(): void {
    this.#queue.length = 0;
    this.#waitingBytes = 0;
    this.end();
    this.#gone(this);
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const chunk = this.#queue.shift();
        if (chunk !== undefined) {
          this.#waitingBytes -= chunk.length;
          if (this.#waitingBytes <= mostWaiting) {
            this.#drained?.resolve();
            this.#drained = undefined;
          }
          yield chunk;
          continue;
        }
        if (this.#hasEnded) return;
        this.#arrived = Promise.withResolvers<void>();
        await this.#arrived.promise;
      }
    } finally {
      this.leave();
    }
  }
}
