// Lists of repositories where the registry has none, from the web interfaces of who runs it: Docker Hub's and GitHub's. Both are given
// the same credentials as the registry, and nobody else is.

import type { HttpTransport } from '../../../runtime/src/host/host.ts';
import { readCapped } from '../../../runtime/src/registry/errors.ts';
import type { AuthConfig } from '../../../runtime/src/spec/api/images.ts';
import { EngineError } from '../../../runtime/src/spec/errors.ts';
import { isObject } from '../../../runtime/src/spec/manifest.ts';
import type { NamesPage } from './contract.ts';

export interface WebLists {
  readonly http: HttpTransport;
  /** `https://hub.docker.com` */
  readonly hub: string;
  /** `https://api.github.com` */
  readonly github: string;
}

const perPage = 100;
const mostBytes = 8 * 1024 * 1024;

interface Asked {
  readonly url: string;
  readonly token?: string;
  readonly post?: object;
  readonly signal: AbortSignal;
}

/** Repositories of one user or organisation at Docker Hub. @param from `next` of the part before */
export async function hubRepositories(
  { http, hub }: WebLists,
  owner: string,
  from: string | undefined,
  { auth, signal }: { readonly auth: AuthConfig | undefined; readonly signal: AbortSignal },
): Promise<NamesPage> {
  const token = await hubToken({ http, hub }, auth, signal);
  const page = Number(from ?? 1);
  const url = `${hub}/v2/namespaces/${encodeURIComponent(owner)}/repositories?page_size=${perPage}&page=${page}`;
  const answer = await ask(http, { url, signal, ...(token === undefined ? {} : { token }) });
  if (!isObject(answer)) throw senseless(url);
  const found = namesIn(answer['results'], 'name').map((name) => `${owner}/${name}`);
  const isMore = typeof answer['next'] === 'string' && found.length > 0;
  return { names: found, ...(isMore ? { next: String(page + 1) } : {}) };
}

/** For private ones. @returns undefined for nobody */
async function hubToken(
  { http, hub }: Pick<WebLists, 'http' | 'hub'>,
  auth: AuthConfig | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [username, password] = [auth?.username ?? '', auth?.password ?? ''];
  if (username === '' || password === '') return undefined;
  const url = `${hub}/v2/auth/token`;
  const answer = await ask(http, { url, post: { identifier: username, secret: password }, signal });
  return isObject(answer) && typeof answer['access_token'] === 'string' ? answer['access_token'] : undefined;
}

/** Images of one user or organisation in GitHub's registry, which tells them to nobody without a log-in. */
export async function githubRepositories(
  { http, github }: WebLists,
  owner: string,
  from: string | undefined,
  { auth, signal }: { readonly auth: AuthConfig | undefined; readonly signal: AbortSignal },
): Promise<NamesPage> {
  const page = Number(from ?? 1);
  const call = (kind: string): Asked => ({
    url: `${github}/${kind}/${encodeURIComponent(owner)}/packages?package_type=container&per_page=${perPage}&page=${page}`,
    signal,
    ...((auth?.password ?? '') === '' ? {} : { token: auth?.password ?? '' }),
  });
  // Only GitHub knows which of both somebody is.
  const answer = await ask(http, call('users')).catch(async (error: unknown) => {
    if (error instanceof WebListError && error.status === 404) return await ask(http, call('orgs'));
    throw error;
  });
  const names = namesIn(answer, 'name').map((name) => `${owner.toLowerCase()}/${name}`);
  return { names, ...(names.length === perPage ? { next: String(page + 1) } : {}) };
}

/** A refusal. */
export class WebListError extends EngineError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(status === 401 || status === 403 ? 'unauthorized' : status === 404 ? 'notFound' : 'system', message);
    this.status = status;
  }
}

async function ask(http: HttpTransport, { url, token, post, signal }: Asked): Promise<unknown> {
  const response = await http.request({
    method: post === undefined ? 'GET' : 'POST',
    url,
    headers: {
      accept: 'application/json',
      'user-agent': 'coracle',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(post === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(post === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(post)) }),
    signal,
  });
  const bytes = await readCapped(response.body, mostBytes);
  const { host } = new URL(url);
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    if (response.status === 200) throw senseless(url, cause);
  }
  if (response.status === 200) return answer;
  const said = isObject(answer) && typeof answer['message'] === 'string' ? answer['message'].slice(0, 200) : '';
  throw new WebListError(response.status, `${host}: ${said === '' ? `HTTP status ${response.status}` : said}`);
}

function namesIn(list: unknown, key: string): string[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  return items.flatMap((item) => (isObject(item) && typeof item[key] === 'string' ? [item[key]] : []));
}

function senseless(url: string, cause?: unknown): EngineError {
  return new EngineError('system', `what ${new URL(url).host} answers is no list`, { cause });
}
