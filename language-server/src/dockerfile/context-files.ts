// The build's context of a Dockerfile, as far as an editor can tell: its folder.

import { encodeName, resolveUri } from '../language/uri.ts';
import { cleanPath } from '../../../runtime/src/spec/dockerfile/ignore.ts';
import type { FileFacts, Known } from '../knowledge/knowledge.ts';
import type { Context } from '../language/context.ts';
import { valueOf } from './known.ts';

export interface BuildContext {
  /** URI of the folder, with a slash at its end. */
  readonly folder: string;
  /** Text of the ignore file that counts: `<Dockerfile>.dockerignore`, or `.dockerignore` of the context. */
  readonly ignoreText: string | undefined;
}

export function contextOf(uri: string, { files }: Context): BuildContext {
  const folder = uri.slice(0, uri.lastIndexOf('/') + 1);
  let ignoreText: string | undefined;
  for (const place of ignorePlaces(uri)) ignoreText ??= valueOf(files.text(place));
  return { folder, ignoreText };
}

/** Where the ignore file may be, the one that counts before the other. */
export function ignorePlaces(uri: string): string[] {
  const common = resolveUri(uri, '.dockerignore');
  return [`${uri}.dockerignore`, ...(common === undefined ? [] : [common])];
}

/** Folders above a Dockerfile's that are looked at. */
const highest = 12;

/** The file's folder first; with slashes at their ends. */
export function foldersAbove(uri: string): string[] {
  const root = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(uri)?.[0];
  const folders: string[] = [];
  if (root === undefined) return folders;
  for (
    let at = uri.lastIndexOf('/');
    at >= root.length && folders.length < highest;
    at = uri.lastIndexOf('/', at - 1)
  ) {
    folders.push(uri.slice(0, at + 1));
  }
  return folders;
}

/**
 * A file of the build's context, by its path there. Nobody but who builds knows which folder that is: a file is only `absent` where
 * neither the Dockerfile's folder nor one above it in the same project has it.
 */
export function contextFile(uri: string, context: Context, path: string): Known<FileFacts> {
  const parts = cleanPath(path)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..')) return unknown;
  for (const folder of foldersAbove(uri)) {
    const found = fileIn(folder, parts, context);
    if (found.kind !== 'absent') return found;
    const entries = context.files.list(folder);
    if (entries.kind === 'known' && entries.value.some(({ name }) => name === '.git')) return found;
  }
  return { kind: 'absent' };
}

const unknown = { kind: 'unknown' } as const;

function fileIn(folder: string, parts: readonly string[], { files }: Context): Known<FileFacts> {
  let at = folder;
  for (const [index, part] of parts.entries()) {
    const entries = files.list(at);
    if (entries.kind !== 'known') return entries;
    const entry = entries.value.find(({ name }) => name === part);
    if (entry === undefined) return { kind: 'absent' };
    if (index === parts.length - 1) return { kind: 'known', value: entry };
    // Where a link leads is not known here.
    if (entry.kind !== 'directory') return entry.kind === 'link' ? unknown : { kind: 'absent' };
    at += `${encodeName(part)}/`;
  }
  return unknown;
}
