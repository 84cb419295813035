// Paths of requests: absolute, told by name only; where links lead is the kernel's to say.

import { EngineError } from '../spec/errors.ts';

/** `/a//b/./c/` -> `/a/b/c`. @throws EngineError invalidParameter for what is not absolute, or has `..` in it */
export function checkedPath(path: string): string {
  if (!path.startsWith('/')) throw new EngineError('invalidParameter', `path ${JSON.stringify(path)} is not absolute`);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new EngineError('invalidParameter', `path ${JSON.stringify(path)} has .. in it`);
  return `/${parts.join('/')}`;
}

/** Of `/` itself: `/`. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The last part; empty for the root. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** True for `path` itself and everything below it. */
export function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(place === '/' ? '/' : `${place}/`);
}
