// Programs of the host. Ordinary users often have no sbin on their PATH, where some of them lie.

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The folders to look in, in order. */
export function searchPath(path: string | undefined): readonly string[] {
  const own = (path ?? '/usr/local/bin:/usr/bin:/bin').split(':').filter((part) => part.startsWith('/'));
  return [...own, ...systemFolders.filter((folder) => !own.includes(folder))];
}

/** @returns the path of the first of these programs that there is */
export function findProgram(folders: readonly string[], ...names: readonly string[]): string | undefined {
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
