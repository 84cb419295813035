// The HTTP server: reads a request, finds its route, writes the reply. One table serves both of Node's events: `upgrade`
// gets only what may be taken over, everything else is answered normally, an `Upgrade` header or not.
// node:http is taken by `getBuiltinModule`: an import of the module's names loads its lazy parts, for 35 ms of start.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ServerOptions as TlsOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Engine } from '../spec/engine/system.ts';
import { EngineError, messageOf } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import { bodyOf, bodyOfUpgrade, clientStays, declaredLength } from './body.ts';
import type { Call, Reply, Tunnels } from './call.ts';
import { findAmong, findRoute, logFailure, queryOf, usualHeaders } from './common.ts';
import { writeRawReply, writeReply } from './write-reply.ts';
import { errorReply } from './error-reply.ts';
import { outputFdOf, runSession } from './hijack.ts';
import { openTunnel, takePriorKnowledge } from './tunnel.ts';
import { Query } from './query.ts';
import { Router, type Match, type Route } from './router.ts';
import { pingRoutes } from './routes/ping.ts';

export interface ApiOptions {
  /** One that is still being made: requests wait for it, but those of routes that do without. */
  readonly engine: Engine | Promise<Engine>;
  /** One that is still being loaded: requests wait for it, but those of `pingRoutes`. */
  readonly router: Router | Promise<Router>;
  readonly logger: Logger;
  /** Own version, for the Server header. */
  readonly version: string;
  readonly tunnels: Tunnels;
  /** Serve TLS. */
  readonly tls?: TlsOptions;
  /** Looks at a request's head before anything else; throws to refuse it. */
  readonly guard?: (headers: IncomingMessage['headers']) => void;
}

export interface ApiServer {
  /** Not listening yet; `listen` is the caller's. */
  readonly server: Server;
  /** Requests being served and connections taken over. */
  readonly active: number;
  /** When the last one began or ended, ms since the epoch. */
  readonly lastActiveMs: number;
}

const maxHeaderSize = 1024 * 1024;

interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: Uint8Array;
}

/** How a connection is taken over for whom asks for a protocol; Docker's own clients name `tcp`, or nothing that counts. */
function hijackFor(protocol: string | undefined): NonNullable<Route['hijack']> {
  return protocol === 'websocket' || protocol === 'h2c' ? protocol : 'stream';
}

/** Makes the server of the Docker Engine API over `engine`. */
export function createApiServer(options: ApiOptions): ApiServer {
  const api = new Api(options);
  const settings = {
    maxHeaderSize,
    // Clients keep connections in pools and are surprised by one that closes under them; uploads may take hours.
    keepAliveTimeout: 0,
    requestTimeout: 0,
    shouldUpgradeCallback: (request: IncomingMessage) => api.mayUpgrade(request),
  };
  const http = process.getBuiltinModule('node:http');
  const server =
    options.tls === undefined
      ? http.createServer(settings)
      : // Unlike plain HTTP, TLS answers a client's half-close by closing: the output of `run` would be lost.
        process.getBuiltinModule('node:https').createServer({ ...settings, allowHalfOpen: true, ...options.tls });
  server.on('request', (request, response) => api.serve(request, response));
  server.on('checkContinue', (request, response: ServerResponse) => {
    response.writeContinue();
    api.serve(request, response);
  });
  server.on('upgrade', (request, socket, head) => api.serveUpgrade(request, socket, head));
  server.on('clientError', (error: ClientError, socket) => api.clientError(error, socket));
  api.server = server;
  return api as ApiServer;
}

