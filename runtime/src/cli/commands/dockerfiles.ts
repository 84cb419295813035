// The Dockerfiles that a command line names: files, folders, and standard input as `-`. For `lint` and `fmt`.

import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileMessage } from './file-message.ts';

export interface NamedText {
  /** As the user would name it; `-` for standard input. */
  readonly name: string;
  readonly text: string;
}

/** No Dockerfile is so large; whatever is, is something else. */
const largest = 16 << 20;
const isDockerfile = /^(?:Dockerfile|Containerfile)(?:\..+)?$|\.(?:dockerfile|containerfile)$/i;
const skipped: ReadonlySet<string> = new Set(['node_modules', '.git', '.hg', '.svn']);

/**
 * Reads what `paths` name, one after the other: a folder stands for the Dockerfiles in it and below.
 *
 * @throws Error in words for whom typed it, when a path cannot be read or is no text
 */
export async function* readDockerfiles(paths: readonly string[]): AsyncGenerator<NamedText> {
  for (const path of paths) {
    if (path === '-') yield { name: '-', text: decode('-', await buffer(process.stdin)) };
    else for (const name of filesOf(path)) yield { name, text: readText(name) };
  }
}

// Nothing else waits while these read, and a promise for each small file would cost more than reading it.

function filesOf(path: string): string[] {
  return orMessageSync(path, () => statSync(path)).isDirectory() ? below(path) : [path];
}

function below(folder: string): string[] {
  const entries: Dirent[] = orMessageSync(folder, () => readdirSync(folder, { withFileTypes: true }));
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skipped.has(entry.name)) found.push(...below(path));
    else if (entry.isFile() && isDockerfile.test(entry.name) && !entry.name.endsWith('.dockerignore')) found.push(path);
  }
  return found;
}

function readText(path: string): string {
  const { size } = orMessageSync(path, () => statSync(path));
  if (size > largest) throw new Error(`${path}: ${size} bytes are too many for a Dockerfile`);
  return decode(
    path,
    orMessageSync(path, () => readFileSync(path)),
  );
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(path: string, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new Error(`${path === '-' ? 'standard input' : path}: not UTF-8 text`, { cause: error });
  }
}

/** Writes a file whole or not at all; of a link, the file behind it. */
export async function replaceText(path: string, text: string): Promise<void> {
  const target = await orMessage(path, realpath(path));
  const { mode } = await orMessage(path, stat(target));
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}`);
  try {
    await writeFile(draft, text, { flag: 'wx', mode: mode & 0o777 });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw new Error(fileMessage(path, error), { cause: error });
  }
}

async function orMessage<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(fileMessage(path, error), { cause: error });
  }
}

function orMessageSync<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(fileMessage(path, error), { cause: error });
  }
}
