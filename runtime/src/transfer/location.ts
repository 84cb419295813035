// Where an image is copied from or to, as people write it: in the words that skopeo, podman and umoci share.

import type { Digest } from '../spec/digest.ts';
import { isDigest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import { type Reference, familiarReference, parseReference } from '../spec/reference.ts';

export type ArchiveKind = 'oci-archive' | 'docker-archive';

export type Location =
  | { readonly kind: 'registry'; readonly reference: Reference }
  /** A folder with an OCI image layout. `name` is the image's `org.opencontainers.image.ref.name`. */
  | { readonly kind: 'oci'; readonly path: string; readonly name?: string; readonly digest?: Digest }
  /** A file, or a standard stream where `path` is `-`. */
  | { readonly kind: ArchiveKind; readonly path: string; readonly name?: string; readonly digest?: Digest }
  /** The store of the engine. */
  | { readonly kind: 'engine'; readonly reference: Reference };

const forms =
  'NAME, docker://NAME, oci:FOLDER[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], engine:NAME or -';
/** Beside ours, docker's own name for its engine. */
const engines = new Set(['engine', 'coracle', 'docker-daemon']);

/**
 * Reads a place: what has no scheme is a name in a registry.
 * @throws EngineError invalidParameter
 */
export function parseLocation(text: string): Location {
  if (text === '-') return { kind: 'oci-archive', path: '-' };
  const colon = text.indexOf(':');
  const scheme = colon < 0 ? '' : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (scheme === 'oci' || scheme === 'oci-archive' || scheme === 'docker-archive') {
    return { kind: scheme, ...parsePath(text, rest) };
  }
  if (engines.has(scheme)) return { kind: 'engine', reference: parseReference(rest) };
  if (scheme === 'docker' && rest.startsWith('//'))
    return { kind: 'registry', reference: parseReference(rest.slice(2)) };
  if (rest.startsWith('//') || ['dir', 'containers-storage', 'ostree', 'docker', 'sif', 'tarball'].includes(scheme)) {
    throw invalid(`cannot copy from or to ${JSON.stringify(`${scheme}:`)}: use ${forms}`);
  }
  return { kind: 'registry', reference: parseReference(text) };
}

/** The path ends at the first colon, but for that of a drive. */
function parsePath(text: string, rest: string): { path: string; name?: string; digest?: Digest } {
  const drive = /^[A-Za-z]:[\\/]/.test(rest) ? 2 : 0;
  const at = rest.indexOf('@', drive);
  const digest = at < 0 ? undefined : rest.slice(at + 1);
  if (digest !== undefined && isDigest(digest)) return { path: pathIn(text, rest.slice(0, at)), digest };
  const colon = rest.indexOf(':', drive);
  if (colon < 0) return { path: pathIn(text, rest) };
  const name = rest.slice(colon + 1);
  if (name === '' || name.length > 512)
    throw invalid(`${JSON.stringify(text.slice(0, 600))} names no image behind its last colon`);
  return { path: pathIn(text, rest.slice(0, colon)), name };
}

function pathIn(text: string, path: string): string {
  if (path === '' || path.includes('\0')) throw invalid(`${JSON.stringify(text)} names no path: use ${forms}`);
  return path;
}

/** As people write it. */
export function formatLocation(location: Location): string {
  if (location.kind === 'registry') return familiarReference(location.reference);
  if (location.kind === 'engine') return `engine:${familiarReference(location.reference)}`;
  const { kind, path, name, digest } = location;
  return `${kind}:${path}${name === undefined ? '' : `:${name}`}${digest === undefined ? '' : `@${digest}`}`;
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
