// HTTP to an engine's socket: JSON in and out, streams, and connections that are taken over (attach, exec). Knows nothing
// of containers. Works against any engine that speaks the Docker Engine API.

import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { Endpoint } from './endpoint.ts';
import { ApiError, ConnectionError, isApiError } from './errors.ts';
import { compareVersions, queryString } from './query.ts';
import type { Query } from './query.ts';

/** The newest API version whose shapes this client knows. */
export const clientApiVersion = '1.51';

export interface Call {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in chunks. */
  readonly stream?: Readable;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** A connection taken over from HTTP. Ending `socket` closes the engine's stdin only; output goes on. */
export interface Hijacked {
  readonly socket: Duplex;
  /** `application/vnd.docker.multiplexed-stream` or `…raw-stream`; old engines say raw in both cases. */
  readonly mediaType: string;
}

export interface PingResult {
  readonly apiVersion: string;
  readonly osType: string;
  readonly builderVersion: string;
}

/** How long somebody waits who may not wait for ever. */
export interface Patience {
  /** For an answer, before the engine is asked whether it is still there; and for its answer to that. */
  readonly ms: number;
  /** What is thrown when it is not. */
  readonly fault: (cause: unknown) => Error;
}

export interface HttpOptions {
  /** Fixes the API version instead of asking the engine for its own. */
  readonly apiVersion?: string | undefined;
  /** Makes the first call in the newest version that we know, which spares a question; an engine that is older says so, is asked, and
   * gets the call again. */
  readonly assumesNewest?: boolean;
  /** Without it calls wait for as long as the engine takes. */
  readonly patience?: Patience;
}

/** In bytes: one without an end would take all memory. */
const longestAnswer = 256 * 1024 * 1024;
const longestRefusal = 1024 * 1024;

// Not `import … from 'node:http'`: an ES import touches every export, the lazy ones too, and costs 35 ms at start.
const http = () => process.getBuiltinModule('node:http');
const https = () => process.getBuiltinModule('node:https');

export class Http implements Disposable {
  readonly endpoint: Endpoint;
  readonly #agent: Agent;
  readonly #patience: Patience | undefined;
  readonly #assumesNewest: boolean;
  #version: string | undefined;
  #negotiation: Promise<PingResult> | undefined;

  constructor(endpoint: Endpoint, { apiVersion, assumesNewest = false, patience }: HttpOptions = {}) {
    this.endpoint = endpoint;
    this.#version = apiVersion;
    this.#patience = patience;
    this.#assumesNewest = assumesNewest;
    const options = { keepAlive: true, maxSockets: Infinity };
    this.#agent =
      endpoint.kind === 'tcp' && endpoint.tls !== undefined
        ? new (https().Agent)(options)
        : new (http().Agent)(options);
  }

  /** The version in use, once a call has been made or `ping` has answered. */
  get version(): string {
    return this.#version ?? clientApiVersion;
  }

  /** Drops idle connections. Running calls go on. */
  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /**
   * Asks the engine what it is; the first answer settles the API version.
   * @throws ConnectionError when nobody answers
   */
  async ping(signal?: AbortSignal): Promise<PingResult> {
    let response = await this.#send('HEAD', '/_ping', { signal });
    response.resume();
    if (response.statusCode !== 200) {
      response = await this.#send('GET', '/_ping', { signal });
      if (response.statusCode !== 200) throw await apiError(response);
      response.resume();
    }
    const result = {
      apiVersion: header(response, 'api-version') || '1.24',
      osType: header(response, 'ostype'),
      builderVersion: header(response, 'builder-version'),
    };
    this.#settleVersion(result.apiVersion);
    return result;
  }

  /** JSON of the answer's body; undefined when it is empty. */
  async json<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const text = await this.text(method, path, call);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** The answer's body as text. */
  async text(method: string, path: string, call: Call = {}): Promise<string> {
    return await this.#patiently(call, async (watched) => await bodyText(await this.#response(method, path, watched)));
  }

