// What a process does with sockets. The engine's thread does it: what may take its time is begun here, and is done when the socket's state
// says so. All of it is called inside the arena.

import { endsOf, isReadable, pipeSpace } from '../memory/pipe.ts';
import { mostDatagram, type Datagram, type SocketAddress } from '../sockets/contract.ts';
import { datagramRoom, hasRoomForAny, putDatagram, takeDatagram } from '../sockets/datagrams.ts';
import type { SocketRequest } from '../sockets/request.ts';
import {
  addressOf,
  closeSocket,
  dequeue,
  enqueue,
  hasPlace,
  makeSocket,
  openStreams,
  refuseSocket,
  setAddress,
  setAsked,
  shutSocket,
  socketPipe,
  state,
  stateOf,
  takeError,
  type Direction,
} from '../sockets/socket.ts';
import { errno, fail, failBy } from '../wasi/errno.ts';
import { opened } from './descriptions.ts';
import type { Process } from './process.ts';

/** Gives the engine's thread something to do; inside the arena, so that the process cannot end before it is done. */
export type Ask = (request: SocketRequest) => void;

/** As long as names of DNS are, in bytes. */
const mostName = 253;
/** Connections that wait to be accepted, at one port. */
const mostWaiting = 4096;
const mostPort = 65_535;

export class Sockets {
  readonly #process: Process;
  readonly #ask: Ask;

  constructor(process: Process, ask: Ask) {
    this.#process = process;
    this.#ask = ask;
  }

  /** @returns the descriptor of a socket that is neither connected nor listens @throws Failure EMFILE, ENOSPC */
  open(): number {
    this.#process.checkRoom();
    return this.#add(makeSocket(this.#arena));
  }

