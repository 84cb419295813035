// A port for datagrams (UDP) of a container, and who has sent to it in a way that answers have to go back by.

import type { Datagram, DatagramPort, SocketAddress } from '../../../../../wasm/src/sockets/contract.ts';
import type { Address, Family } from '../../../spec/address.ts';

export type Answer = (bytes: Uint8Array) => void | Promise<void>;
export type Take = (datagram: Datagram) => void;

/** Who came last stays; of UDP nobody hears that a conversation is over. */
const mostPeers = 1024;

/** By address and port; of too many the oldest goes. */
class Peers<T> {
  readonly #known = new Map<string, T>();

  get({ address, port }: SocketAddress): T | undefined {
    return this.#known.get(`${address} ${port}`);
  }

  set({ address, port }: SocketAddress, value: T): void {
    const key = `${address} ${port}`;
    this.#known.delete(key);
    this.#known.set(key, value);
    if (this.#known.size <= mostPeers) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}

export class DatagramSocket implements Disposable {
  readonly port: number;
  /** The only one that it is bound to; undefined: all. */
  readonly address: Address | undefined;
  readonly #take: Take;
  readonly #answers = new Peers<Answer>();
  /** As the host sees those outside that were written to -> as the container does. */
  readonly #outside = new Peers<SocketAddress>();
  readonly #ways = new Map<Family, Promise<DatagramPort>>();
  readonly #onClose: () => void;
  #isClosed = false;

  constructor(port: number, address: Address | undefined, take: Take, onClose: () => void) {
    this.port = port;
    this.address = address;
    this.#take = take;
    this.#onClose = onClose;
  }

  /** One has come. @param answer how those to its sender go; absent: as all others */
  deliver(datagram: Datagram, answer?: Answer): void {
    if (this.#isClosed) return;
    if (answer !== undefined) this.#answers.set(datagram.peer, answer);
    this.#take(datagram);
  }

  answerTo(peer: SocketAddress): Answer | undefined {
    return this.#answers.get(peer);
  }

  /** Of what the host's network brings only what somebody sends who was written to. @returns whether it was that */
  deliverFromOutside({ bytes, peer }: Datagram): boolean {
    const known = this.#outside.get(peer);
    if (known === undefined) return false;
    this.deliver({ bytes, peer: known });
    return true;
  }

  /**
   * @param datagram its peer as the host knows it
   * @param seen the peer as the container knows it
   * @param open makes a port of the host, once for each family
   */
  async sendOutside(
    datagram: Datagram,
    seen: SocketAddress,
    family: Family,
    open: () => Promise<DatagramPort>,
  ): Promise<void> {
    const way = await (this.#ways.get(family) ?? this.#open(family, open));
    if (this.#isClosed) return;
    this.#outside.set(datagram.peer, seen);
    await way.send(datagram);
  }

  /** One that could not be opened is tried anew. */
  async #open(family: Family, open: () => Promise<DatagramPort>): Promise<DatagramPort> {
    const opening = open();
    this.#ways.set(family, opening);
    try {
      return await opening;
    } catch (error) {
      this.#ways.delete(family);
      throw error;
    }
  }

  /** Idempotent. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onClose();
    for (const way of this.#ways.values()) {
      // One that could not be opened has been told of.
      way.then(
        (opened) => opened[Symbol.dispose](),
        () => undefined,
      );
    }
  }
}
