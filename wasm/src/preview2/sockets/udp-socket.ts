// A socket of wasi:sockets/udp over one of the process's, and the streams of datagrams that it gives.
// https://github.com/WebAssembly/WASI/blob/main/proposals/sockets/UdpSocketOperationalSemantics.md

import type { Sockets } from '../../preview1/sockets.ts';
import type { SocketAddress } from '../../sockets/contract.ts';
import type { Calls } from '../calls.ts';
import { closeDescriptor } from '../descriptor-streams.ts';
import { Pollable } from '../streams.ts';
import { fromText, isUnspecified, textOfAddress, type IpFamily, type IpSocketAddress } from './addresses.ts';
import { networkCode, refuseWith } from './codes.ts';

export interface IncomingDatagram {
  readonly data: Uint8Array;
  readonly remoteAddress: IpSocketAddress;
}

export interface OutgoingDatagram {
  readonly data: Uint8Array;
  readonly remoteAddress?: IpSocketAddress | undefined;
}

export type DatagramStreams = readonly [IncomingDatagramStream, OutgoingDatagramStream];

/** Of one call. */
const mostReceived = 64;
const mostSent = 16;

/** What its streams have of a socket. */
interface Port {
  readonly calls: Calls;
  readonly sockets: Sockets;
  readonly family: IpFamily;
  readonly descriptor: number;
}

export class UdpSocket {
  readonly #port: Port;
  #state: 'fresh' | 'binding' | 'bound' | 'failed' = 'fresh';
  #remote: IpSocketAddress | undefined;
  /** Options that are kept and shown: the engine carries datagrams, and has its own. */
  #hopLimit = 64;
  #receiveBytes = 131_072n;
  #sendBytes = 131_072n;

  /** Of a descriptor that it takes over. */
  constructor(calls: Calls, sockets: Sockets, family: IpFamily, descriptor: number) {
    this.#port = { calls, sockets, family, descriptor };
  }

  /** The descriptor, for us. */
  static descriptorOf(socket: UdpSocket): number {
    return socket.#port.descriptor;
  }

