// Searching a registry: by the API of registries of version 1, which Docker Hub and a few others still answer; elsewhere among the names that a
// registry lists.

import type { AuthConfig } from '../spec/api/images.ts';
import { EngineError, isKind, messageOf } from '../spec/errors.ts';
import { isObject, maximumManifestSize, parseJsonObject } from '../spec/manifest.ts';
import { credentialsOf } from './auth.ts';
import { Connection } from './connection.ts';
import { type Endpoint, type RegistryConfig, endpointsOf } from './endpoints.ts';
import { RegistryError, isUnknownQuestion, readCapped } from './errors.ts';
import { type Listing, listRepositories } from './lists.ts';
import { type Patience, patiently } from './patience.ts';
import type { RegistryTransport } from './transport.ts';

/** A repository that was found. */
export interface Found {
  /** As the registry says it; without the registry's own name. */
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly isOfficial: boolean;
}

export interface Search {
  /** As images name it: `docker.io`, `localhost:5000`. */
  readonly domain: string;
  /** What to look for; empty: everything, where that is listed. */
  readonly term: string;
  /** At most so many. */
  readonly limit: number;
  readonly auth: AuthConfig | undefined;
}

const tries = 3;
const longest = 1024;

/** @throws EngineError in the registry's words, or saying that it offers no search */
export async function searchRegistry(
  transport: RegistryTransport,
  config: RegistryConfig,
  search: Search,
  patience: Patience,
): Promise<readonly Found[]> {
  const endpoints = searchEndpoints(search.domain, config);
  for (const [index, endpoint] of endpoints.entries()) {
    try {
      return await searchAt(transport, endpoint, search, patience);
    } catch (error) {
      patience.signal?.throwIfAborted();
      if (index < endpoints.length - 1 && isKind(error, 'unavailable')) continue;
      // 503 would say that we ourselves are not there.
      if (isKind(error, 'unavailable')) throw new EngineError('system', error.message, { cause: error });
      throw error;
    }
  }
  throw new EngineError('system', `no endpoint for registry ${search.domain}`);
}

/** Docker Hub has its search on another host than its images. */
function searchEndpoints(domain: string, config: RegistryConfig): readonly Endpoint[] {
  if (domain === 'docker.io') return [{ base: 'https://index.docker.io', insecureTls: false, isMirror: false }];
  return endpointsOf(domain, config).filter(({ isMirror }) => !isMirror);
}

async function searchAt(
  transport: RegistryTransport,
  endpoint: Endpoint,
  { domain, term, limit, auth }: Search,
  patience: Patience,
): Promise<readonly Found[]> {
  const { signal } = patience;
  const cancel = signal === undefined ? {} : { signal };
  const connection = new Connection(transport, endpoint, 'registry:catalog:*', credentialsOf(auth));
  const get: Listing['get'] = (path, missing, headers = {}) =>
    patiently(transport.clock, tries, patience, () => connection.get({ path, missing, headers, ...cancel }));
  const query = new URLSearchParams({ q: term, n: String(limit) });
  let answer;
  try {
    const response = await get(`/v1/search?${query.toString()}`, 'UNSUPPORTED');
    answer = resultsIn(await readCapped(response.body, maximumManifestSize));
  } catch (error) {
    if (domain === 'docker.io' || !isUnknown(error)) throw error;
    answer = undefined;
  }
  if (answer !== undefined) return answer.slice(0, limit);
  return await searchNames(domain, term, limit, { base: endpoint.base, get });
}

/** The registry does not know the question: what it says of anything that it has not, and a proxy's page. */
function isUnknown(error: unknown): boolean {
  return isUnknownQuestion(error) || isKind(error, 'invalidParameter');
}

function resultsIn(bytes: Uint8Array): readonly Found[] {
  const { results } = parseJsonObject(bytes, 'answer to a search');
  if (!Array.isArray(results))
    throw new EngineError('invalidParameter', 'registry answered with no results of a search');
  return results.flatMap((each: unknown) => {
    if (!isObject(each) || typeof each['name'] !== 'string') return [];
    const { description, star_count: stars, is_official: isOfficial } = each;
    const found: Found = {
      name: each['name'].slice(0, longest),
      description: typeof description === 'string' ? description.slice(0, longest) : '',
      stars: typeof stars === 'number' && Number.isSafeInteger(stars) && stars > 0 ? stars : 0,
      isOfficial: isOfficial === true,
    };
    return [found];
  });
}

async function searchNames(domain: string, term: string, limit: number, listing: Listing): Promise<readonly Found[]> {
  let names;
  try {
    names = await listRepositories(listing);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const why = `${domain} offers no search and does not list its repositories: ${messageOf(error)}`;
    throw new EngineError(error.kind, why, { cause: error });
  }
  const wanted = term.toLowerCase();
  return names
    .filter((name) => name.includes(wanted))
    .slice(0, limit)
    .map((name) => ({ name: name.slice(0, longest), description: '', stars: 0, isOfficial: false }));
}
