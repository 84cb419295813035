// Which folder a Dockerfile is built in, where nobody said so: its own, or one above it in which what it copies is there.

import { dirname, join, relative } from 'node:path';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import type { Instruction } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { LocalFiles } from '../files/local.ts';

type Files = Pick<LocalFiles, 'isThere'>;

/** Sources that are looked for, at most. */
const mostSources = 50;

/** @param root the folder of the workspace; no other above it is taken */
export async function contextFolder(files: Files, dockerfile: string, text: string, root: string): Promise<string> {
  const sources = plainSources(text);
  const own = dirname(dockerfile);
  for (let folder = own; isIn(folder, root); folder = dirname(folder)) {
    if (await hasAll(files, folder, sources)) return folder;
    if (folder === root) break;
  }
  return own;
}

/** Paths that COPY and ADD take out of the context, as far as they are written out. */
function plainSources(text: string): readonly string[] {
  return parseDockerfile(text)
    .items.flatMap((item) => (item.kind === 'instruction' ? sourcesOf(item) : []))
    .slice(0, mostSources);
}

function sourcesOf({ form, flags }: Instruction): readonly string[] {
  if (form.kind !== 'copy' || flags.some(({ name }) => name === 'from')) return [];
  return form.sources
    .map(({ raw }) => raw)
    .filter((source) => /^[\w./@+-]+$/.test(source) && !source.startsWith('git@'));
}

async function hasAll(files: Files, folder: string, sources: readonly string[]): Promise<boolean> {
  const found = await Promise.all(sources.map((source) => files.isThere(join(folder, source))));
  return found.every((each) => each);
}

function isIn(folder: string, root: string): boolean {
  const path = relative(root, folder);
  return path !== '..' && !path.startsWith('../');
}
