// A request and a reply as the registry sees them: no sockets, no Node, so that it can be called in-process.

import type { Bytes } from '../host/host.ts';
import { streamOf } from '../spec/bytes.ts';

export type Headers = Readonly<Record<string, string>>;

export interface RegistryRequest {
  readonly method: string;
  /** Path and query, as in a request's line. */
  readonly url: string;
  /** undefined when the header was not sent. Names in lower case. */
  readonly header: (name: string) => string | undefined;
  /** Bytes of the body; undefined where the length is not known (chunked). */
  readonly bodyLength: number | undefined;
  readonly body: Bytes;
  /** Who asks, for the limit of tries and the log: an address. */
  readonly client: string;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

export interface RegistryReply {
  readonly status: number;
  /** `Content-Length` is among them. */
  readonly headers: Headers;
  /** Absent where nothing is sent: to HEAD, with 204. When it throws, it is not whole. */
  readonly body?: Bytes;
}

const encoder = new TextEncoder();

export function emptyReply(status: number, headers: Headers = {}): RegistryReply {
  return { status, headers: status === 204 ? headers : { ...headers, 'Content-Length': '0' } };
}

/** A document that is there as a whole. */
export function bytesReply(status: number, type: string, bytes: Uint8Array, headers: Headers = {}): RegistryReply {
  return {
    status,
    headers: { ...headers, 'Content-Type': type, 'Content-Length': String(bytes.length) },
    body: streamOf(bytes),
  };
}

export function jsonReply(
  value: unknown,
  { status = 200, type = 'application/json', headers = {} }: { status?: number; type?: string; headers?: Headers } = {},
): RegistryReply {
  return bytesReply(status, type, encoder.encode(JSON.stringify(value)), headers);
}

/** As HEAD gets it: the same head, nothing behind it. */
export function withoutBody({ status, headers }: RegistryReply): RegistryReply {
  return { status, headers };
}
