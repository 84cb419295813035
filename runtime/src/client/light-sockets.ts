// Requests over a local socket without Node's HTTP, which takes 9 ms to be loaded and begun: a third of what a command of the command
// line takes besides the start of Node. Who stays takes `sockets.ts`.

import type { Socket } from 'node:net';
import { connectionFault } from './connection-fault.ts';
import { canBeSentAgain, isClosed, longestAtOnce } from './sent-again.ts';
import type { Endpoint } from './endpoint.ts';
import { bodyOf, readHead, requestHead, type Head } from './http-message.ts';
import { Incoming } from './incoming.ts';
import type { Answer, Transport, TransportRequest, Upgraded } from './transport.ts';

// Not an import, as in `sockets.ts`.
const net = () => process.getBuiltinModule('node:net');

type LocalEndpoint = Extract<Endpoint, { readonly kind: 'socket' }>;

export class LightTransport implements Transport {
  readonly endpoint: LocalEndpoint;
  readonly #idle = new Set<Connection>();

  constructor(endpoint: LocalEndpoint) {
    this.endpoint = endpoint;
  }

  /** Drops idle connections. Running calls go on. */
  [Symbol.dispose](): void {
    for (const { socket } of this.#idle) socket.destroy();
  }

  async send(asked: TransportRequest): Promise<Answer> {
    return await this.#exchange(asked, (connection, head) => this.#answer(connection, asked, head));
  }

  async upgrade(asked: TransportRequest): Promise<Upgraded | Answer> {
    const headers = { ...asked.headers, Connection: 'Upgrade', Upgrade: 'tcp' };
    return await this.#exchange({ ...asked, headers }, (connection, head) =>
      head.status === 101
        ? { session: connection.release(), headers: head.headers }
        : this.#answer(connection, asked, head),
    );
  }

  async #exchange<T>(asked: TransportRequest, take: (connection: Connection, head: Head) => T): Promise<T> {
    asked.signal?.throwIfAborted();
    const head = requestHead(asked);
    for (;;) {
      const kept = this.#kept();
      const connection = kept ?? this.#opened();
      connection.obey(asked.signal);
      const before = connection.incoming.received;
      try {
        // The engine may answer before it has been told all. A body that fails ends the connection, and so who waits for the answer.
        connection.write(head, asked.body, kept !== undefined).catch((error: Error) => connection.end(error));
        return take(connection, await readHead(connection.incoming));
      } catch (error) {
        connection.end();
        if (asked.signal?.aborted === true) throw asked.signal.reason;
        const isUnanswered = kept !== undefined && connection.incoming.received === before;
        if (isUnanswered && canBeSentAgain(asked, error, connection.isUnread)) continue;
        throw connectionFault(this.endpoint.text, error as NodeJS.ErrnoException);
      }
    }
  }

  #kept(): Connection | undefined {
    for (const connection of this.#idle) {
      this.#idle.delete(connection);
      if (!connection.isUsable) continue;
      connection.socket.ref();
      return connection;
    }
    return undefined;
  }

  #opened(): Connection {
    const connection = new Connection(net().connect({ path: this.endpoint.path }));
    connection.socket.on('close', () => this.#idle.delete(connection));
    return connection;
  }

  #answer(connection: Connection, { method }: TransportRequest, head: Head): Answer {
    const { pieces, lasts } = bodyOf(connection.incoming, method, head);
    const keep = (): void => {
      connection.obey(undefined);
      if (!lasts || !connection.isUsable) return connection.end();
      connection.socket.unref();
      this.#idle.add(connection);
    };
    async function* body(): AsyncGenerator<Uint8Array, undefined> {
      let isWhole = false;
      try {
        yield* pieces;
        isWhole = true;
      } finally {
        if (isWhole) keep();
        else connection.end();
      }
      return undefined;
    }
    const read = body();
    return {
      statusCode: head.status,
      statusMessage: head.reason,
      headers: head.headers,
      [Symbol.asyncIterator]: () => read,
      resume: () => void drain(read),
      destroy: (error) => connection.end(error),
    };
  }
}

/** A body that nobody wants. A fault of the connection is the next call's. */
async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _ of body);
  } catch {
    // As said.
  }
}

class Connection {
  readonly socket: Socket;
  readonly incoming: Incoming;
  #stopObeying: (() => void) | undefined;
  #isSent = true;
  #isUnread = false;

  constructor(socket: Socket) {
    this.socket = socket;
    this.incoming = new Incoming(socket);
  }

  get isUsable(): boolean {
    return this.#isSent && !this.socket.destroyed && this.incoming.isIdle;
  }

  /** True when the engine has certainly seen nothing of what was written last. */
  get isUnread(): boolean {
    return this.#isUnread;
  }

  /** Ends with the signal. */
  obey(signal: AbortSignal | undefined): void {
    this.#stopObeying?.();
    this.#stopObeying = undefined;
    if (signal === undefined) return;
    const stop = (): void => this.end(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    this.#stopObeying = () => signal.removeEventListener('abort', stop);
  }

  /** @throws what the body throws */
  async write(head: string, body: TransportRequest['body'], isKept: boolean): Promise<void> {
    this.#isSent = false;
    if (body === undefined || body instanceof Uint8Array) {
      this.socket.cork();
      this.socket.write(head, 'latin1', (error) => {
        // The kernel takes what is short whole or not at all.
        if (isClosed(error)) this.#isUnread = head.length + (body?.length ?? 0) <= longestAtOnce;
      });
      if (body !== undefined) this.socket.write(body);
      this.socket.uncork();
    } else {
      const taken = this.#headOf(head);
      // Nothing is taken from a body while it may have to be sent by another connection.
      if (isKept && !(await taken)) return;
      for await (const piece of body) {
        if (this.socket.destroyed) return;
        await this.#chunk(piece);
      }
      this.socket.write('0\r\n\r\n');
    }
    this.#isSent = true;
  }

  /** @returns false where the connection has ended, which who waits for the answer is told */
  #headOf(head: string): Promise<boolean> {
    return new Promise((resolve) =>
      this.socket.write(head, 'latin1', (error) => {
        this.#isUnread = isClosed(error);
        resolve(error === null || error === undefined);
      }),
    );
  }

  async #chunk(piece: Uint8Array): Promise<void> {
    if (piece.length === 0) return;
    this.socket.cork();
    this.socket.write(`${piece.length.toString(16)}\r\n`);
    this.socket.write(piece);
    const hasRoom = this.socket.write('\r\n');
    this.socket.uncork();
    if (!hasRoom) await this.#drained();
  }

  #drained(): Promise<void> {
    const { socket } = this;
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }

  /** Gives the connection away. */
  release(): Socket {
    this.obey(undefined);
    return this.incoming.release();
  }

  end(error?: Error): void {
    this.obey(undefined);
    if (error !== undefined) this.incoming.fail(error);
    this.socket.destroy();
  }
}
