// What a path names (distribution spec, "Endpoints"), with every name checked here, at the border.

import { type Digest, isDigest } from '../spec/digest.ts';
import { isRepositoryPath, isTag } from '../spec/reference.ts';
import { Refusal } from './refusal.ts';

/** A tag or a digest. */
export type ManifestReference =
  { readonly kind: 'tag'; readonly tag: string } | { readonly kind: 'digest'; readonly digest: Digest };

export type Target =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: ManifestReference }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string };

/** The longest URL of any use: a name, a digest, a page's end; or a manifest with a hundred tags. */
const longestUrl = 16 * 1024;

/** Names may hold any of these words, so a path is read from its end. */
const shapes: readonly (readonly [RegExp, (repository: string, rest: string) => Target])[] = [
  [/^\/v2\/(.+)\/tags\/list$/s, (repository) => ({ kind: 'tags', repository })],
  [/^\/v2\/(.+)\/blobs\/uploads\/?$/s, (repository) => ({ kind: 'uploads', repository })],
  [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/s, (repository, id) => ({ kind: 'upload', repository, id })],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/s, (repository, text) => ({ kind: 'blob', repository, digest: checkDigest(text) })],
  [
    /^\/v2\/(.+)\/manifests\/([^/]+)$/s,
    (repository, text) => ({ kind: 'manifest', repository, reference: checkReference(text) }),
  ],
  [
    /^\/v2\/(.+)\/referrers\/([^/]+)$/s,
    (repository, text) => ({ kind: 'referrers', repository, digest: checkDigest(text) }),
  ],
];

export interface Place {
  readonly target: Target;
  readonly query: URLSearchParams;
}

/** @throws Refusal NAME_INVALID, DIGEST_INVALID, MANIFEST_INVALID; UNSUPPORTED (404) for what is no path of the registry */
export function placeOf(url: string): Place {
  if (url.length > longestUrl) throw new Refusal('UNSUPPORTED', 'the address is too long', { status: 414 });
  const mark = url.indexOf('?');
  const path = decoded(mark < 0 ? url : url.slice(0, mark));
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  return { target: targetOf(path), query };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    const refusal = new Refusal('NAME_INVALID', 'the path is not escaped as a URL has to be');
    refusal.cause = cause;
    throw refusal;
  }
}

function targetOf(path: string): Target {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  for (const [shape, make] of shapes) {
    const found = shape.exec(path);
    if (found !== null) return make(checkName(found[1] ?? ''), found[2] ?? '');
  }
  throw new Refusal('UNSUPPORTED', 'the registry has nothing under this path', { status: 404 });
}

/** @throws Refusal NAME_INVALID */
export function checkName(name: string): string {
  if (isRepositoryPath(name)) return name;
  throw new Refusal(
    'NAME_INVALID',
    `${shown(name)} is no name of a repository: lower-case letters and digits with . _ - between them, parts separated by /, 255 characters at most`,
  );
}

/** @throws Refusal DIGEST_INVALID */
export function checkDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Refusal(
    'DIGEST_INVALID',
    `${shown(text)} is no digest: sha256: and 64, or sha512: and 128 hexadecimal digits`,
  );
}

/** @throws Refusal MANIFEST_INVALID */
export function checkTag(text: string): string {
  if (isTag(text)) return text;
  throw new Refusal('MANIFEST_INVALID', `${shown(text)} is no tag: letters, digits, . _ -, 128 characters at most`);
}

function checkReference(text: string): ManifestReference {
  return text.includes(':') ? { kind: 'digest', digest: checkDigest(text) } : { kind: 'tag', tag: checkTag(text) };
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
