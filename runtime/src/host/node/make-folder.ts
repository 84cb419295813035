// Folders with their parents. Node's own way never comes to an end below a file system in which nothing can be made (/proc), and
// says that nothing is there where a disk is read-only.

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errnoOf, fromNodeError } from '../errno.ts';

/**
 * Makes a folder, and those above it that are missing.
 * @param mode of all that are made
 * @returns whether it was not there before
 * @throws EngineError that names the first one that could not be made
 */
export function makeFolder(path: string, mode = 0o777): boolean {
  const folder = resolve(path);
  const failure = tryToMake(folder, mode);
  if (failure === undefined) return true;
  if (isFolder(folder)) return false;
  if (errnoOf(failure) !== 'ENOENT' || dirname(folder) === folder) throw fromNodeError(failure, folder);
  makeFolder(dirname(folder), mode);
  // Its parent is there: now it is made, or cannot be.
  const again = tryToMake(folder, mode);
  if (again !== undefined && !isFolder(folder)) throw fromNodeError(again, folder);
  return again === undefined;
}

function tryToMake(folder: string, mode: number): Error | undefined {
  try {
    mkdirSync(folder, { mode });
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
