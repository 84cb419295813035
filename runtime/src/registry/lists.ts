// What a registry lists in pages: tags, repositories, and what refers to a manifest (distribution spec, "Content Discovery").

import type { HttpResponse } from '../host/host.ts';
import type { Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import { type Descriptor, maximumManifestSize, parseJsonObject, parseManifest } from '../spec/manifest.ts';
import { isTag } from '../spec/reference.ts';
import { RegistryError, isUnknownQuestion, readCapped } from './errors.ts';

/** What is asked of one endpoint: its address, and a GET below it. */
export interface Listing {
  readonly base: string;
  readonly get: (path: string, missing: string, headers?: Readonly<Record<string, string>>) => Promise<HttpResponse>;
}

/** A part of a list. */
export interface Page {
  readonly names: readonly string[];
  /** Where the next begins; absent at the end. */
  readonly next?: string;
}

const maximumTags = 10_000;
const maximumRepositories = 10_000;
/** Of pages, of which each may have few names, or none that is one. */
const maximumPages = 1000;
/** A manifest may be signed often; nobody looks at more. */
const maximumReferrers = 1000;

/** What is no tag is left out: nobody could ask for it. @throws RegistryError NAME_UNKNOWN */
export async function listTags(listing: Listing, repository: string): Promise<readonly string[]> {
  const names = await listNames(listing, `/v2/${repository}/tags/list?n=1000`, 'tags', 'NAME_UNKNOWN', maximumTags);
  return names.filter(isTag);
}

/** Docker's list of repositories, which the distribution spec leaves to registries. @throws RegistryError where it is not offered */
export function listRepositories(listing: Listing): Promise<readonly string[]> {
  return listNames(listing, '/v2/_catalog?n=1000', 'repositories', 'UNSUPPORTED', maximumRepositories);
}

async function listNames(
  listing: Listing,
  first: string,
  key: string,
  missing: string,
  most: number,
): Promise<readonly string[]> {
  const names: string[] = [];
  let path: string | undefined = first;
  for (let pages = 0; path !== undefined && names.length < most && pages < maximumPages; pages++) {
    const page: Page = await pageOfNames(listing, path, key, missing);
    // A page may have more of them than a call takes.
    for (const name of page.names.slice(0, most - names.length)) names.push(name);
    path = page.next;
  }
  return names;
}

/** @param path of the first page, or `next` of the one before */
export async function pageOfNames(listing: Listing, path: string, key: string, missing: string): Promise<Page> {
  const response = await listing.get(path, missing);
  const document = parseJsonObject(await readCapped(response.body, maximumManifestSize), `list of ${key}`);
  const page: readonly unknown[] = Array.isArray(document[key]) ? document[key] : [];
  const next = page.length === 0 ? undefined : nextPage(response.headers['link'], listing.base);
  return { names: page.filter((name) => typeof name === 'string'), ...(next === undefined ? {} : { next }) };
}

/**
 * The manifests whose subject is `digest`: by the API of OCI 1.1, or where the registry has none by the tag that stands in for it.
 * Empty when there are none.
 */
export async function listReferrers(
  listing: Listing,
  repository: string,
  digest: Digest,
): Promise<readonly Descriptor[]> {
  const found = await referrersByApi(listing, repository, digest);
  if (found !== undefined) return found;
  const bytes = await taggedReferrers(listing, repository, digest);
  return bytes === undefined ? [] : indexIn(bytes).slice(0, maximumReferrers);
}

/** The list that clients keep under a tag, as it is; undefined when there is none. @throws EngineError invalidParameter when it is none */
export async function taggedReferrers(
  listing: Listing,
  repository: string,
  digest: Digest,
): Promise<Uint8Array | undefined> {
  const path = `/v2/${repository}/manifests/${referrersTag(digest)}`;
  const response = await unless(isMissing, listing.get(path, 'MANIFEST_UNKNOWN', acceptsIndex));
  if (response === undefined) return undefined;
  const bytes = await readCapped(response.body, maximumManifestSize);
  indexIn(bytes);
  return bytes;
}

const acceptsIndex = { accept: 'application/vnd.oci.image.index.v1+json' };

/** The tag under which clients keep the list where a registry does not ("Referrers Tag Schema"). */
export function referrersTag(digest: Digest): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

async function referrersByApi(
  listing: Listing,
  repository: string,
  digest: Digest,
): Promise<readonly Descriptor[] | undefined> {
  const found: Descriptor[] = [];
  let path: string | undefined = `/v2/${repository}/referrers/${digest}`;
  for (let pages = 0; path !== undefined && found.length < maximumReferrers && pages < maximumPages; pages++) {
    const response: HttpResponse | undefined = await unless(
      isUnknownQuestion,
      listing.get(path, 'UNSUPPORTED', acceptsIndex),
    );
    if (response === undefined) return undefined;
    const page = indexIn(await readCapped(response.body, maximumManifestSize));
    for (const each of page.slice(0, maximumReferrers - found.length)) found.push(each);
    path = page.length === 0 ? undefined : nextPage(response.headers['link'], listing.base);
  }
  return found;
}

function indexIn(bytes: Uint8Array): readonly Descriptor[] {
  const content = parseManifest(bytes, acceptsIndex.accept);
  if (content.kind !== 'index')
    throw new EngineError('invalidParameter', 'registry answered with no list of referrers');
  return content.manifests;
}

function isMissing(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 404;
}

/** undefined for a failure of that kind. */
async function unless<T>(isNone: (error: unknown) => boolean, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNone(error)) return undefined;
    throw error;
  }
}

/** Only a page of the same registry. */
function nextPage(link: string | undefined, base: string): string | undefined {
  const target = /^<([^>]{1,2048})>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return undefined;
  if (!URL.canParse(target, `${base}/`)) return undefined;
  const url = new URL(target, `${base}/`);
  return url.origin === new URL(base).origin ? url.pathname + url.search : undefined;
}
