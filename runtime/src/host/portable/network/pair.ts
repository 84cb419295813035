// A connection between two containers, which never leaves this process.

import { NetworkFailure, type Connection, type SocketAddress } from '../../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../../wasm/src/wasi/errno.ts';

/** Bytes in one direction that were written and not read yet; a writer waits beyond that. */
const roomBytes = 65_536;

/** @returns its two ends */
export function makePair(from: SocketAddress, to: SocketAddress): readonly [Connection, Connection] {
  const there = new Way();
  const back = new Way();
  return [new End(back, there, from, to), new End(there, back, to, from)];
}

class End implements Connection {
  readonly local: SocketAddress;
  readonly peer: SocketAddress;
  readonly #incoming: Way;
  readonly #outgoing: Way;

  constructor(incoming: Way, outgoing: Way, local: SocketAddress, peer: SocketAddress) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.local = local;
    this.peer = peer;
  }

  get input(): AsyncIterable<Uint8Array> {
    return this.#incoming.read();
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.#outgoing.write(chunk);
  }

  end(): Promise<void> {
    this.#outgoing.end();
    return Promise.resolve();
  }

  close(): void {
    this.#outgoing.cut();
    this.#incoming.abandon();
  }
}

/** One direction. */
class Way {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #state: 'open' | 'ended' | 'cut' | 'abandoned' = 'open';
  #changed = Promise.withResolvers<void>();

  async *read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#bytes -= chunk.length;
        this.#tell();
        yield chunk;
      } else if (this.#state === 'open') {
        await this.#changed.promise;
      } else if (this.#state === 'cut') {
        throw reset();
      } else {
        return;
      }
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#state === 'ended') throw new NetworkFailure(errno.EPIPE, 'the connection was ended from here');
    if (this.#state !== 'open') throw reset();
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#tell();
    while (this.#bytes > roomBytes && this.#isOpen) await this.#changed.promise;
    if (!this.#isOpen) throw reset();
  }

  /** Another look, since it changes while one waits. */
  get #isOpen(): boolean {
    return this.#state === 'open';
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#tell();
  }

  /** The writer is gone. What it wrote before an end arrives; without an end the reader is told. */
  cut(): void {
    if (this.#state !== 'open') return;
    this.#state = 'cut';
    this.#tell();
  }

  /** The reader is gone. */
  abandon(): void {
    this.#state = 'abandoned';
    this.#chunks.length = 0;
    this.#bytes = 0;
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function reset(): NetworkFailure {
  return new NetworkFailure(errno.ECONNRESET, 'the connection was cut from the other side');
}