  /** Where it will listen. @throws Failure EINVAL, EISCONN */
  bind(descriptor: number, address: string, port: number): void {
    checkPort(port, 0);
    const socket = this.#socket(descriptor);
    if (stateOf(this.#arena, socket) !== state.fresh) fail(errno.EISCONN);
    setAddress(this.#arena, socket, 'local', { address, port });
  }

  /** Begins to connect it to a name or an address. @throws Failure EINVAL, EISCONN, EALREADY, ENOSPC */
  connect(descriptor: number, host: string, port: number): void {
    checkPort(port, 1);
    this.#begin(descriptor, { kind: 'connect', host: checkName(host), port });
  }

  /** Begins to listen, at the address that it is bound to or at all. @param port 0 for any @throws Failure EINVAL, EISCONN, EALREADY */
  listen(descriptor: number, port: number, backlog: number): void {
    checkPort(port, 0);
    const { address } = addressOf(this.#arena, this.#socket(descriptor), 'local');
    this.#begin(descriptor, { kind: 'listen', host: address, port }, Math.min(Math.max(backlog, 1), mostWaiting));
  }

  /** Begins to look a name up: the addresses can be read from the socket then, one a line. @throws Failure EINVAL, ENOSPC */
  resolve(descriptor: number, host: string): void {
    this.#begin(descriptor, { kind: 'resolve', host: checkName(host), port: 0 });
  }

  /** Begins to take datagrams at an address of the container, nothing for all. @param port 0 for any @throws Failure EINVAL, EISCONN, EALREADY, ENOSPC */
  bindDatagrams(descriptor: number, address: string, port: number): void {
    checkPort(port, 0);
    this.#begin(descriptor, { kind: 'datagrams', host: address, port });
  }

  /** The datagram that came first. @throws Failure ENOTCONN before `bindDatagrams` is done */
  receive(descriptor: number): Datagram | undefined {
    return takeDatagram(this.#arena, this.#datagramPipe(descriptor, 'input'));
  }

  hasDatagrams(descriptor: number): boolean {
    return isReadable(this.#arena, this.#datagramPipe(descriptor, 'input'));
  }

  /** Whether `send` would take any datagram. */
  maySend(descriptor: number): boolean {
    return hasRoomForAny(this.#arena, this.#datagramPipe(descriptor, 'output'));
  }

  /** @returns false where there is no room now @throws Failure EMSGSIZE, EINVAL, ENOTCONN */
  send(descriptor: number, datagram: Datagram): boolean {
    if (datagram.bytes.length > mostDatagram) fail(errno.EMSGSIZE);
    checkPort(datagram.peer.port, 1);
    return putDatagram(this.#arena, this.#datagramPipe(descriptor, 'output'), datagram);
  }

  #datagramPipe(descriptor: number, direction: Direction): number {
    const socket = this.#socket(descriptor);
    if (stateOf(this.#arena, socket) !== state.connected) fail(errno.ENOTCONN);
    return socketPipe(this.#arena, socket, direction);
  }

  /** Bytes that it takes now without waiting; any where that would fail. */
  room(descriptor: number): number {
    const pipe = socketPipe(this.#arena, this.#socket(descriptor), 'output');
    return pipe === 0 || endsOf(this.#arena, pipe, 'readers') === 0 ? Infinity : pipeSpace(this.#arena, pipe);
  }

  /** What was begun has come to its end: well, or with what it failed with. */
  isSettled(descriptor: number): boolean {
    return stateOf(this.#arena, this.#socket(descriptor)) !== state.asked;
  }

  /** @throws Failure with what the last thing that was begun failed with */
  check(descriptor: number): void {
    const socket = this.#socket(descriptor);
    const error = takeError(this.#arena, socket);
    if (error !== 0) failBy(error);
    if (stateOf(this.#arena, socket) === state.failed) fail(errno.ENOTCONN);
  }

  /** What it failed with since the last look; 0 for nothing. As SO_ERROR. */
  takeError(descriptor: number): number {
    return takeError(this.#arena, this.#socket(descriptor));
  }

  isListening(descriptor: number): boolean {
    return stateOf(this.#arena, this.#socket(descriptor)) === state.listening;
  }

  /** @returns a descriptor; undefined when nobody waits @throws Failure EINVAL for what does not listen, EMFILE */
  accept(descriptor: number): number | undefined {
    const listener = this.#socket(descriptor);
    if (stateOf(this.#arena, listener) !== state.listening) fail(errno.EINVAL);
    this.#process.checkRoom();
    const socket = dequeue(this.#arena, listener);
    return socket === undefined ? undefined : this.#add(socket);
  }

  /** A connection waits to be accepted again, by whoever does. @returns false where that cannot be, and it stays */
  giveBack(listener: number, descriptor: number): boolean {
    const { descriptions, descriptors } = this.#process;
    const [from, socket] = [this.#socket(listener), this.#socket(descriptor)];
    if (!hasPlace(this.#arena, from) || descriptions.takeSocket(descriptors.get(descriptor)) === undefined)
      return false;
    descriptors.set(descriptor, 0);
    return enqueue(this.#arena, from, socket);
  }

  /** @throws Failure ENOTCONN */
  shut(descriptor: number, directions: readonly Direction[]): void {
    const socket = this.#socket(descriptor);
    if (stateOf(this.#arena, socket) !== state.connected) fail(errno.ENOTCONN);
    for (const direction of directions) shutSocket(this.#arena, socket, direction);
  }

  /** @throws Failure ENOTCONN for the peer of what is not connected */
  address(descriptor: number, side: 'local' | 'peer'): SocketAddress {
    const socket = this.#socket(descriptor);
    if (side === 'peer' && stateOf(this.#arena, socket) !== state.connected) fail(errno.ENOTCONN);
    return addressOf(this.#arena, socket, side);
  }

  /** The socket itself, in the arena. @throws Failure EBADF, ENOTSOCK */
  #socket(descriptor: number): number {
    const { descriptions } = this.#process;
    const description = this.#process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.socket) fail(errno.ENOTSOCK);
    return descriptions.target(description);
  }

  /** A descriptor for it; without room it is closed. */
  #add(socket: number): number {
    const { descriptions } = this.#process;
    let description: number | undefined;
    try {
      description = descriptions.openSocket(socket);
      return this.#process.add(description);
    } catch (error) {
      if (description === undefined) closeSocket(this.#arena, socket);
      else descriptions.release(description);
      throw error;
    }
  }

  get #arena() {
    return this.#process.space.arena;
  }

  #begin(descriptor: number, request: Omit<SocketRequest, 'socket'>, backlog = 0): void {
    const socket = this.#socket(descriptor);
    const now = stateOf(this.#arena, socket);
    if (now === state.asked) fail(errno.EALREADY);
    if (now !== state.fresh) fail(errno.EISCONN);
    if (request.kind === 'datagrams') openStreams(this.#arena, socket, datagramRoom);
    else if (request.kind !== 'listen') openStreams(this.#arena, socket);
    setAsked(this.#arena, socket, backlog);
    this.#ask({ ...request, socket });
  }
}

function checkName(host: string): string {
  return host.length === 0 || host.length > mostName ? fail(errno.EINVAL) : host;
}

function checkPort(port: number, least: number): void {
  if (port < least || port > mostPort) fail(errno.EINVAL);
}

/** For processes that nobody answers. */
export function refuse({ space }: Process): Ask {
  return ({ socket }) => {
    refuseSocket(space.arena, socket, errno.EACCES);
  };
}
