// A tcp-socket of wasi:sockets 0.3 over that of 0.2: what comes and goes are streams, and so are the connections that a listening one has.

import type { Sockets } from '../../preview1/sockets.ts';
import { errno, Failure } from '../../wasi/errno.ts';
import { closeDescriptor, duplicate, sinkOf, sourceOf } from '../descriptor-streams.ts';
import { toSocketAddress, unspecified, type IpFamily, type IpSocketAddress } from '../sockets/addresses.ts';
import { networkCode } from '../sockets/codes.ts';
import { TcpSocket } from '../sockets/tcp-socket.ts';
import type { Sink, Source } from '../streams.ts';
import { incoming, outgoing, type Host, type Incoming } from './flows.ts';
import { emptyStream, Later, StreamOut, translated, until, type Steps, type StreamIn } from './later.ts';
import { socketCode, socketCodeOf, told } from './socket-codes.ts';

const invalidState = { tag: 'err', val: { tag: 'invalid-state' } };

export class LaterTcpSocket {
  readonly #host: Host;
  readonly #sockets: Sockets;
  readonly #same: TcpSocket;
  #hasSent = false;
  #hasReceived = false;

  /** @param same it takes it over */
  constructor(host: Host, sockets: Sockets, same: TcpSocket) {
    this.#host = host;
    this.#sockets = sockets;
    this.#same = same;
  }

  static create(host: Host, sockets: Sockets, family: IpFamily): LaterTcpSocket {
    const { calls } = host;
    const make = () => new TcpSocket(calls, sockets, { family, descriptor: sockets.open(), isConnected: false });
    return new LaterTcpSocket(host, sockets, calls.inside(make, socketCodeOf));
  }

  bind(local: IpSocketAddress): void {
    told(() => {
      this.#same.startBind(undefined, local);
      this.#same.finishBind();
    });
  }

