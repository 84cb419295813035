// Requests to one endpoint about one repository: authorization on demand, redirects that lose it on the way to another
// host.

import type { Bytes, HttpResponse } from '../host/host.ts';
import { EngineError, isKind, messageOf } from '../spec/errors.ts';
import { Authenticator, type Credentials } from './auth.ts';
import type { Endpoint } from './endpoints.ts';
import { refusal } from './errors.ts';
import type { RegistryTransport } from './transport.ts';

const maximumRedirects = 10;

export interface Call {
  /** Below the endpoint's base: `/v2/…`; or an address that the registry has named. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Code for a 404 that says nothing: MANIFEST_UNKNOWN, BLOB_UNKNOWN. */
  readonly missing?: string;
  readonly signal?: AbortSignal;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Request extends Call {
  readonly method: Method;
  /** Opened anew for each try. */
  readonly body?: () => Uint8Array | Bytes;
  readonly accepted: readonly number[];
}

export class Connection {
  readonly endpoint: Endpoint;
  readonly #transport: RegistryTransport;
  readonly #scope: string;
  readonly #authenticator: Authenticator;

  constructor(transport: RegistryTransport, endpoint: Endpoint, scope: string, credentials: Credentials | undefined) {
    this.endpoint = endpoint;
    this.#transport = transport;
    this.#scope = scope;
    this.#authenticator = new Authenticator(transport, endpoint, credentials);
  }

  get #host(): string {
    return new URL(this.endpoint.base).host;
  }

  /**
   * A GET whose answer is 200 or 206.
   * @throws RegistryError for any other; EngineError unavailable when nobody answers
   */
  get(call: Call): Promise<HttpResponse> {
    return this.send({ ...call, method: 'GET', accepted: [200, 206] });
  }

  /**
   * A request of any kind; its answer is one of `accepted`. Only GET and HEAD follow redirects.
   * @throws RegistryError for any other answer; EngineError unavailable when nobody answers
   */
  async send(call: Request): Promise<HttpResponse> {
    for (let attempt = 0; ; attempt++) {
      const response = await this.#follow(call);
      if (call.accepted.includes(response.status)) return response;
      const challenge = response.headers['www-authenticate'];
      if (response.status === 401 && attempt === 0 && challenge !== undefined) {
        const error = await refusal(response, this.#host, '', this.#transport.clock.now());
        if (await this.#authenticator.answer(challenge, this.#scope, call.signal)) continue;
        throw error;
      }
      throw await refusal(response, this.#host, call.missing ?? '', this.#transport.clock.now());
    }
  }

  async #follow(call: Request): Promise<HttpResponse> {
    const origin = new URL(this.endpoint.base);
    let url = new URL(call.path.startsWith('/') ? this.endpoint.base + call.path : call.path);
    for (let hops = 0; hops <= maximumRedirects; hops++) {
      const isHome = url.host === origin.host && url.protocol === origin.protocol;
      const response = await this.#send(url, call, isHome);
      const location = response.headers['location'];
      const isRedirect = reads(call.method) && [301, 302, 303, 307, 308].includes(response.status);
      if (!isRedirect || location === undefined) return response;
      await discard(response);
      const next = new URL(location, url);
      checkStep(url, next);
      url = next;
    }
    throw new EngineError('system', `stopped after ${maximumRedirects} redirects`);
  }

  async #send(url: URL, call: Request, isHome: boolean): Promise<HttpResponse> {
    const authorization = isHome ? this.#authenticator.authorization : undefined;
    const tls = await this.#transport.certificates.for(url, new URL(this.endpoint.base));
    try {
      return await this.#transport.http.request({
        method: call.method,
        url: url.href,
        headers: {
          'accept-encoding': 'identity',
          ...call.headers,
          ...(authorization === undefined ? {} : { authorization }),
        },
        insecureTls: isHome && this.endpoint.insecureTls,
        ...(tls === undefined ? {} : { tls }),
        ...(call.body === undefined ? {} : { body: call.body() }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
    } catch (error) {
      if (!isKind(error, 'unavailable')) throw error;
      const why = messageOf(error);
      const advice = why.startsWith('tls: failed to verify')
        ? `; if its authority is yours, put the authority's certificate into certs.d/${url.host}/ca.crt`
        : '';
      const message = `${verbOf(call.method)} "${url.origin}${url.pathname}": ${why}${advice}`;
      throw new EngineError('unavailable', message, { cause: error });
    }
  }
}

function reads(method: Method): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** As Go writes them in its errors. */
function verbOf(method: Method): string {
  return method.charAt(0) + method.slice(1).toLowerCase();
}

/** @throws EngineError system for a way out of TLS, or to what is no web address */
export function checkStep(from: URL, to: URL): void {
  if (to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:')) return;
  throw new EngineError('system', `registry redirects to ${to.protocol}//${to.host}, which is not followed`);
}

/** Lets go of an answer that nobody reads. */
export async function discard(response: HttpResponse): Promise<void> {
  // Leaving the loop closes the connection when more follows than fits one chunk.
  for await (const _ of response.body) break;
}
