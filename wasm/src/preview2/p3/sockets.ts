// wasi:sockets 0.3: the sockets and names of 0.2, with streams and futures.
// https://github.com/WebAssembly/WASI/tree/main/proposals/sockets/wit

import type { Sockets } from '../../preview1/sockets.ts';
import type { IpAddress, IpFamily } from '../sockets/addresses.ts';
import { networkCode } from '../sockets/codes.ts';
import { ResolveAddressStream } from '../sockets/name-lookup.ts';
import type { HostInterface } from '../world.ts';
import type { Host } from './flows.ts';
import { translated, until, type Steps } from './later.ts';
import { lookupCode } from './socket-codes.ts';
import { LaterTcpSocket, laterTcpMethods } from './tcp-socket.ts';
import { LaterUdpSocket, laterUdpMethods, type Unsent } from './udp-socket.ts';

/** By name without package. */
export function laterSockets(host: Host, made: Sockets): Readonly<Record<string, HostInterface>> {
  const unsent: Unsent = { bytes: 0 };
  return {
    types: {
      resources: {
        TcpSocket: {
          type: LaterTcpSocket,
          methods: laterTcpMethods,
          statics: { create: (family: IpFamily) => LaterTcpSocket.create(host, made, family) },
        },
        UdpSocket: {
          type: LaterUdpSocket,
          methods: laterUdpMethods,
          statics: { create: (family: IpFamily) => LaterUdpSocket.create({ host, sockets: made, unsent }, family) },
        },
      },
    },
    'ip-name-lookup': {
      functions: {
        resolveAddresses: (name: string) => host.loop.start(translated(addressesOf(host, made, name), lookupCode)),
      },
    },
  };
}

/** @throws Refusal in words of 0.2 */
function* addressesOf({ calls }: Host, made: Sockets, name: string): Steps<readonly IpAddress[]> {
  using found = calls.inside(() => new ResolveAddressStream(calls, made, name), networkCode);
  return yield* until(() => {
    const answer = ResolveAddressStream.answer(found);
    return answer === undefined ? { timeoutMs: Infinity } : { answer };
  }, networkCode);
}
