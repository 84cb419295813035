// Faults of the file system in the words that users know, by what they mean for a file explorer.

import { errnoOf, errnoText } from '../host/errno.ts';
import { EngineError, type ErrorKind } from '../spec/errors.ts';

const kinds: Readonly<Record<string, ErrorKind>> = {
  ENOENT: 'notFound',
  EEXIST: 'conflict',
  ENOTEMPTY: 'conflict',
  EBUSY: 'conflict',
  ETXTBSY: 'conflict',
  ENOTDIR: 'invalidParameter',
  EISDIR: 'invalidParameter',
  EINVAL: 'invalidParameter',
  ELOOP: 'invalidParameter',
  ENAMETOOLONG: 'invalidParameter',
  EXDEV: 'invalidParameter',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'forbidden',
};

/** The same fault as an error about `path`; what is no fault of the file system stays as it is. */
export function failureAt(path: string, error: unknown): unknown {
  const code = errnoOf(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  return new EngineError(kinds[code] ?? 'system', `${path}: ${errnoText(code)}`, { cause: error });
}

/** Runs a call on the tree with its faults as errors about `path`. */
export async function about<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw failureAt(path, error);
  }
}

/** @returns the error of something that is not there */
export function noSuchFile(path: string): EngineError {
  return new EngineError('notFound', `${path}: ${errnoText('ENOENT')}`);
}

/** @returns the error of something that is there already */
export function fileExists(path: string): EngineError {
  return new EngineError('conflict', `${path}: ${errnoText('EEXIST')}`);
}
