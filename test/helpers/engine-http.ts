// Plain requests to an engine's unix socket, for what a client library would hide: status, headers, the very bytes.

import { request, type IncomingHttpHeaders } from 'node:http';
import { begin } from './trace.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string or bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly timeoutMs?: number;
  /** Leaves. */
  readonly signal?: AbortSignal;
}

/** One request on a connection of its own. Rejects on connection faults and after 180 s in which nothing comes. */
export async function ask(socketPath: string, path: string, options: Ask = {}): Promise<Reply> {
  const { body } = options;
  const isRaw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const headers = { ...(isRaw ? {} : { 'content-type': 'application/json' }), ...options.headers };
  using _ = begin(`the answer to ${options.method ?? 'GET'} ${path}`);
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        path,
        method: options.method ?? 'GET',
        headers,
        agent: false,
        timeout: options.timeoutMs ?? 180_000,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${options.method ?? 'GET'} ${path}`)));
    outgoing.on('error', reject);
    outgoing.end(isRaw ? body : JSON.stringify(body));
  });
}
