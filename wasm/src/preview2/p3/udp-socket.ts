// A udp-socket of wasi:sockets 0.3 over that of 0.2: datagrams go and come one by one.

import type { Sockets } from '../../preview1/sockets.ts';
import { mostDatagram } from '../../sockets/contract.ts';
import { refuse } from '../refusal.ts';
import { toSocketAddress, unspecified, type IpFamily, type IpSocketAddress } from '../sockets/addresses.ts';
import { networkCode } from '../sockets/codes.ts';
import {
  IncomingDatagramStream,
  OutgoingDatagramStream,
  UdpSocket,
  type DatagramStreams,
} from '../sockets/udp-socket.ts';
import type { Host } from './flows.ts';
import { translated, until, type Later, type Steps } from './later.ts';
import { socketCode, socketCodeOf, told } from './socket-codes.ts';

/** Bytes that wait to be sent, of all sockets of a component. */
const mostUnsent = 2 ** 22;

/** Datagrams that are kept until there is room for them. */
export interface Unsent {
  bytes: number;
}

interface Made {
  readonly host: Host;
  readonly sockets: Sockets;
  readonly unsent: Unsent;
}

export class LaterUdpSocket {
  readonly #host: Host;
  readonly #sockets: Sockets;
  readonly #unsent: Unsent;
  readonly #same: UdpSocket;
  /** Of what it is bound to, and of whom it speaks with if that is one. */
  #streams: DatagramStreams | undefined;
  #isConnected = false;

  /** @param same it takes it over */
  constructor({ host, sockets, unsent }: Made, same: UdpSocket) {
    this.#host = host;
    this.#sockets = sockets;
    this.#unsent = unsent;
    this.#same = same;
  }

  static create(made: Made, family: IpFamily): LaterUdpSocket {
    const { host, sockets } = made;
    const { calls } = host;
    const make = () => new UdpSocket(calls, sockets, family, sockets.open());
    return new LaterUdpSocket(made, calls.inside(make, socketCodeOf));
  }

  bind(local: IpSocketAddress): void {
    told(() => this.#bind(local));
  }

  connect(remote: IpSocketAddress): void {
    told(() => {
      this.#bound();
      this.#streams = this.#same.stream(remote);
      this.#isConnected = true;
    });
  }

  disconnect(): void {
    if (!this.#isConnected) refuse({ tag: 'invalid-state' });
    this.#streams = told(() => this.#same.stream(undefined));
    this.#isConnected = false;
  }

  send(data: Uint8Array, remoteAddress: IpSocketAddress | undefined): Later {
    const [, outgoing] = told(() => this.#bound());
    if (data.length > mostDatagram) refuse({ tag: 'datagram-too-large' });
    if (this.#unsent.bytes + data.length > mostUnsent) refuse({ tag: 'out-of-memory' });
    // It may be memory of the component, which goes on meanwhile.
    const datagrams = [{ data: data.slice(), remoteAddress }];
    const attempt = () =>
      OutgoingDatagramStream.put(outgoing, datagrams) > 0 ? { answer: undefined } : { timeoutMs: Infinity };
    const sent = until<undefined>(attempt, networkCode, true);
    return this.#host.loop.start(translated(keeping(this.#unsent, data.length, sent), socketCode));
  }

  receive(): Later {
    const [incoming] = this.#streams ?? refuse({ tag: 'invalid-state' });
    const received = function* (): Steps<unknown> {
      const { data, remoteAddress } = yield* until(() => {
        const [datagram] = IncomingDatagramStream.take(incoming, 1);
        return datagram === undefined ? { timeoutMs: Infinity } : { answer: datagram };
      }, networkCode);
      return [data, remoteAddress];
    };
    return this.#host.loop.start(translated(received(), socketCode));
  }

  getLocalAddress(): IpSocketAddress {
    return told(() => this.#same.localAddress());
  }

  getRemoteAddress(): IpSocketAddress {
    return this.#isConnected ? this.#same.remoteAddress() : refuse({ tag: 'invalid-state' });
  }

  getAddressFamily(): IpFamily {
    return this.#same.addressFamily();
  }

  getUnicastHopLimit(): number {
    return this.#same.unicastHopLimit();
  }

  setUnicastHopLimit(value: number): void {
    told(() => this.#same.setUnicastHopLimit(value));
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

  /** Bound to any port if it is not bound yet. @throws Refusal in words of 0.2 */
  #bound(): DatagramStreams {
    const family = this.#same.addressFamily();
    return this.#streams ?? this.#bind(toSocketAddress(family, unspecified(family), 0));
  }

  /**
   * Stands still until that is done: the engine's thread does it at once, and where that is this thread it cannot be done.
   * @throws Refusal in words of 0.2
   */
  #bind(local: IpSocketAddress): DatagramStreams {
    const { calls } = this.#host;
    this.#same.startBind(undefined, local);
    const descriptor = UdpSocket.descriptorOf(this.#same);
    calls.inside(
      () => calls.wait(() => (this.#sockets.isSettled(descriptor) ? { answer: true } : { timeoutMs: Infinity })),
      networkCode,
    );
    this.#same.finishBind();
    return (this.#streams = this.#same.stream(undefined));
  }
}

function* keeping(unsent: Unsent, bytes: number, sent: Steps<void>): Steps<void> {
  unsent.bytes += bytes;
  try {
    yield* sent;
  } finally {
    unsent.bytes -= bytes;
  }
}

export const laterUdpMethods = [
  'bind',
  'connect',
  'disconnect',
  'send',
  'receive',
  'getLocalAddress',
  'getRemoteAddress',
  'getAddressFamily',
  'getUnicastHopLimit',
  'setUnicastHopLimit',
  'getReceiveBufferSize',
  'setReceiveBufferSize',
  'getSendBufferSize',
  'setSendBufferSize',
];
