// An engine that is a bare socket, and a transport that asks it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { parseEndpoint, type Endpoint } from '../../runtime/src/client/endpoint.ts';
import { LightTransport } from '../../runtime/src/client/light-sockets.ts';
import type { Answer, Transport, TransportRequest } from '../../runtime/src/client/transport.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

export interface Stand extends AsyncDisposable {
  readonly transport: Transport;
  /** GET of `/x`, but for what is said. */
  ask(more?: Partial<TransportRequest>): Promise<Answer>;
}

/** How a transport is made for an engine. */
export type Way = (endpoint: Endpoint) => Transport;

export function light(endpoint: Endpoint): Transport {
  assert.ok(endpoint.kind === 'socket');
  return new LightTransport(endpoint);
}

/**
 * @param server what answers; from here on it listens, on a socket of its own or by TCP
 * @param sockets its connections, as they come: they end with it
 */
export async function standBy(server: Server, sockets: readonly Socket[], way: Way, isTcp = false): Promise<Stand> {
  const folder = await makeTempFolder();
  if (isTcp) server.listen(0, '127.0.0.1');
  else server.listen(join(folder.path, 's'));
  await once(server, 'listening');
  const address = server.address();
  const to = typeof address === 'string' ? `unix://${address}` : `tcp://127.0.0.1:${address?.port}`;
  const transport = way(parseEndpoint(to));
  return {
    transport,
    ask: (more) =>
      transport.send({ method: 'GET', path: '/x', headers: {}, body: undefined, signal: undefined, ...more }),
    async [Symbol.asyncDispose]() {
      transport[Symbol.dispose]();
      for (const socket of sockets) socket.destroy();
      server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
