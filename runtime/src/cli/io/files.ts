// Streams to and from files that the user names: an output file appears whole or not at all.

import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Answer } from '../../client/transport.ts';
import { pipeline } from 'node:stream/promises';
import { isTerminal } from './terminal.ts';
import { output } from './output.ts';

/** Copies `source` to the file, or to standard output when `path` is empty. @throws Error for a terminal */
export async function writeOutput(source: Answer | Readable, path: string): Promise<void> {
  if (path === '') {
    await pipeline(source, output(1), { end: false });
    return;
  }
  const target = resolve(path);
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}`);
  try {
    await pipeline(source, createWriteStream(draft, { flags: 'wx', mode: 0o600 }));
    await rename(draft, target);
  } catch (error) {
    source.destroy();
    await rm(draft, { force: true });
    throw error;
  }
}

/** @throws Error when `path` is empty and standard output is a terminal, or its folder does not exist */
export async function checkOutput(path: string): Promise<void> {
  if (path === '') {
    if (isTerminal(1)) throw new Error('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    return;
  }
  const folder = dirname(resolve(path));
  try {
    await stat(folder);
  } catch (error) {
    throw new Error(`invalid output path: stat ${folder}: no such file or directory`, { cause: error });
  }
}

/** The file, or standard input when `path` is empty or `-`. @throws Error when it cannot be read */
export async function openInput(path: string): Promise<Readable> {
  if (path === '' || path === '-') return process.stdin;
  try {
    await stat(path);
  } catch (error) {
    throw new Error(`open ${path}: no such file or directory`, { cause: error });
  }
  return createReadStream(path);
}
