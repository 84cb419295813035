// The context that the user names, as what its ignore file leaves: as a listing, for engines that ask only for what they lack, and as a
// tar for others.

import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type FolderListing, listFolder } from './list-folder.ts';
import { packFolder } from './pack.ts';
import { alwaysTaken, taken } from './taken.ts';
import type { BuildOrigin } from '../spec/engine/builds.ts';
import { ignoreFileNames, parseIgnoreFile, type IgnoreRule } from '../spec/dockerfile/ignore.ts';
import { writeTar } from '../spec/tar/writer.ts';

export interface LocalContext {
  /** For an engine of ours. */
  readonly listing: FolderListing;
  /** For any engine. */
  readonly tar: AsyncIterable<Uint8Array>;
  /** Path of the Dockerfile in the context; undefined where it lies elsewhere. */
  readonly dockerfile: string | undefined;
  /** Its text, where it lies elsewhere and so has to be sent beside. */
  readonly dockerfileText: string | undefined;
  /** Its text in any case. */
  readonly text: string;
  readonly origin: BuildOrigin;
}

/**
 * @param file as given with `-f`: relative to the working directory, empty for `Dockerfile` of the context
 * @throws Error in words for whom typed it
 */
export async function openContext(folder: string, file: string): Promise<LocalContext> {
  const root = resolve(folder);
  await checkFolder(root, folder);
  const path = file === '' ? join(root, 'Dockerfile') : resolve(file);
  const text = await readText(path, file === '' ? join(folder, 'Dockerfile') : file);
  const inside = relative(root, path);
  const isInside = inside !== '' && !inside.startsWith(`..${sep}`) && inside !== '..' && !isAbsolute(inside);
  const name = isInside ? inside.split(sep).join('/') : undefined;
  const rules = await ignoreRules(root, ignoreFileNames(name ?? 'Dockerfile'));
  const always = alwaysTaken(name);
  const take = (each: string) => taken(each, rules, always);
  return {
    listing: listFolder(root, take),
    tar: writeTar(packFolder(root, take), { subSecond: true }),
    dockerfile: name,
    dockerfileText: name === undefined ? text : undefined,
    text,
    origin: { folder: root, dockerfile: path },
  };
}

/** A context beside the build's own, which has no Dockerfile. @throws Error in words for whom typed it */
export async function openNamedContext(folder: string): Promise<FolderListing> {
  const root = resolve(folder);
  await checkFolder(root, folder);
  const rules = await ignoreRules(root, ['.dockerignore']);
  return listFolder(root, (each) => taken(each, rules, new Set(['.dockerignore'])));
}

async function checkFolder(root: string, shown: string): Promise<void> {
  try {
    if ((await stat(root)).isDirectory()) return;
  } catch (error) {
    throw new Error(`unable to prepare context: path "${shown}" not found`, { cause: error });
  }
  throw new Error(`unable to prepare context: path "${shown}" is not a directory`);
}

async function readText(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(
      `unable to prepare context: unable to evaluate symlinks in Dockerfile path: ${shown}: no such file or directory`,
      {
        cause: error,
      },
    );
  }
}

async function ignoreRules(root: string, names: readonly string[]): Promise<readonly IgnoreRule[]> {
  for (const name of names) {
    try {
      return parseIgnoreFile(await readFile(join(root, name), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return [];
}
