// A client of components that handle HTTP requests: it says and hears bytes, as they are on the wire.

import { UserNetwork } from '../../../runtime/src/host/portable/network/user-network.ts';
import type { Connection, GuestNetwork } from '../../../wasm/src/sockets/contract.ts';
import { until } from '../../helpers/poll.ts';

export const encoder = new TextEncoder();

/** The network of a container that has no other. */
export function loneNetwork(): GuestNetwork {
  const user = new UserNetwork({});
  const name = user.create('lone');
  return user.open(name, { hosts: () => Promise.resolve(''), allowsHost: false, dns: [] });
}

/** A connection to the server, once there is one. */
export async function connect(network: GuestNetwork, port = 8080): Promise<Connection> {
  return await until('the component listens', async () => {
    try {
      return await network.connect('127.0.0.1', port, { signal: AbortSignal.timeout(30_000) });
    } catch {
      return undefined;
    }
  });
}

export async function readAll(connection: Connection): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of connection.input) text += decoder.decode(bytes, { stream: true });
  return text;
}

/** What comes back for bytes of a request after which the client says no more. */
export async function ask(network: GuestNetwork, request: string): Promise<string> {
  const connection = await connect(network);
  await connection.write(encoder.encode(request.replaceAll('\n', '\r\n')));
  const answer = await readAll(connection);
  connection.close();
  return answer.replaceAll('\r\n', '\n').replace(/date: [^\n]*\n/, '');
}

export const get = (path: string, more = '') => `GET ${path} HTTP/1.1\nHost: here\nConnection: close\n${more}\n`;
