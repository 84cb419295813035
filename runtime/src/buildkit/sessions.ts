// The clients that wait to be asked: each has opened `/session`, on which it is the server, and is known by an id that it chose.

import type { ClientHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { EngineError } from '../spec/errors.ts';
import { GrpcChannel } from './grpc/client.ts';
import { WaitingMap } from './waiting-map.ts';

/** What a client says of its session, in headers. */
export interface SessionOffer {
  readonly id: string;
  /** The same for the same folder of the same client; empty when it did not say. */
  readonly sharedKey: string;
  /** What it serves: `/package.Service/Method`. */
  readonly methods: readonly string[];
}

export interface Session {
  readonly sharedKey: string;
  readonly channel: GrpcChannel;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  serves(method: string): boolean;
}

const windowSize = 4 * 1024 * 1024;

export class Sessions {
  readonly #open = new WaitingMap<Session>((id) => `no active session for ${id}`);

  /**
   * Keeps a session until its connection ends.
   * @throws EngineError invalidParameter for an id that is taken or none
   */
  async serve(socket: Duplex, offer: SessionOffer): Promise<void> {
    if (offer.id === '')
      throw new EngineError('invalidParameter', 'a session needs an id: X-Docker-Expose-Session-Uuid');
    if (this.#open.has(offer.id)) throw new EngineError('conflict', `session ${offer.id} is there already`);
    const http2 = process.getBuiltinModule('node:http2');
    const connection = http2.connect('http://localhost', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: 1024 * 1024, maxHeaderListSize: 64 * 1024 },
    });
    const gone = new AbortController();
    const methods = new Set(offer.methods.map((method) => method.toLowerCase()));
    const session: Session = {
      sharedKey: offer.sharedKey,
      channel: new GrpcChannel(connection),
      signal: gone.signal,
      serves: (method) => methods.has(method.toLowerCase()),
    };
    connection.once('connect', () => connection.setLocalWindowSize(windowSize));
    this.#open.add(offer.id, session);
    try {
      await ended(connection);
    } finally {
      this.#open.delete(offer.id);
      gone.abort(new EngineError('cancelled', 'the client has gone'));
    }
  }

  /** @throws EngineError notFound when it does not come */
  get(id: string, signal: AbortSignal): Promise<Session> {
    return this.#open.get(id, signal);
  }
}

function ended(connection: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    // An error is followed by the end; who waits for an answer on it is told there.
    connection.on('error', () => undefined);
    connection.once('close', resolve);
  });
}
