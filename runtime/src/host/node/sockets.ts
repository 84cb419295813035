// The host's sockets and name lookups for networks in user land.

import { lookup, Resolver } from 'node:dns/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { NetworkFailure, type Connection, type Listening } from '../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../wasm/src/wasi/errno.ts';
import type { HostSockets } from '../portable/network/host-sockets.ts';
import { datagrams } from './datagrams.ts';
import { failureOf, plainText } from './network-failure.ts';

/** The kernel's own patience is minutes, which is more than programs have. */
const connectMs = 30_000;
/** Connections that wait to be taken. */
const backlog = 511;

export const hostSockets: HostSockets = {
  connect: async (address, port, { signal }) => {
    const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(connectMs)]);
    const abort = () => {
      socket.destroy(new NetworkFailure(errno.ETIMEDOUT, `no answer from ${address}`));
    };
    limit.addEventListener('abort', abort);
    try {
      if (limit.aborted) abort();
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      });
      return new HostConnection(socket);
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      throw failureOf(error);
    } finally {
      limit.removeEventListener('abort', abort);
    }
  },

  listen: async (address, port, accept) => {
    const connections = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
      accept(new HostConnection(socket));
    });
    await listening(server, address, port);
    const close = () => {
      for (const socket of connections) socket.destroy();
      return new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    };
    return {
      port: (server.address() as AddressInfo).port,
      [Symbol.dispose]: () => void close(),
      [Symbol.asyncDispose]: close,
    } satisfies Listening & AsyncDisposable;
  },

  datagrams,

  lookup: async (name, servers, { signal }) => {
    const given = servers.length === 0 ? lookupByHost(name) : lookupByServers(name, servers, signal);
    return await Promise.race([given, aborted(signal)]);
  },
};

async function lookupByHost(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    // Not known and not to be found out are the same to who asks.
    return [];
  }
}

async function lookupByServers(
  name: string,
  servers: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 2500, tries: 2 });
  resolver.setServers([...servers]);
  const cancel = () => {
    resolver.cancel();
  };
  signal.addEventListener('abort', cancel);
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  signal.removeEventListener('abort', cancel);
  return found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

/** An empty answer when the time is up. */
function aborted(signal: AbortSignal): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const end = () => {
      resolve([]);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(failureOf(error));
    });
    server.listen({ host, port, backlog, ipv6Only: host.includes(':') }, resolve);
  });
}

class HostConnection implements Connection {
  readonly local: Connection['local'];
  readonly peer: Connection['peer'];
  readonly #socket: Socket;
  #failure: NetworkFailure | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.local = { address: plainText(socket.localAddress), port: socket.localPort ?? 0 };
    this.peer = { address: plainText(socket.remoteAddress), port: socket.remotePort ?? 0 };
    socket.on('error', (error) => {
      this.#failure = failureOf(error);
    });
  }

  get input(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
    } catch (error) {
      // Closed from here: nothing was cut.
      if (this.#isClosed) return;
      throw this.#failure ?? failureOf(error);
    }
  }

  #isClosed = false;

  async write(chunk: Uint8Array): Promise<void> {
    this.#check();
    if (this.#socket.write(chunk)) return;
    await this.#until('drain');
    this.#check();
  }

  async end(): Promise<void> {
    this.#check();
    this.#socket.end();
    if (!this.#socket.writableFinished) await this.#until('finish');
    this.#check();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#socket.destroyed) throw new NetworkFailure(errno.ECONNRESET, 'the connection is closed');
  }

  /** Or until it is closed. */
  #until(event: 'drain' | 'finish'): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const done = () => {
        socket.off(event, done);
        socket.off('close', done);
        resolve();
      };
      if (socket.closed) resolve();
      socket.once(event, done);
      socket.once('close', done);
    });
  }
}
