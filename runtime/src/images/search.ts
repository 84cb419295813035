// `GET /images/search`: repositories of a registry by a word in their name or description, in the words of docker's daemon.

import type { SearchRequest } from '../spec/engine/images.ts';
import type { ImageSearchResult } from '../spec/api/images.ts';
import { EngineError } from '../spec/errors.ts';
import { booleanFilter, checkFilterKeys, type Filters } from '../spec/filters.ts';
import { isDomain } from '../spec/reference.ts';
import { aboutRegistry } from './about-registry.ts';
import type { ImagesContext } from './images-context.ts';

const usualLimit = 25;
const mostResults = 100;

/** @throws EngineError invalidParameter for what cannot be asked; in the registry's words for what it refuses */
export async function searchImages(
  context: ImagesContext,
  { term, limit, filters, auth, signal }: SearchRequest,
): Promise<readonly ImageSearchResult[]> {
  checkFilterKeys(filters, ['is-automated', 'is-official', 'stars']);
  // It has had no meaning since Docker Hub makes no such builds: nothing is, so all that is not is all.
  if (booleanFilter(filters, 'is-automated') === true) return [];
  const isOfficial = booleanFilter(filters, 'is-official');
  const stars = starsIn(filters);
  if (limit !== 0 && (limit < 1 || limit > mostResults)) {
    throw new EngineError('invalidParameter', `limit ${limit} is outside the range of [1, ${mostResults}]`);
  }
  const { domain, rest } = splitTerm(term);
  const how = signal === undefined ? {} : { signal };
  const asked = { domain, term: rest, limit: limit === 0 ? usualLimit : limit, auth };
  const found = await aboutRegistry(domain, () => context.deps.registry.search(asked, how));
  return found
    .filter((each) => (isOfficial === undefined || each.isOfficial === isOfficial) && each.stars >= stars)
    .map((each) => ({
      name: domain === 'docker.io' ? each.name : `${domain}/${each.name}`,
      description: each.description,
      star_count: each.stars,
      is_official: each.isOfficial,
      is_automated: false,
    }));
}

function starsIn(filters: Filters): number {
  const values = filters.get('stars') ?? [];
  if (values.every((value) => /^\d{1,9}$/.test(value))) return Math.max(0, ...values.map(Number));
  throw new EngineError('invalidParameter', `invalid filter 'stars=${values.join(',').slice(0, 100)}'`);
}

/** What stands before the first slash is a registry where it can be no part of a name. @throws EngineError invalidParameter */
function splitTerm(term: string): { readonly domain: string; readonly rest: string } {
  if (term.includes('://'))
    throw new EngineError(
      'invalidParameter',
      `invalid repository name: repository name (${term.slice(0, 200)}) should not have scheme`,
    );
  if (term.length > 512) throw new EngineError('invalidParameter', 'the term of a search is too long');
  const slash = term.indexOf('/');
  const first = slash < 0 ? '' : term.slice(0, slash);
  const isRegistry = /[.:]/.test(first) || first === 'localhost';
  if (isRegistry && !isDomain(first))
    throw new EngineError('invalidParameter', `invalid registry name ${JSON.stringify(first)}`);
  if (isRegistry && first !== 'docker.io' && first !== 'index.docker.io')
    return { domain: first, rest: term.slice(slash + 1) };
  const rest = isRegistry ? term.slice(slash + 1) : term;
  // An official image of Docker Hub has no folder there.
  return { domain: 'docker.io', rest: rest.replace(/^library\//, '') };
}
