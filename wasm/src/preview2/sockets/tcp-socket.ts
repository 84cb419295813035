// A socket of wasi:sockets/tcp over one of the process's. What takes its time is begun by `start…` and looked at by `finish…`.
// https://github.com/WebAssembly/WASI/blob/main/proposals/sockets/TcpSocketOperationalSemantics.md

import type { Sockets } from '../../preview1/sockets.ts';
import type { Calls } from '../calls.ts';
import { closeDescriptor, duplicate, ownSink, ownSource, sourceOf } from '../descriptor-streams.ts';
import { InputStream, OutputStream, Pollable } from '../streams.ts';
import {
  fromText,
  isUnspecified,
  textOfAddress,
  toSocketAddress,
  type IpFamily,
  type IpSocketAddress,
} from './addresses.ts';
import { networkCode, refuseWith } from './codes.ts';

export type Streams = readonly [InputStream, OutputStream];

type State = 'fresh' | 'binding' | 'bound' | 'connecting' | 'connected' | 'starting' | 'listening' | 'failed';

/** Options that are kept and shown; connections are carried by the engine, which has its own. */
interface Hints {
  backlog: bigint;
  keepAlive: boolean;
  idleNs: bigint;
  intervalNs: bigint;
  count: number;
  hopLimit: number;
  receiveBytes: bigint;
  sendBytes: bigint;
}

const defaults: Hints = {
  backlog: 128n,
  keepAlive: false,
  idleNs: 7_200_000_000_000n,
  intervalNs: 75_000_000_000n,
  count: 9,
  hopLimit: 64,
  receiveBytes: 32_768n,
  sendBytes: 32_768n,
};

export class TcpSocket {
  readonly #calls: Calls;
  readonly #sockets: Sockets;
  readonly #family: IpFamily;
  readonly #descriptor: number;
  readonly #hints: Hints;
  #state: State;
  #local: IpSocketAddress | undefined;

  /** Of a descriptor that it takes over. */
  constructor(
    calls: Calls,
    sockets: Sockets,
    options: { readonly family: IpFamily; readonly descriptor: number; readonly isConnected: boolean },
    hints: Hints = defaults,
  ) {
    this.#calls = calls;
    this.#sockets = sockets;
    this.#family = options.family;
    this.#descriptor = options.descriptor;
    this.#hints = { ...hints };
    this.#state = options.isConnected ? 'connected' : 'fresh';
  }

  /** The descriptor, for us. */
  static descriptorOf(socket: TcpSocket): number {
    return socket.#descriptor;
  }

  /** A connection that was accepted at it, with its options. Inside the arena. @param descriptor it is taken over */
  static accepted(listener: TcpSocket, descriptor: number): TcpSocket {
    const options = { family: listener.#family, descriptor, isConnected: true };
    return new TcpSocket(listener.#calls, listener.#sockets, options, listener.#hints);
  }

  /** Inside the arena. @throws Refusal `would-block`, or what it failed with */
  static finishConnecting(socket: TcpSocket): void {
    socket.#finish('connecting');
    socket.#state = 'connected';
  }

  /** The same for a listening one. */
  static finishListening(socket: TcpSocket): void {
    socket.#finish('starting');
    socket.#state = 'listening';
  }

  get state(): State {
    return this.#state;
  }

  startBind(_network: unknown, local: IpSocketAddress): void {
    this.#inside(() => {
      if (this.#state !== 'fresh') refuseWith('invalid-state');
      if (local.tag !== this.#family) refuseWith('invalid-argument');
      this.#local = local;
      this.#state = 'binding';
    });
  }

  finishBind(): void {
    if (this.#state !== 'binding') refuseWith('not-in-progress');
    this.#state = 'bound';
  }

  startConnect(_network: unknown, remote: IpSocketAddress): void {
    this.#inside(() => {
      if (this.#state !== 'fresh' && this.#state !== 'bound') refuseWith('invalid-state');
      const { port, address } = remote.val;
      if (remote.tag !== this.#family || port === 0 || isUnspecified(address)) refuseWith('invalid-argument');
      this.#sockets.connect(this.#descriptor, textOfAddress(remote.tag, address), port);
      this.#state = 'connecting';
    });
  }

  finishConnect(): Streams {
    return this.#inside(() => {
      TcpSocket.finishConnecting(this);
      return this.#streams(this.#descriptor);
    });
  }

  startListen(): void {
    this.#inside(() => {
      if (this.#state !== 'bound') refuseWith('invalid-state');
      const { address, port } = this.#local?.val ?? refuseWith('invalid-state');
      this.#sockets.bind(this.#descriptor, textOfAddress(this.#family, address), port);
      this.#sockets.listen(this.#descriptor, port, Number(this.#hints.backlog));
      this.#state = 'starting';
    });
  }

