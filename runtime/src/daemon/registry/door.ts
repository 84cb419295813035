// The registry's HTTP server: requests of Node's to the registry, its replies to responses.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import { bodyOf, declaredLength } from '../../api/body.ts';
import { writeReply } from '../../api/write-reply.ts';
import type { RegistryReply, RegistryRequest } from '../../registry-server/exchange.ts';
import { streamOf } from '../../spec/bytes.ts';
import { messageOf } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';

const settings = {
  maxHeaderSize: 32 * 1024,
  /** Longer than clients keep a connection that they do not use. */
  keepAliveTimeout: 120_000,
  headersTimeout: 60_000,
  /** An upload takes as long as it takes, while anything comes. */
  requestTimeout: 0,
};
const silenceMs = 5 * 60_000;
const mostConnections = 4096;

/** Not listening yet. */
export function createDoor(
  handle: (request: RegistryRequest) => Promise<RegistryReply>,
  logger: Logger,
  tls: ServerOptions | undefined,
): Server {
  const server =
    tls === undefined
      ? process.getBuiltinModule('node:http').createServer(settings)
      : process.getBuiltinModule('node:https').createServer({ ...settings, ...tls });
  server.timeout = silenceMs;
  server.maxConnections = mostConnections;
  const serve = (request: IncomingMessage, response: ServerResponse, waits: boolean): void => {
    answer(handle, request, response, waits).catch((error: unknown) => {
      // The body of a reply failed, or nobody is there to get it: what was begun must not be taken for whole.
      logger.debug('a connection was cut', { url: request.url, error: messageOf(error) });
      request.socket.destroy();
    });
  };
  server.on('request', (request, response) => serve(request, response, false));
  server.on('checkContinue', (request, response: ServerResponse) => serve(request, response, true));
  return server;
}

/** @param waits the client sends its body only when it is told to */
async function answer(
  handle: (request: RegistryRequest) => Promise<RegistryReply>,
  request: IncomingMessage,
  response: ServerResponse,
  waits: boolean,
): Promise<void> {
  const { status, headers, body } = await handle(requestOf(request, response, waits));
  const reply = { kind: 'stream', status, type: undefined, headers, body: body ?? streamOf() } as const;
  await writeReply(request, response, reply, {});
}

function requestOf(request: IncomingMessage, response: ServerResponse, waits: boolean): RegistryRequest {
  const body = bodyOf(request);
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    bodyLength: declaredLength(request),
    body: {
      [Symbol.asyncIterator]: () => {
        if (waits) response.writeContinue();
        return body[Symbol.asyncIterator]();
      },
    },
    client: request.socket.remoteAddress ?? '',
    signal: untilGone(response),
  };
}

/** Aborted when the connection ends before the reply does. */
function untilGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client went away'));
  });
  return gone.signal;
}