  /**
   * The answer, body not yet read. 304 counts as success, as with moby's clients.
   * @throws ApiError for 4xx and 5xx, ConnectionError when the engine cannot be reached
   */
  async response(method: string, path: string, call: Call = {}): Promise<IncomingMessage> {
    return await this.#patiently(call, (watched) => this.#response(method, path, watched));
  }

  async #response(method: string, path: string, call: Call): Promise<IncomingMessage> {
    // What streams out cannot be sent twice.
    if (this.#assumesNewest && this.#version === undefined && call.stream === undefined) {
      const response = await this.#tryNewest(method, path, call);
      if (response !== undefined) return response;
    }
    const response = await this.#send(method, await this.#versioned(path, call.signal), call);
    if ((response.statusCode ?? 500) >= 400) throw await apiError(response);
    return response;
  }

  /** @returns undefined when the engine does not know the newest version */
  async #tryNewest(method: string, path: string, call: Call): Promise<IncomingMessage | undefined> {
    const target = path.startsWith('/coracle/') ? path : `/v${clientApiVersion}${path}`;
    const response = await this.#send(method, target, call);
    if ((response.statusCode ?? 500) < 400) {
      const told = header(response, 'api-version');
      if (told !== '') this.#settleVersion(told);
      return response;
    }
    const error = await apiError(response);
    if (error.status === 400 && error.message.includes('is too new')) return undefined;
    throw error;
  }

  #settleVersion(told: string): void {
    this.#version ??= compareVersions(told, clientApiVersion) < 0 ? told : clientApiVersion;
  }

  /**
   * Takes a connection over: POST with `Upgrade: tcp`.
   * @throws ApiError when the engine refuses
   */
  async hijack(path: string, call: Call = {}): Promise<Hijacked> {
    return await this.#patiently(call, (watched) => this.#hijack(path, watched));
  }

  async #hijack(path: string, call: Call): Promise<Hijacked> {
    const target = await this.#versioned(path, call.signal);
    const headers = { ...call.headers, Connection: 'Upgrade', Upgrade: 'tcp' };
    const { request, sent } = this.#request('POST', target, { ...call, headers });
    return await new Promise<Hijacked>((resolve, reject) => {
      request.on('error', (error) => reject(this.#failure(error)));
      request.on('upgrade', (response: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (head.length > 0) socket.unshift(head);
        resolve({ socket, mediaType: header(response, 'content-type') });
      });
      request.on('response', (response: IncomingMessage) => {
        void apiError(response).then(reject, reject);
      });
      sent();
    });
  }

  async #versioned(path: string, signal: AbortSignal | undefined): Promise<string> {
    if (path.startsWith('/coracle/')) return path;
    if (this.#version === undefined) {
      this.#negotiation ??= this.#ask().finally(() => (this.#negotiation = undefined));
      await unlessAborted(this.#negotiation, signal);
    }
    return `/v${this.version}${path}`;
  }

  /** A ping that takes no longer than we are patient. */
  async #ask(): Promise<PingResult> {
    if (this.#patience === undefined) return await this.ping();
    const { ms, fault } = this.#patience;
    const limit = AbortSignal.timeout(ms);
    try {
      return await this.ping(limit);
    } catch (error) {
      throw limit.aborted ? fault(error) : error;
    }
  }

  /**
   * Does what waits for an answer. Nobody knows how long a stop or a pull takes, but an engine that works on one answers a ping
   * meanwhile: where it does not, the call is over. What streams on after the answer is not watched.
   */
  async #patiently<T>(call: Call, work: (watched: Call) => Promise<T>): Promise<T> {
    if (this.#patience === undefined) return await work(call);
    const silence = new AbortController();
    const ask = async () => {
      await this.#ask().catch((error: unknown) => {
        // One that answers at all is there.
        if (!isOver && !isApiError(error)) silence.abort(error);
      });
    };
    let isOver = false;
    const timer = setInterval(() => void ask(), this.#patience.ms);
    const signal = call.signal === undefined ? silence.signal : AbortSignal.any([call.signal, silence.signal]);
    try {
      return await work({ ...call, signal });
    } catch (error) {
      throw silence.signal.aborted && call.signal?.aborted !== true ? silence.signal.reason : error;
    } finally {
      isOver = true;
      clearInterval(timer);
    }
  }

  async #send(method: string, path: string, call: Call): Promise<IncomingMessage> {
    const { request, sent } = this.#request(method, path, call);
    return await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('error', (error) => reject(this.#failure(error)));
      request.on('response', resolve);
      sent();
    });
  }

  #request(method: string, path: string, call: Call): { request: ClientRequest; sent: () => void } {
    const { body, stream } = call;
    const payload = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body));
    const headers: Record<string, string | number> = { 'User-Agent': 'Coracle-Client', ...call.headers };
    // moby answers any Host on a socket; a fixed one keeps the path out of logs.
    if (this.endpoint.kind === 'socket') headers['Host'] = 'localhost';
    if (payload !== undefined) {
      headers['Content-Type'] = 'application/json';
      headers['Content-Length'] = payload.length;
    } else if (stream !== undefined) {
      headers['Content-Type'] = call.contentType ?? 'application/x-tar';
      headers['Transfer-Encoding'] = 'chunked';
    } else if (method === 'POST') headers['Content-Length'] = 0;
    const options: RequestOptions = { method, path: `${path}${queryString(call.query)}`, headers, agent: this.#agent };
    if (call.signal !== undefined) options.signal = call.signal;
    const request = this.#open(options);
    const sent = () => {
      if (stream === undefined) request.end(payload);
      else {
        stream.on('error', (error) => request.destroy(error));
        stream.pipe(request);
      }
    };
    return { request, sent };
  }

  #open(options: RequestOptions): ClientRequest {
    const { endpoint } = this;
    if (endpoint.kind === 'socket') {
      // A name for TLS would be worked out of the host otherwise, by a regular expression that takes 8 ms to compile.
      const socket = { socketPath: endpoint.path, servername: '' };
      return http().request({ ...options, ...socket });
    }
    const address = { ...options, host: endpoint.host, port: endpoint.port };
    if (endpoint.tls === undefined) return http().request(address);
    const { ca, cert, key, verify } = endpoint.tls;
    return https().request({
      ...address,
      rejectUnauthorized: verify,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  }

  /** System errors of the connection become a ConnectionError in moby's words; aborts and faults of a body stay. */
  #failure(error: NodeJS.ErrnoException): Error {
    const code = error.code;
    const { text } = this.endpoint;
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK') {
      const message = `Cannot connect to the Docker daemon at ${text}. Is the docker daemon running?`;
      return new ConnectionError(message, code, { cause: error });
    }
    if (code === 'EACCES' || code === 'EPERM') {
      const message = `permission denied while trying to connect to the Docker daemon socket at ${text}`;
      return new ConnectionError(message, code, { cause: error });
    }
    if (code === undefined || error.name === 'AbortError' || error.syscall === undefined) {
      if (code !== 'ECONNRESET') return error;
    }
    return new ConnectionError(`error during connect: ${text}: ${error.message}`, code, { cause: error });
  }
}

/** The work's result. @throws the signal's reason as soon as it is aborted; the work goes on for others */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}

function header(response: IncomingMessage, name: string): string {
  const value = response.headers[name];
  return typeof value === 'string' ? value : '';
}

/** @throws RangeError when it is longer */
async function bodyText(response: IncomingMessage, longest = longestAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longest) throw new RangeError('the engine sent an answer that is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The engine's sentence out of `{"message": …}` (or Podman's plain text). */
async function apiError(response: IncomingMessage): Promise<ApiError> {
  const status = response.statusCode ?? 500;
  const text = (await bodyText(response, longestRefusal)).trim();
  let message = text;
  try {
    const parsed = JSON.parse(text) as { message?: unknown; cause?: unknown } | null;
    if (typeof parsed?.message === 'string') message = parsed.message;
  } catch {
    // Not JSON: the text itself is the message.
  }
  return new ApiError(status, message.trim() || `${status} ${response.statusMessage ?? ''}`.trim());
}
