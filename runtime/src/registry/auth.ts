// Proving who we are: the registry's challenge, a token from its realm (anonymous, basic, identity token), and the rules
// about where credentials may go. Tokens live as long as one `Authenticator`, which serves one repository.

import type { AuthConfig } from '../spec/api/images.ts';
import { EngineError, messageOf } from '../spec/errors.ts';
import { parseJsonObject } from '../spec/manifest.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type Endpoint, mayReceiveCredentials } from './endpoints.ts';
import { readCapped, refusal } from './errors.ts';
import type { RegistryTransport } from './transport.ts';

const maximumToken = 1024 * 1024;
const clientId = 'coracle';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly identityToken: string;
  readonly registryToken: string;
}

export function credentialsOf(auth: AuthConfig | undefined): Credentials | undefined {
  const credentials = {
    username: auth?.username ?? '',
    password: auth?.password ?? '',
    identityToken: auth?.identitytoken ?? '',
    registryToken: auth?.registrytoken ?? '',
  };
  const isEmpty = Object.values(credentials).every((value) => value === '');
  return isEmpty ? undefined : credentials;
}

export class Authenticator {
  readonly #transport: RegistryTransport;
  readonly #endpoint: Endpoint;
  readonly #credentials: Credentials | undefined;
  #authorization: string | undefined;

  constructor(transport: RegistryTransport, endpoint: Endpoint, credentials: Credentials | undefined) {
    this.#transport = transport;
    this.#endpoint = endpoint;
    this.#credentials = endpoint.isMirror ? undefined : credentials;
    const token = this.#credentials?.registryToken ?? '';
    if (token !== '') this.#authorization = `Bearer ${token}`;
  }

  /** The value of `Authorization`, once a challenge was answered. */
  get authorization(): string | undefined {
    return this.#authorization;
  }

  /**
   * Answers a 401.
   * @returns false when nothing is left to try
   * @throws EngineError when the token server refuses
   */
  async answer(header: string | undefined, scope: string, signal?: AbortSignal): Promise<boolean> {
    const challenges = parseChallenges(header ?? '');
    const bearer = challenges.find((challenge) => challenge.scheme === 'bearer');
    if (bearer !== undefined) {
      const token = await this.#token(bearer, scope, signal);
      this.#authorization = `Bearer ${token}`;
      return true;
    }
    if (!challenges.some((challenge) => challenge.scheme === 'basic')) return false;
    if ((this.#credentials?.username ?? '') === '') return false;
    this.#authorization = this.#basic();
    return true;
  }

  #basic(): string {
    const { username = '', password = '' } = this.#credentials ?? {};
    const bytes = new TextEncoder().encode(`${username}:${password}`);
    return `Basic ${btoa(String.fromCharCode(...bytes))}`;
  }

  async #token(challenge: Challenge, scope: string, signal: AbortSignal | undefined): Promise<string> {
    const realm = realmOf(challenge);
    const trusted = this.#credentials !== undefined && mayReceiveCredentials(this.#endpoint.base, realm.href);
    const service = challenge.parameters.get('service') ?? '';
    const identityToken = trusted ? (this.#credentials?.identityToken ?? '') : '';
    const { http, clock, certificates } = this.#transport;
    const tls = await certificates.for(realm, new URL(this.#endpoint.base));
    const common = {
      ...(tls === undefined ? {} : { tls }),
      insecureTls: this.#endpoint.insecureTls && realm.host === new URL(this.#endpoint.base).host,
      ...(signal === undefined ? {} : { signal }),
    };
    const response =
      identityToken === ''
        ? await http.request({ ...common, ...this.#getRequest(realm, service, scope, trusted) })
        : await http.request({ ...common, ...postRequest(realm, service, scope, identityToken) });
    if (response.status !== 200) throw await refusal(response, realm.host, '', clock.now());
    return tokenIn(await readCapped(response.body, maximumToken));
  }

  #getRequest(
    realm: URL,
    service: string,
    scope: string,
    trusted: boolean,
  ): { method: string; url: string; headers: Record<string, string> } {
    const url = new URL(realm);
    if (service !== '') url.searchParams.set('service', service);
    for (const one of scope.split(' ')) if (one !== '') url.searchParams.append('scope', one);
    const username = trusted ? (this.#credentials?.username ?? '') : '';
    if (username !== '') url.searchParams.set('account', username);
    return { method: 'GET', url: url.href, headers: username === '' ? {} : { authorization: this.#basic() } };
  }
}

function postRequest(
  realm: URL,
  service: string,
  scope: string,
  refreshToken: string,
): { method: string; url: string; headers: Record<string, string>; body: Uint8Array } {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service,
    client_id: clientId,
    scope,
    refresh_token: refreshToken,
  });
  return {
    method: 'POST',
    url: realm.href,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new TextEncoder().encode(form.toString()),
  };
}

function realmOf(challenge: Challenge): URL {
  const text = challenge.parameters.get('realm') ?? '';
  try {
    const realm = new URL(text);
    if (realm.protocol === 'https:' || realm.protocol === 'http:') return realm;
  } catch (error) {
    throw new EngineError('system', `registry named no usable token server: ${messageOf(error)}`, { cause: error });
  }
  throw new EngineError('system', 'registry named no usable token server');
}

function tokenIn(body: Uint8Array): string {
  const answer = parseJsonObject(body, 'answer of the token server');
  for (const key of ['token', 'access_token']) {
    const token = answer[key];
    // A line break would end the header and begin one of the server's choosing.
    if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  }
  throw new EngineError('system', 'authorization server did not include a token in the response');
}
