// A component that handles HTTP requests, as a process: it listens, and each request is handled by an instance of its own. Others like it
// listen at the same socket.

import type { Sockets } from '../preview1/sockets.ts';
import { isWaiting } from '../preview1/waiting.ts';
import type { Calls } from './calls.ts';
import type { Crew } from './crew.ts';
import { closeDescriptor, sinkOf } from './descriptor-streams.ts';
import { HttpServer, type Asked } from './http/server.ts';
import { ComponentTrap } from './parts.ts';
import { Refusal } from './refusal.ts';

/** As `wasmtime serve` and runwasi have it. */
const usualPort = 8080;
const addressVariable = 'WASMTIME_HTTP_PROXY_SOCKET_ADDR';

/**
 * Until the process ends, or others do as well.
 * @param handle one request in an instance of its own @throws ComponentTrap when that trapped, or what ends the process
 * @throws ComponentTrap when it cannot listen, and what ends the process
 */
export async function serve(
  calls: Calls,
  sockets: Sockets,
  crew: Crew,
  handle: (asked: Asked) => void | Promise<void>,
): Promise<void> {
  const server = new HttpServer(calls, sockets, crew, async (asked) => {
    const kept = openNow(calls);
    try {
      await handle(asked);
      return true;
    } catch (error) {
      if (!(error instanceof ComponentTrap)) throw error;
      say(calls, `a request was not handled: ${error.message}\n`);
      return false;
    } finally {
      closeOthers(calls, kept);
    }
  });
  const port = portOf(calls);
  try {
    await server.serve(port);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new ComponentTrap(`it cannot listen at port ${String(port)}: ${String(error.payload)}`, { cause: error });
  }
}

function portOf({ process }: Calls): number {
  const variables = process.env.map((bytes) => new TextDecoder().decode(bytes.subarray(0, -1)));
  const address = variables.findLast((text) => text.startsWith(`${addressVariable}=`));
  if (address === undefined) return usualPort;
  const port = /:(?<port>\d{1,5})$/v.exec(address)?.groups?.['port'];
  if (port === undefined || Number(port) > 65_535) {
    throw new ComponentTrap(`${address} names no port: it is to be like 0.0.0.0:${String(usualPort)}`);
  }
  return Number(port);
}

function openNow(calls: Calls): ReadonlySet<number> {
  return calls.surely(() => new Set(calls.process.descriptors.open()));
}

/** What an instance left open is its own, and it is gone. Connections that came meanwhile wait to be accepted: they are not among these. */
function closeOthers(calls: Calls, kept: ReadonlySet<number>): void {
  calls.surely(() => {
    for (const descriptor of calls.process.descriptors.open()) {
      if (!kept.has(descriptor)) closeDescriptor(calls, descriptor);
    }
  });
}

function say(calls: Calls, text: string): void {
  calls.surely(() => {
    if (calls.process.descriptors.get(2) === 0) return;
    const late = sinkOf(calls, 2).write(new TextEncoder().encode(text));
    if (isWaiting(late)) calls.waiter.finish(late);
  });
}
