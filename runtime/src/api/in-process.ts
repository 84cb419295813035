// The API without HTTP: the same routes for whoever is in the same process, or sends messages to it, as in a browser.

import type { AttachSession } from '../spec/engine/containers.ts';
import type { Engine } from '../spec/engine/system.ts';
import { EngineError } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import type { Bytes, Call, Headers, Reply, Tunnels } from './call.ts';
import { findRoute, logFailure, queryOf, usualHeaders } from './common.ts';
import { errorReply } from './error-reply.ts';
import { Query } from './query.ts';
import { bodyOfReply } from './reply-body.ts';
import type { Match, Router } from './router.ts';

export interface InProcessOptions {
  /** One that is still being made: requests wait for it, but those of routes that do without. */
  readonly engine: Engine | Promise<Engine>;
  readonly router: Router;
  readonly logger: Logger;
  /** Own version, for the Server header. */
  readonly version: string;
}

export interface InProcessRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Headers;
  /** Undefined where it is not known. */
  readonly bodyLength: number | undefined;
  /** On routes that are taken over, what comes here is input of the session: such requests have their options in the URL only, or in `options`. */
  readonly body: Bytes;
  /** Aborted when who asked has gone. */
  readonly signal: AbortSignal;
}

export interface InProcessAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** When it throws, it is not whole. */
  readonly body: Bytes;
  /** The connection is one to a process: who asked sends its input to this, and closes it. `body` is its output. */
  readonly session?: AttachSession;
}

const noBody: Bytes = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) };
const never = new AbortController().signal;

/** What others take a connection for: here there is none. */
const tunnels: Tunnels = {
  grpc: () => Promise.reject(noTunnel()),
  session: () => Promise.reject(noTunnel()),
  build: () => {
    throw noTunnel();
  },
};

function noTunnel(): EngineError {
  return new EngineError('notImplemented', "BuildKit's protocol needs an engine that is reached by HTTP");
}

/** Never rejects: what fails is an answer with the status of its kind. */
export function inProcessApi(options: InProcessOptions): (request: InProcessRequest) => Promise<InProcessAnswer> {
  const usual = usualHeaders(options.version);
  return async (request) => {
    try {
      const found = findRoute(options.router, request.method, request.url);
      return answer(await found.route.handle(await callOf(options, request, found)), usual);
    } catch (error) {
      logFailure(options.logger, request, error);
      return answer(errorReply(error), usual);
    }
  };
}

async function callOf(
  options: InProcessOptions,
  { method, url, headers, bodyLength, body, signal }: InProcessRequest,
  { route, version, params }: Match,
): Promise<Call> {
  const engine = route.isSign === true ? undefined : await options.engine;
  return {
    get engine() {
      if (engine === undefined) throw new EngineError('system', `${route.pattern} does without the engine`);
      return engine;
    },
    method,
    version,
    query: new Query(queryOf(url)),
    header: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
    param: (name) => (params.get(name) ?? '').replace(/^\//, ''),
    bodyLength,
    body,
    signal: route.cancels ? signal : never,
    outputFd: () => undefined,
    tunnels,
  };
}

function answer(reply: Reply, usual: Headers): InProcessAnswer {
  if (reply.kind === 'tunnel') throw noTunnel();
  if (reply.kind === 'session') {
    const { session, type } = reply;
    return { status: 101, headers: { ...usual, 'Content-Type': type }, body: session.output, session };
  }
  const headers = { ...usual, ...reply.headers };
  if (reply.kind === 'stream') {
    const typed = reply.type === undefined ? headers : { ...headers, 'Content-Type': reply.type };
    return { status: reply.status, headers: typed, body: reply.body };
  }
  const body = bodyOfReply(reply);
  if (body === undefined) return { status: reply.status, headers, body: noBody };
  return { status: reply.status, headers: { ...headers, 'Content-Type': body.type }, body: one(body.bytes) };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