class Api {
  server: Server | undefined;
  active = 0;
  lastActiveMs = Date.now();
  readonly #options: ApiOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signs = new Router(pingRoutes);
  #router: Router | undefined;
  /** Sockets in the middle of a take-over whose first bytes the HTTP parser may have swallowed. */
  readonly #taken = new WeakMap<Duplex, { readonly request: IncomingMessage; readonly rest: Uint8Array[] }>();

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#headers = usualHeaders(options.version);
    if (options.router instanceof Router) this.#router = options.router;
    else options.router.then((router) => (this.#router = router)).catch(() => undefined); // whoever asks hears of it
  }

  mayUpgrade(request: IncomingMessage): boolean {
    try {
      const found = this.#find(request);
      // What cannot be told yet is told where it is served: a reply may be written there, too.
      return found === undefined || found.route.hijack === hijackFor(request.headers.upgrade?.toLowerCase());
    } catch {
      return false; // the ordinary handler meets the same error and answers it
    }
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#begin();
    const end = () => this.#end();
    this.#serve(request, response).then(end, (error: unknown) => {
      this.#log(request, error);
      socket.destroy();
      end();
    });
  }

  serveUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    this.#begin();
    this.#serveUpgrade(request, socket, head)
      .catch((error: unknown) => {
        this.#log(request, error);
        socket.destroy();
      })
      .finally(() => this.#end());
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      // At once: the parser may go on to what is behind the request before anything else happens here.
      const now = this.#find(request);
      const mayTake = now === undefined || now.route.hijack === 'stream';
      if (mayTake) this.#taken.set(request.socket, { request, rest: [] });
      const found = now ?? (await this.#findLater(request));
      const signal = found.route.cancels ? untilClosed(response) : clientStays;
      const call = await this.#call(request, found, bodyOf(request), signal, request.socket);
      const reply = await found.route.handle(call);
      if (reply.kind === 'session') return await this.#takeOver(request, response, reply);
      if (reply.kind === 'tunnel')
        throw new EngineError('invalidParameter', 'send Connection: Upgrade with Upgrade: h2c');
      this.#taken.delete(request.socket);
      await writeReply(request, response, reply, this.#headers);
    } catch (error) {
      await this.#fail(request, response, error);
    }
  }

  async #serveUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    let isTaken = false;
    const gone = new AbortController();
    socket.on('error', () => gone.abort());
    socket.once('close', () => gone.abort(new EngineError('cancelled', 'the client went away')));
    try {
      const found = this.#find(request) ?? (await this.#findLater(request));
      const webSocket = found.route.hijack === 'websocket' ? await import('./websocket.ts') : undefined;
      webSocket?.acceptKey(request);
      const body = await bodyOfUpgrade(request, socket, head);
      const signal = found.route.cancels ? gone.signal : clientStays;
      const call = await this.#call(request, found, body.bytes, signal, socket);
      const reply = await found.route.handle(call);
      if (reply.kind === 'tunnel') {
        isTaken = true;
        return await openTunnel(socket, body.rest, reply, this.#headers);
      }
      if (reply.kind !== 'session') return await writeRawReply(socket, reply, this.#headers);
      isTaken = true;
      if (webSocket !== undefined) {
        return await webSocket.acceptWebSocket(request, socket, body.rest, reply, this.#headers);
      }
      await runSession(socket, body.rest, reply, {
        ...this.#headers,
        'Content-Type': reply.type,
        Connection: 'Upgrade',
        Upgrade: request.headers.upgrade ?? 'tcp',
      });
    } catch (error) {
      if (isTaken) throw error;
      this.#log(request, error);
      await writeRawReply(socket, errorReply(error), this.#headers);
    }
  }

  clientError(error: ClientError, socket: Duplex): void {
    if (error.code === 'HPE_PAUSED_H2_UPGRADE') return this.#priorKnowledge(socket, error.rawPacket);
    const taken = this.#taken.get(socket);
    if (taken !== undefined) {
      // The client sent stdin right behind the request and the parser took it for the next request.
      if (error.rawPacket !== undefined) taken.rest.push(afterRequest(taken.request, error.rawPacket));
      return;
    }
    if (!socket.writable) return;
    const reply: Reply = { kind: 'json', status: 400, value: { message: `malformed HTTP request: ${error.message}` } };
    void writeRawReply(socket, reply, this.#headers);
  }

  /** HTTP/2 from the first byte on, without asking: gRPC, as newer clients send it to the engine's socket. */
  #priorKnowledge(socket: Duplex, packet: Uint8Array | undefined): void {
    this.#begin();
    takePriorKnowledge(socket, packet, this.#options)
      .catch((error: unknown) => {
        this.#options.logger.debug('an HTTP/2 connection failed', { error: messageOf(error) });
        socket.destroy();
      })
      .finally(() => this.#end());
  }

  /** A session on an ordinary request: the client sent no `Upgrade`, and gets a bare 200 on the same connection. */
  async #takeOver(
    request: IncomingMessage,
    response: ServerResponse,
    reply: Extract<Reply, { kind: 'session' }>,
  ): Promise<void> {
    const { socket } = request;
    const headers = { ...this.#headers, 'Content-Type': 'application/vnd.docker.raw-stream' };
    const input = request.headers['transfer-encoding'] === undefined ? undefined : request;
    const rest = this.#taken.get(socket)?.rest ?? [];
    if (input === undefined) {
      response.detachSocket(socket);
      for (const event of ['data', 'end', 'drain', 'timeout']) socket.removeAllListeners(event);
      socket.setTimeout(0);
    }
    socket.on('error', () => socket.destroy());
    await runSession(socket, rest, reply, headers, input);
  }

  /** @returns undefined while that cannot be told @throws EngineError when it is refused, or for nothing that is here */
  #find(request: IncomingMessage): Match | undefined {
    this.#options.guard?.(request.headers);
    const { method = 'GET', url = '/' } = request;
    return this.#router === undefined ? findAmong(this.#signs, method, url) : findRoute(this.#router, method, url);
  }

  async #findLater({ method = 'GET', url = '/' }: IncomingMessage): Promise<Match> {
    return findRoute(await this.#options.router, method, url);
  }

  async #call(
    request: IncomingMessage,
    { route, version, params }: Match,
    body: Call['body'],
    signal: AbortSignal,
    socket: Duplex,
  ): Promise<Call> {
    const engine = route.isSign === true ? undefined : await this.#options.engine;
    return {
      get engine() {
        if (engine === undefined) throw new EngineError('system', `${route.pattern} does without the engine`);
        return engine;
      },
      method: request.method ?? 'GET',
      version,
      query: new Query(queryOf(request.url ?? '/')),
      header: (name) => {
        const value = request.headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      },
      // Names are shown with a slash in front, and clients hand them back so.
      param: (name) => (params.get(name) ?? '').replace(/^\//, ''),
      bodyLength: declaredLength(request),
      body,
      signal,
      outputFd: () => outputFdOf(socket),
      tunnels: this.#options.tunnels,
    };
  }

  async #fail(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
    this.#log(request, error);
    this.#taken.delete(request.socket);
    if (response.headersSent || response.socket === null || response.destroyed) response.socket?.destroy();
    else await writeReply(request, response, errorReply(error), this.#headers);
  }

  #log(request: IncomingMessage, error: unknown): void {
    logFailure(this.#options.logger, request, error);
  }

  #begin(): void {
    this.active += 1;
    this.lastActiveMs = Date.now();
  }

  #end(): void {
    this.active -= 1;
    this.lastActiveMs = Date.now();
  }
}

/** Aborted when the connection ends before the reply does. */
function untilClosed(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new EngineError('cancelled', 'the client went away'));
  });
  return gone.signal;
}

/** The part of a packet behind `request`, when the packet began with it; all of it otherwise. */
function afterRequest(request: IncomingMessage, packet: Uint8Array): Uint8Array {
  const text = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
  if (!text.toString('latin1').startsWith(`${request.method} ${request.url} `)) return packet;
  return packet.subarray(text.indexOf('\r\n\r\n') + 4 + (declaredLength(request) ?? 0));
}
