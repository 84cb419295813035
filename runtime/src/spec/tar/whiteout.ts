// Paths and whiteouts of layers (image-spec, layer.md; AUFS names, as moby reads and writes them).

import { EngineError } from '../errors.ts';

const prefix = '.wh.';
const metaPrefix = '.wh..wh.';
const opaqueName = '.wh..wh..opq';

/**
 * A member's path relative to the root: no leading slash, no `.` or empty parts, `..` resolved by name; `''` for the
 * root itself.
 * @throws EngineError invalidParameter when it leads out, in moby's words
 */
export function cleanTarPath(path: string): string {
  const parts: string[] = [];
  if (path.includes('\0')) throw new EngineError('invalidParameter', 'archive/tar: invalid tar header (name)');
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0) parts.pop();
    // `/..` is `/`, but a relative path that climbs out is an attack.
    else if (!path.startsWith('/'))
      throw new EngineError('invalidParameter', `${JSON.stringify(path)} is outside of "/"`);
  }
  return parts.join('/');
}

export type Whiteout =
  /** Hides `path` of the layers below. */
  | { readonly kind: 'remove'; readonly path: string }
  /** Hides everything below the directory `path` in the layers below. */
  | { readonly kind: 'opaque'; readonly path: string }
  /** AUFS bookkeeping, to be left out. */
  | { readonly kind: 'meta' };

/**
 * What a clean path means in a layer; undefined for an ordinary entry.
 * @throws EngineError invalidParameter for a whiteout of nothing, of `.` or of `..`
 */
export function whiteoutOf(path: string): Whiteout | undefined {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (!name.startsWith(prefix)) {
    return path.startsWith(metaPrefix) ? { kind: 'meta' } : undefined;
  }
  const parent = slash < 0 ? '' : path.slice(0, slash);
  if (name === opaqueName) return { kind: 'opaque', path: parent };
  if (name.startsWith(metaPrefix)) return { kind: 'meta' };
  const hidden = name.slice(prefix.length);
  if (hidden === '' || hidden === '.' || hidden === '..') {
    throw new EngineError('invalidParameter', `invalid whiteout ${JSON.stringify(path)}`);
  }
  return { kind: 'remove', path: parent === '' ? hidden : `${parent}/${hidden}` };
}

/** The member that hides `path` in a layer. */
export function whiteoutPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash + 1)}${prefix}${path.slice(slash + 1)}`;
}

/** The member that makes the directory `path` opaque in a layer. */
export function opaquePath(path: string): string {
  return path === '' ? opaqueName : `${path}/${opaqueName}`;
}
