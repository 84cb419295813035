// Datagrams between the pipes of a socket and a port of the network, as the engine's thread carries them. What finds no room is lost.

import { isReadable, pipeEvents } from '../memory/pipe.ts';
import type { Visits } from '../memory/visits.ts';
import { happened, sleepAsync } from '../memory/wait.ts';
import { errno, Failure } from '../wasi/errno.ts';
import type { Pipes } from './carrier.ts';
import { NetworkFailure, type Datagram, type DatagramPort } from './contract.ts';
import { putDatagram, takeDatagram } from './datagrams.ts';

/** Of those that came and wait to be put into the arena. */
const mostOnTheWay = 256;

export class DatagramCarrier {
  readonly #visits: Visits;
  readonly #pipes: Pipes;
  readonly #isOver: () => boolean;
  readonly #arriving = new Set<Promise<void>>();

  constructor(visits: Visits, pipes: Pipes, isOver: () => boolean) {
    this.#visits = visits;
    this.#pipes = pipes;
    this.#isOver = isOver;
  }

  /** One has come. */
  take(datagram: Datagram): void {
    if (this.#arriving.size >= mostOnTheWay || this.#isOver()) return;
    const arriving = this.#visits
      .inside(() => this.#put(datagram))
      // Nobody comes in any more, and its keeper knows.
      .catch(() => undefined)
      .finally(() => this.#arriving.delete(arriving));
    this.#arriving.add(arriving);
  }

  /** Sends what the program writes, until it is done; then nothing of ours goes on. */
  async send(port: DatagramPort): Promise<void> {
    const { arena } = this.#visits;
    const pipe = this.#pipes.output;
    for (;;) {
      const { datagram, isAtEnd, seen } = await this.#visits.inside(() => ({
        datagram: takeDatagram(arena, pipe),
        isAtEnd: isReadable(arena, pipe),
        seen: arena.word(pipeEvents(pipe)),
      }));
      if (this.#isOver()) break;
      if (datagram !== undefined) await sendOne(port, datagram);
      else if (isAtEnd) break;
      else await sleepAsync(arena, pipeEvents(pipe), seen);
    }
    await Promise.all(this.#arriving);
  }

  /** Whoever waits for the program's datagrams looks again. Call it inside the arena. */
  wake(): void {
    happened(this.#visits.arena, pipeEvents(this.#pipes.output));
  }

  #put(datagram: Datagram): void {
    try {
      putDatagram(this.#visits.arena, this.#pipes.input, datagram);
    } catch (error) {
      // The program is gone, or has shut its ears.
      if (!(error instanceof Failure && error.errno === errno.EPIPE)) throw error;
    }
  }
}

/** Where it cannot go it is lost, as on any network. */
async function sendOne(port: DatagramPort, datagram: Datagram): Promise<void> {
  try {
    await port.send(datagram);
  } catch (error) {
    if (!(error instanceof NetworkFailure)) throw error;
  }
}
