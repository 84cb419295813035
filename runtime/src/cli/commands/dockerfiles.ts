// The Dockerfiles that a command line names: files, folders, and standard input as `-`. For `lint` and `fmt`.

import { closeSync, type Dirent, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileMessage } from './file-message.ts';

export interface NamedText {
  /** As the user would name it; `-` for standard input. */
  readonly name: string;
  readonly text: string;
  /** Names of what lies in the same folder, where that has been listed. */
  readonly beside?: ReadonlySet<string> | undefined;
}

type Found = Omit<NamedText, 'text'>;

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
    if (path === '-') yield { name: '-', text: decode('-', await buffer(process.stdin)), beside: undefined };
    else for (const { name, beside } of filesOf(path)) yield { name, text: readText(name), beside };
  }
}

// Nothing else waits while these read, and a promise for each small file would cost more than reading it.

function filesOf(path: string): Found[] {
  return orMessageSync(path, () => statSync(path)).isDirectory() ? below(path) : [{ name: path, beside: undefined }];
}

function below(folder: string): Found[] {
  const entries: Dirent[] = orMessageSync(folder, () => readdirSync(folder, { withFileTypes: true }));
  const found: Found[] = [];
  let beside: ReadonlySet<string> | undefined;
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name)) found.push(...below(join(folder, entry.name)));
    } else if (entry.isFile() && isDockerfile.test(entry.name) && !entry.name.endsWith('.dockerignore')) {
      beside ??= new Set(entries.map(({ name }) => name));
      found.push({ name: join(folder, entry.name), beside });
    }
  }
  return found;
}

function readText(path: string): string {
  const bytes = orMessageSync(path, () => readUpTo(path, largest + 1));
  if (bytes.length > largest) throw new Error(`${path}: more than ${largest} bytes are too many for a Dockerfile`);
  return decode(path, bytes);
}

/** Most files fit, and are read without being asked for their size. */
const firstPart = Buffer.allocUnsafeSlow(1 << 16);

/** @returns how many bytes were read: less than there is space for at the end only, though a pipe gives less at a time */
function fill(file: number, space: Uint8Array): number {
  let length = 0;
  while (length < space.length) {
    const read = readSync(file, space, { offset: length });
    if (read === 0) break;
    length += read;
  }
  return length;
}

/** @returns bytes that stand until the next file is read */
function readUpTo(path: string, most: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const length = fill(file, firstPart);
    if (length < firstPart.length) return firstPart.subarray(0, length);
    const rest = Buffer.allocUnsafeSlow(most - length);
    return Buffer.concat([firstPart, rest.subarray(0, fill(file, rest))]);
  } finally {
    closeSync(file);
  }
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