  connect(remote: IpSocketAddress): Later {
    told(() => this.#same.startConnect(undefined, remote));
    return this.#host.loop.start(translated(this.#connecting(), socketCode));
  }

  /** Connections, for as long as somebody takes them: the socket itself may go before. */
  listen(): StreamOut {
    return told(() => {
      const same = this.#same;
      if (same.state === 'fresh') {
        const family = same.addressFamily();
        this.bind(toSocketAddress(family, unspecified(family), 0));
      }
      same.startListen();
      return this.#host.calls.inside(() => {
        const descriptor = TcpSocket.descriptorOf(same);
        this.#host.calls.wait(() => (this.#isSettled() ? { answer: true } : { timeoutMs: Infinity }));
        TcpSocket.finishListening(same);
        return this.#accepting(duplicate(this.#host.calls, descriptor));
      }, networkCode);
    });
  }

  /** The end of what is sent is told to the other side. */
  send(data: StreamIn): Later {
    const sink = this.#own(this.#hasSent, (descriptor) => ({
      ...sinkOf(this.#host.calls, descriptor),
      isConnection: true,
      [Symbol.dispose]: () => this.#end(descriptor, 'output'),
    }));
    if (sink === undefined) {
      data.drop();
      return Later.of(invalidState);
    }
    this.#hasSent = true;
    return outgoing(this.#host, data, sink, socketCodeOf);
  }

  receive(): Incoming {
    const source = this.#own(this.#hasReceived, (descriptor) => ({
      ...sourceOf(this.#host.calls, descriptor),
      [Symbol.dispose]: () => this.#end(descriptor, 'input'),
    }));
    if (source === undefined) return [emptyStream(), Later.of(invalidState)];
    this.#hasReceived = true;
    return incoming(this.#host, source, socketCodeOf);
  }

  getLocalAddress(): IpSocketAddress {
    return told(() => this.#same.localAddress());
  }

  getRemoteAddress(): IpSocketAddress {
    return told(() => this.#same.remoteAddress());
  }

  getIsListening(): boolean {
    return this.#same.isListening();
  }

  getAddressFamily(): IpFamily {
    return this.#same.addressFamily();
  }

  setListenBacklogSize(value: bigint): void {
    told(() => this.#same.setListenBacklogSize(value));
  }

  getKeepAliveEnabled(): boolean {
    return this.#same.keepAliveEnabled();
  }

  setKeepAliveEnabled(value: boolean): void {
    this.#same.setKeepAliveEnabled(value);
  }

  getKeepAliveIdleTime(): bigint {
    return this.#same.keepAliveIdleTime();
  }

  setKeepAliveIdleTime(value: bigint): void {
    told(() => this.#same.setKeepAliveIdleTime(value));
  }

  getKeepAliveInterval(): bigint {
    return this.#same.keepAliveInterval();
  }

  setKeepAliveInterval(value: bigint): void {
    told(() => this.#same.setKeepAliveInterval(value));
  }

  getKeepAliveCount(): number {
    return this.#same.keepAliveCount();
  }

  setKeepAliveCount(value: number): void {
    told(() => this.#same.setKeepAliveCount(value));
  }

  getHopLimit(): number {
    return this.#same.hopLimit();
  }

  setHopLimit(value: number): void {
    told(() => this.#same.setHopLimit(value));
  }

  getReceiveBufferSize(): bigint {
    return this.#same.receiveBufferSize();
  }

  setReceiveBufferSize(value: bigint): void {
    told(() => this.#same.setReceiveBufferSize(value));
  }

  getSendBufferSize(): bigint {
    return this.#same.sendBufferSize();
  }

  setSendBufferSize(value: bigint): void {
    told(() => this.#same.setSendBufferSize(value));
  }

  [Symbol.dispose](): void {
    this.#same[Symbol.dispose]();
  }

  *#connecting(): Steps<void> {
    yield* until(() => {
      if (!this.#isSettled()) return { timeoutMs: Infinity };
      TcpSocket.finishConnecting(this.#same);
      return { answer: undefined };
    }, networkCode);
  }

  #isSettled(): boolean {
    return this.#sockets.isSettled(TcpSocket.descriptorOf(this.#same));
  }

  /** @param listener it takes it over */
  #accepting(listener: number): StreamOut {
    const { calls } = this.#host;
    let isOver = false;
    const attempt = () => {
      // Who has dropped it may have been about to take one: it waits for nobody then, and goes with the listener.
      if (isOver) return { answer: undefined };
      const descriptor = this.#acceptOne(listener);
      return descriptor === undefined ? { timeoutMs: Infinity } : { answer: descriptor };
    };
    const made = (descriptor: number) =>
      new LaterTcpSocket(this.#host, this.#sockets, TcpSocket.accepted(this.#same, descriptor));
    const next = function* (): Steps<LaterTcpSocket | undefined> {
      const descriptor = yield* until<number | undefined>(attempt, socketCodeOf);
      return descriptor === undefined ? undefined : made(descriptor);
    };
    const drop = () => {
      isOver = true;
      calls.surely(() => closeDescriptor(calls, listener));
    };
    return new StreamOut({ next, drop });
  }

  /** Where the process may have no more, connections wait. */
  #acceptOne(listener: number): number | undefined {
    try {
      return this.#sockets.accept(listener);
    } catch (error) {
      if (error instanceof Failure && error.errno === errno.EMFILE) return undefined;
      throw error;
    }
  }

  /** A stream with a descriptor of its own; undefined where there is to be none. @throws Refusal */
  #own<T extends Sink | Source>(isTaken: boolean, make: (descriptor: number) => T): T | undefined {
    const { calls } = this.#host;
    if (isTaken || this.#same.state !== 'connected') return undefined;
    return calls.inside(() => make(duplicate(calls, TcpSocket.descriptorOf(this.#same))), socketCodeOf);
  }

  /** A connection that is gone already has no direction to end. */
  #end(descriptor: number, direction: 'input' | 'output'): void {
    try {
      this.#sockets.shut(descriptor, [direction]);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    closeDescriptor(this.#host.calls, descriptor);
  }
}

export const laterTcpMethods = [
  'bind',
  'connect',
  'listen',
  'send',
  'receive',
  'getLocalAddress',
  'getRemoteAddress',
  'getIsListening',
  'getAddressFamily',
  'setListenBacklogSize',
  'getKeepAliveEnabled',
  'setKeepAliveEnabled',
  'getKeepAliveIdleTime',
  'setKeepAliveIdleTime',
  'getKeepAliveInterval',
  'setKeepAliveInterval',
  'getKeepAliveCount',
  'setKeepAliveCount',
  'getHopLimit',
  'setHopLimit',
  'getReceiveBufferSize',
  'setReceiveBufferSize',
  'getSendBufferSize',
  'setSendBufferSize',
];
