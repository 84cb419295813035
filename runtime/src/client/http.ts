// HTTP to an engine, however it is reached: JSON in and out, streams, and connections that are taken over (attach, exec). Knows nothing
// of containers. Works against any engine that speaks the Docker Engine API.

import { ApiError, isApiError } from './errors.ts';
import { compareVersions, queryString } from './query.ts';
import type { Query } from './query.ts';
import type { Answer, Session, Transport, TransportRequest } from './transport.ts';

/** The newest API version whose shapes this client knows. */
export const clientApiVersion = '1.51';

export interface Call {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in chunks. */
  readonly stream?: AsyncIterable<Uint8Array>;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** A connection taken over from HTTP. Ending `socket` closes the engine's stdin only; output goes on. */
export interface Hijacked {
  readonly socket: Session;
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

export class Http implements Disposable {
  readonly #transport: Transport;
  readonly #patience: Patience | undefined;
  readonly #assumesNewest: boolean;
  #version: string | undefined;
  #negotiation: Promise<PingResult> | undefined;

  constructor(transport: Transport, { apiVersion, assumesNewest = false, patience }: HttpOptions = {}) {
    this.#transport = transport;
    this.#version = apiVersion;
    this.#patience = patience;
    this.#assumesNewest = assumesNewest;
  }

  get endpoint(): Transport['endpoint'] {
    return this.#transport.endpoint;
  }

  /** The version in use, once a call has been made or `ping` has answered. */
  get version(): string {
    return this.#version ?? clientApiVersion;
  }

  /** Drops idle connections. Running calls go on. */
  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
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
  async response(method: string, path: string, call: Call = {}): Promise<Answer> {
    return await this.#patiently(call, (watched) => this.#response(method, path, watched));
  }

  async #response(method: string, path: string, call: Call): Promise<Answer> {
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
  async #tryNewest(method: string, path: string, call: Call): Promise<Answer | undefined> {
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
    const request = requestOf('POST', await this.#versioned(path, call.signal), call);
    const taken = await this.#transport.upgrade(request);
    if (!('session' in taken)) throw await apiError(taken);
    return { socket: taken.session, mediaType: header(taken, 'content-type') };
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

  async #send(method: string, path: string, call: Call): Promise<Answer> {
    return await this.#transport.send(requestOf(method, path, call));
  }
}

function requestOf(method: string, path: string, call: Call): TransportRequest {
  const { body, stream } = call;
  const payload = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body));
  const headers: Record<string, string | number> = { 'User-Agent': 'Coracle-Client', ...call.headers };
  if (payload !== undefined) {
    headers['Content-Type'] = 'application/json';
    headers['Content-Length'] = payload.length;
  } else if (stream !== undefined) {
    headers['Content-Type'] = call.contentType ?? 'application/x-tar';
    headers['Transfer-Encoding'] = 'chunked';
  } else if (method === 'POST') headers['Content-Length'] = 0;
  return { method, path: `${path}${queryString(call.query)}`, headers, body: payload ?? stream, signal: call.signal };
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

function header(response: Pick<Answer, 'headers'>, name: string): string {
  const value = response.headers[name];
  return typeof value === 'string' ? value : '';
}

/** @throws RangeError when it is longer */
export async function bodyText(body: AsyncIterable<Uint8Array>, longest = longestAnswer): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > longest) throw new RangeError('the engine sent an answer that is too long');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The engine's sentence out of `{"message": …}` (or Podman's plain text). */
async function apiError(response: Answer): Promise<ApiError> {
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
