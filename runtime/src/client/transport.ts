// How requests get to an engine: over sockets, or by messages to one in a worker. What is above knows the difference only by its address.

import type { Endpoint, WorkerEndpoint } from './endpoint.ts';

/** An answer, its body not yet read: an `IncomingMessage` of Node's, as far as this room and its users need it. */
export interface Answer extends AsyncIterable<Uint8Array> {
  readonly statusCode?: number | undefined;
  readonly statusMessage?: string | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Lets the body pass unread. */
  resume(): unknown;
  /** Reads no more. */
  destroy(error?: Error): unknown;
}

/** A connection that was taken over: a `Duplex` of Node's, as far as it is needed. What is read is what the process writes. */
export interface Session extends AsyncIterable<Uint8Array> {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  /** @returns false when the other side is slow: more is wanted after `drain` */
  write(bytes: Uint8Array | string): boolean;
  /** Closes the engine's stdin only; output goes on. */
  end(): unknown;
  destroy(error?: Error): unknown;
  on(event: 'close' | 'error', listener: () => void): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
}

export interface TransportRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What became of an upgrade that the engine took. */
export interface Upgraded {
  readonly session: Session;
  readonly headers: Answer['headers'];
}

export interface Transport extends Disposable {
  readonly endpoint: Endpoint | WorkerEndpoint;
  /** @throws ConnectionError when the engine cannot be reached, the signal's reason, what the body throws */
  send(request: TransportRequest): Promise<Answer>;
  /** Takes the connection over. @returns the engine's answer when it does not take it */
  upgrade(request: TransportRequest): Promise<Upgraded | Answer>;
}
