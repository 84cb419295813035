// Where a copy goes: docker's rules about existing and missing destinations, trailing slashes and `/.`.

import { posix } from 'node:path';
import type { Rebase } from './unpack.ts';

export interface Source {
  readonly path: string;
  readonly isDirectory: boolean;
}

export interface Destination {
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
}

/** The folder to unpack into, and how members are called there. @throws Error in docker's words */
export function planCopy(source: Source, destination: Destination): { folder: string; rebase: Rebase | undefined } {
  if (destination.exists && destination.isDirectory) return { folder: destination.path, rebase: undefined };
  if (destination.exists && source.isDirectory) throw new Error('cannot copy directory');
  if (!destination.exists && !source.isDirectory && assertsDirectory(destination.path))
    throw new Error('no such directory');
  const path = stripSlash(destination.path);
  return { folder: posix.dirname(path), rebase: { from: baseName(source.path), to: posix.basename(path) } };
}

/** What the members of an archive of `path` begin with: `.` for `dir/.` and for the root. */
export function baseName(path: string): string {
  if (path.endsWith('/.') || path === '.') return '.';
  const base = posix.basename(stripSlash(path));
  return base === '' || base === '/' ? '' : base;
}

/** The path insists on being a folder. */
export function assertsDirectory(path: string): boolean {
  return path.endsWith('/') || path.endsWith('/.') || path === '.';
}

function stripSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') || '/' : path;
}

/** `container:path`, or a path of this machine when there is no colon before its first slash. */
export function splitTarget(text: string): { container: string; path: string } {
  if (/^[./~]/.test(text) || text === '-') return { container: '', path: text };
  const colon = text.indexOf(':');
  if (colon < 0 || text.slice(0, colon).includes('/')) return { container: '', path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}
