// wasi:sockets: streams and datagrams over the container's network, and its names.
// https://github.com/WebAssembly/WASI/tree/main/proposals/sockets

import type { Sockets } from '../../preview1/sockets.ts';
import type { Calls } from '../calls.ts';
import type { HostInterface } from '../world.ts';
import type { IoError } from '../streams.ts';
import type { IpFamily } from './addresses.ts';
import { networkCode } from './codes.ts';
import { ResolveAddressStream } from './name-lookup.ts';
import { TcpSocket } from './tcp-socket.ts';
import { IncomingDatagramStream, OutgoingDatagramStream, udpMethods, UdpSocket } from './udp-socket.ts';

/** What a component shows to prove that it was given the network; there is one. */
class Network {}

export function sockets(calls: Calls, made: Sockets): Readonly<Record<string, HostInterface>> {
  return {
    'wasi:sockets/instance-network': { functions: { instanceNetwork: () => new Network() } },
    'wasi:sockets/network': {
      functions: { networkErrorCode: ({ errno }: IoError) => networkCode(errno) },
      resources: { Network: { type: Network, methods: [] } },
    },
    'wasi:sockets/ip-name-lookup': {
      functions: {
        resolveAddresses: (_network: Network, name: string) =>
          calls.inside(() => new ResolveAddressStream(calls, made, name), networkCode),
      },
      resources: {
        ResolveAddressStream: { type: ResolveAddressStream, methods: ['resolveNextAddress', 'subscribe'] },
      },
    },
    'wasi:sockets/tcp-create-socket': {
      functions: {
        createTcpSocket: (family: IpFamily) =>
          calls.inside(
            () => new TcpSocket(calls, made, { family, descriptor: made.open(), isConnected: false }),
            networkCode,
          ),
      },
    },
    'wasi:sockets/tcp': { resources: { TcpSocket: { type: TcpSocket, methods: tcpMethods } } },
    'wasi:sockets/udp-create-socket': {
      functions: {
        createUdpSocket: (family: IpFamily) =>
          calls.inside(() => new UdpSocket(calls, made, family, made.open()), networkCode),
      },
    },
    'wasi:sockets/udp': {
      resources: {
        UdpSocket: { type: UdpSocket, methods: udpMethods },
        IncomingDatagramStream: { type: IncomingDatagramStream, methods: ['receive', 'subscribe'] },
        OutgoingDatagramStream: { type: OutgoingDatagramStream, methods: ['checkSend', 'send', 'subscribe'] },
      },
    },
  };
}

const tcpMethods = [
  'startBind',
  'finishBind',
  'startConnect',
  'finishConnect',
  'startListen',
  'finishListen',
  'accept',
  'localAddress',
  'remoteAddress',
  'isListening',
  'addressFamily',
  'setListenBacklogSize',
  'keepAliveEnabled',
  'setKeepAliveEnabled',
  'keepAliveIdleTime',
  'setKeepAliveIdleTime',
  'keepAliveInterval',
  'setKeepAliveInterval',
  'keepAliveCount',
  'setKeepAliveCount',
  'hopLimit',
  'setHopLimit',
  'receiveBufferSize',
  'setReceiveBufferSize',
  'sendBufferSize',
  'setSendBufferSize',
  'subscribe',
  'shutdown',
];
