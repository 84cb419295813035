// Ports for datagrams (UDP) of the host, for networks in user land.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Datagram, DatagramPort } from '../../../../wasm/src/sockets/contract.ts';
import { failureOf, plainText } from './network-failure.ts';

/** As `HostSockets.datagrams`. */
export async function datagrams(
  address: string,
  port: number,
  take: (datagram: Datagram) => void,
): Promise<DatagramPort & AsyncDisposable> {
  const isSix = isIPv6(address);
  const socket = createSocket({ type: isSix ? 'udp6' : 'udp4', ipv6Only: isSix });
  socket.on('message', (bytes, from) => take({ bytes, peer: { address: plainText(from.address), port: from.port } }));
  try {
    socket.bind({ address, port });
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw failureOf(error);
  }
  // Of a datagram that did not arrive, which the host has heard: whoever sent it need not know.
  socket.on('error', () => undefined);
  const bound = socket.address();
  let isClosed = false;
  const close = () => {
    if (!isClosed) socket.close();
    isClosed = true;
  };
  return {
    local: { address: bound.address, port: bound.port },
    send: async ({ bytes, peer }) => {
      if (!isClosed) await send(socket, bytes, peer);
    },
    [Symbol.dispose]: close,
    [Symbol.asyncDispose]: async () => {
      if (isClosed) return;
      const closed = once(socket, 'close');
      close();
      await closed;
    },
  };
}

async function send(socket: Socket, bytes: Uint8Array, { address, port }: Datagram['peer']): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.send(bytes, port, address, (error) => {
      if (error === null) resolve();
      else reject(failureOf(error));
    });
  });
}
