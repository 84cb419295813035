// The folder of a project as far as it is looked at: names, and texts of a sensible size.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface Folder {
  readonly path: string;
  /** Last part of the path. */
  readonly name: string;
  has(path: string): Promise<boolean>;
  /** Names in a folder, sorted; none where there is no such folder. Those of folders end with `/`. */
  names(path?: string): Promise<readonly string[]>;
  /** Undefined where there is no such file, or one too long to be looked at. */
  read(path: string): Promise<string | undefined>;
}

/** Nobody writes longer ones by hand. */
const longestText = 512 * 1024;
const mostNames = 5000;

export function folderAt(path: string): Folder {
  const names = async (below = '.') => {
    const entries = await absent(readdir(join(path, below), { withFileTypes: true }));
    const named = (entries ?? []).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    return named.slice(0, mostNames).sort();
  };
  return {
    path,
    name: basename(path),
    has: async (name) => (await absent(stat(join(path, name)))) !== undefined,
    names,
    async read(name) {
      const file = join(path, name);
      const found = await absent(stat(file));
      if (found === undefined || !found.isFile() || found.size > longestText) return undefined;
      return await absent(readFile(file, 'utf8'));
    },
  };
}

/** What is not there is an answer; any other fault is one. */
async function absent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