  startBind(_network: unknown, local: IpSocketAddress): void {
    const { sockets, family, descriptor } = this.#port;
    this.#inside(() => {
      if (this.#state !== 'fresh') refuseWith('invalid-state');
      if (local.tag !== family) refuseWith('invalid-argument');
      sockets.bindDatagrams(descriptor, textOfAddress(family, local.val.address), local.val.port);
      this.#state = 'binding';
    });
  }

  finishBind(): void {
    const { sockets, descriptor } = this.#port;
    this.#inside(() => {
      if (this.#state !== 'binding') refuseWith('not-in-progress');
      if (!sockets.isSettled(descriptor)) refuseWith('would-block');
      this.#state = 'failed';
      sockets.check(descriptor);
      this.#state = 'bound';
    });
  }

  stream(remote: IpSocketAddress | undefined): DatagramStreams {
    if (this.#state !== 'bound') refuseWith('invalid-state');
    if (remote !== undefined) checkRemote(remote, this.#port.family);
    this.#remote = remote;
    return [new IncomingDatagramStream(this.#port, remote), new OutgoingDatagramStream(this.#port, remote)];
  }

  localAddress(): IpSocketAddress {
    const { sockets, family, descriptor } = this.#port;
    return this.#inside(() => {
      if (this.#state !== 'bound') refuseWith('invalid-state');
      return fromText(sockets.address(descriptor, 'local'), family);
    });
  }

  remoteAddress(): IpSocketAddress {
    return this.#remote ?? refuseWith('invalid-state');
  }

  addressFamily(): IpFamily {
    return this.#port.family;
  }

  unicastHopLimit(): number {
    return this.#hopLimit;
  }

  setUnicastHopLimit(value: number): void {
    if (value === 0) refuseWith('invalid-argument');
    this.#hopLimit = value;
  }

  receiveBufferSize(): bigint {
    return this.#receiveBytes;
  }

  setReceiveBufferSize(value: bigint): void {
    if (value === 0n) refuseWith('invalid-argument');
    this.#receiveBytes = value;
  }

  sendBufferSize(): bigint {
    return this.#sendBytes;
  }

  setSendBufferSize(value: bigint): void {
    if (value === 0n) refuseWith('invalid-argument');
    this.#sendBytes = value;
  }

  subscribe(): Pollable {
    const { calls, sockets, descriptor } = this.#port;
    return new Pollable(calls, () => sockets.isSettled(descriptor));
  }

  [Symbol.dispose](): void {
    const { calls, descriptor } = this.#port;
    calls.surely(() => closeDescriptor(calls, descriptor));
  }

  #inside<T>(call: () => T): T {
    return this.#port.calls.inside(call, networkCode);
  }
}

export class IncomingDatagramStream {
  readonly #port: Port;
  readonly #remote: IpSocketAddress | undefined;

  constructor(port: Port, remote: IpSocketAddress | undefined) {
    this.#port = port;
    this.#remote = remote;
  }

  /** What has come, none when that is nothing. */
  receive(most: bigint): readonly IncomingDatagram[] {
    return this.#port.calls.inside(() => IncomingDatagramStream.take(this, Number(most)), networkCode);
  }

  /** The same, inside the arena. @throws Failure */
  static take(stream: IncomingDatagramStream, most: number): readonly IncomingDatagram[] {
    const { sockets, family, descriptor } = stream.#port;
    const received: IncomingDatagram[] = [];
    while (received.length < Math.min(most, mostReceived)) {
      const datagram = sockets.receive(descriptor);
      if (datagram === undefined) break;
      const remoteAddress = fromText(datagram.peer, family);
      if (stream.#isOf(datagram.peer)) received.push({ data: datagram.bytes, remoteAddress });
    }
    return received;
  }

  subscribe(): Pollable {
    const { calls, sockets, descriptor } = this.#port;
    return new Pollable(calls, () => sockets.hasDatagrams(descriptor));
  }

  /** Whether it hears that one: of a socket with a remote address only that. */
  #isOf(peer: SocketAddress): boolean {
    if (this.#remote === undefined) return true;
    return isSame(fromText(peer, this.#remote.tag), this.#remote);
  }
}

export class OutgoingDatagramStream {
  readonly #port: Port;
  readonly #remote: IpSocketAddress | undefined;

  constructor(port: Port, remote: IpSocketAddress | undefined) {
    this.#port = port;
    this.#remote = remote;
  }

  /** How many `send` takes now. */
  checkSend(): bigint {
    const { calls, sockets, descriptor } = this.#port;
    return calls.inside(() => (sockets.maySend(descriptor) ? BigInt(mostSent) : 0n), networkCode);
  }

  /** @returns how many were sent: those after that were not */
  send(datagrams: readonly OutgoingDatagram[]): bigint {
    return this.#port.calls.inside(() => BigInt(OutgoingDatagramStream.put(this, datagrams)), networkCode);
  }

  /** The same, inside the arena. @throws Failure, Refusal */
  static put(stream: OutgoingDatagramStream, datagrams: readonly OutgoingDatagram[]): number {
    const { sockets, descriptor } = stream.#port;
    let sent = 0;
    for (const { data, remoteAddress } of datagrams) {
      const peer = stream.#peerOf(remoteAddress, sent);
      if (peer === undefined || !sockets.send(descriptor, { bytes: data, peer })) break;
      sent += 1;
    }
    return sent;
  }

  subscribe(): Pollable {
    const { calls, sockets, descriptor } = this.#port;
    return new Pollable(calls, () => sockets.maySend(descriptor));
  }

  /** What is wrong is said of the first only; others are not sent. */
  #peerOf(wanted: IpSocketAddress | undefined, sent: number): SocketAddress | undefined {
    const { family } = this.#port;
    const remote = wanted ?? this.#remote;
    const isRight =
      remote !== undefined && isRemote(remote, family) && (this.#remote === undefined || isSame(remote, this.#remote));
    if (isRight) return { address: textOfAddress(family, remote.val.address), port: remote.val.port };
    return sent > 0 ? undefined : refuseWith('invalid-argument');
  }
}

function isSame(one: IpSocketAddress, other: IpSocketAddress): boolean {
  return (
    one.val.port === other.val.port && one.val.address.every((number, index) => number === other.val.address[index])
  );
}

function isRemote({ tag, val }: IpSocketAddress, family: IpFamily): boolean {
  return tag === family && val.port !== 0 && !isUnspecified(val.address);
}

function checkRemote(remote: IpSocketAddress, family: IpFamily): void {
  if (!isRemote(remote, family)) refuseWith('invalid-argument');
}

export const udpMethods = [
  'startBind',
  'finishBind',
  'stream',
  'localAddress',
  'remoteAddress',
  'addressFamily',
  'unicastHopLimit',
  'setUnicastHopLimit',
  'receiveBufferSize',
  'setReceiveBufferSize',
  'sendBufferSize',
  'setSendBufferSize',
  'subscribe',
];