  finishListen(): void {
    this.#inside(() => TcpSocket.finishListening(this));
  }

  accept(): readonly [TcpSocket, InputStream, OutputStream] {
    return this.#inside(() => {
      if (this.#state !== 'listening') refuseWith('invalid-state');
      const descriptor = this.#sockets.accept(this.#descriptor) ?? refuseWith('would-block');
      return [TcpSocket.accepted(this, descriptor), ...this.#streams(descriptor)];
    });
  }

  localAddress(): IpSocketAddress {
    return this.#inside(() => {
      if (this.#state === 'connected' || this.#state === 'listening') {
        return fromText(this.#sockets.address(this.#descriptor, 'local'), this.#family);
      }
      if (this.#local === undefined || this.#state === 'binding') refuseWith('invalid-state');
      return toSocketAddress(this.#family, this.#local.val.address, this.#local.val.port);
    });
  }

  remoteAddress(): IpSocketAddress {
    return this.#inside(() => {
      if (this.#state !== 'connected') refuseWith('invalid-state');
      return fromText(this.#sockets.address(this.#descriptor, 'peer'), this.#family);
    });
  }

  isListening(): boolean {
    return this.#state === 'listening';
  }

  addressFamily(): IpFamily {
    return this.#family;
  }

  setListenBacklogSize(value: bigint): void {
    if (value === 0n) refuseWith('invalid-argument');
    this.#hints.backlog = value;
  }

  keepAliveEnabled(): boolean {
    return this.#hints.keepAlive;
  }

  setKeepAliveEnabled(value: boolean): void {
    this.#hints.keepAlive = value;
  }

  keepAliveIdleTime(): bigint {
    return this.#hints.idleNs;
  }

  setKeepAliveIdleTime(value: bigint): void {
    if (value === 0n) refuseWith('invalid-argument');
    this.#hints.idleNs = value;
  }

  keepAliveInterval(): bigint {
    return this.#hints.intervalNs;
  }

  setKeepAliveInterval(value: bigint): void {
    if (value === 0n) refuseWith('invalid-argument');
    this.#hints.intervalNs = value;
  }

  keepAliveCount(): number {
    return this.#hints.count;
  }

  setKeepAliveCount(value: number): void {
    if (value === 0) refuseWith('invalid-argument');
    this.#hints.count = value;
  }

  hopLimit(): number {
    return this.#hints.hopLimit;
  }

  setHopLimit(value: number): void {
    if (value === 0) refuseWith('invalid-argument');
    this.#hints.hopLimit = value;
  }

  receiveBufferSize(): bigint {
    return this.#hints.receiveBytes;
  }

  setReceiveBufferSize(value: bigint): void {
    if (value === 0n) refuseWith('invalid-argument');
    this.#hints.receiveBytes = value;
  }

  sendBufferSize(): bigint {
    return this.#hints.sendBytes;
  }

  setSendBufferSize(value: bigint): void {
    if (value === 0n) refuseWith('invalid-argument');
    this.#hints.sendBytes = value;
  }

  subscribe(): Pollable {
    return new Pollable(this.#calls, () => {
      if (this.#state !== 'listening') return this.#sockets.isSettled(this.#descriptor);
      return sourceOf(this.#calls, this.#descriptor).isReady();
    });
  }

  shutdown(type: 'receive' | 'send' | 'both'): void {
    this.#inside(() => {
      if (this.#state !== 'connected') refuseWith('invalid-state');
      const directions = { receive: ['input'], send: ['output'], both: ['input', 'output'] } as const;
      this.#sockets.shut(this.#descriptor, directions[type]);
    });
  }

  [Symbol.dispose](): void {
    this.#calls.surely(() => closeDescriptor(this.#calls, this.#descriptor));
  }

  #inside<T>(call: () => T): T {
    return this.#calls.inside(call, networkCode);
  }

  /** @throws Refusal `would-block` while what was started goes on, or what it failed with */
  #finish(started: State): void {
    if (this.#state !== started) refuseWith('not-in-progress');
    if (!this.#sockets.isSettled(this.#descriptor)) refuseWith('would-block');
    this.#state = 'failed';
    this.#sockets.check(this.#descriptor);
  }

  #streams(descriptor: number): Streams {
    return [
      new InputStream(this.#calls, ownSource(this.#calls, duplicate(this.#calls, descriptor))),
      new OutputStream(this.#calls, {
        ...ownSink(this.#calls, duplicate(this.#calls, descriptor)),
        isConnection: true,
      }),
    ];
  }
}
