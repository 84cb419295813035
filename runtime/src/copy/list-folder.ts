// A folder as the listing of a build context: what the file system says of each entry, and no content until it is asked for.

import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { readdir, readlink, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type ListedType, listingLine } from '../spec/context-listing.ts';
import { writeTar } from '../spec/tar/writer.ts';
import { packFiles, typeOf } from './pack.ts';

export interface FolderListing {
  readonly description: string;
  /** 64 hexadecimal digits that stand for this folder of this machine. */
  key(): Promise<string>;
  /** Lines of text in pieces, each line ended by a newline. Look at the clock before. */
  lines(): AsyncIterable<Uint8Array>;
  /** Contents of lines, from 0, of the last listing, as a tar. */
  pack(lines: readonly number[]): AsyncIterable<Uint8Array>;
}

/** Characters that go together. */
const pieceSize = 64 * 1024;

/** @param take says of each path whether it belongs to the listing, and of a folder whether anything below it may */
export function listFolder(
  folder: string,
  take: (path: string) => { readonly itself: boolean; readonly below: boolean },
): FolderListing {
  let paths: string[] = [];
  return {
    description: folder,
    key: async () => keyOf(await realpath(folder)),
    async *lines() {
      paths = [];
      let text = '';
      for await (const { path, line } of linesBelow(folder, '', take)) {
        paths.push(path);
        text += `${line}\n`;
        if (text.length < pieceSize) continue;
        yield Buffer.from(text);
        text = '';
      }
      if (text !== '') yield Buffer.from(text);
    },
    pack: (lines) =>
      writeTar(
        packFiles(
          folder,
          lines.flatMap((line) => paths[line] ?? []),
        ),
      ),
  };
}

/** Of the machine too: the engine may have clients on several. */
function keyOf(folder: string): string {
  return createHash('sha256')
    .update(JSON.stringify([hostname(), machineId(), folder]))
    .digest('hex');
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    // Not every system has one.
    return '';
  }
}

async function* linesBelow(
  folder: string,
  prefix: string,
  take: (path: string) => { readonly itself: boolean; readonly below: boolean },
): AsyncGenerator<{ readonly path: string; readonly line: string }, void, undefined> {
  for (const child of (await readdir(folder)).sort()) {
    const path = `${prefix}${child}`;
    const { itself, below } = take(path);
    if (!itself && !below) continue;
    const inner = join(folder, child);
    const stats = lstatSync(inner, { bigint: true });
    const type = itself ? listedType(inner, stats) : undefined;
    if (type !== undefined) yield { path, line: await lineOf(inner, path, type, stats) };
    if (below && stats.isDirectory()) yield* linesBelow(inner, `${path}/`, take);
  }
}

/** undefined for sockets, which no image can hold. @throws Error for devices */
function listedType(path: string, stats: BigIntStats): ListedType | undefined {
  const type = typeOf(stats);
  if (type === 'socket') return undefined;
  if (type === 'file' || type === 'directory' || type === 'symlink' || type === 'fifo') return type;
  throw new Error(`${path} is a device, which a build context cannot hold: name it in .dockerignore`);
}

async function lineOf(inner: string, path: string, type: ListedType, stats: BigIntStats): Promise<string> {
  return listingLine({
    path,
    type,
    mode: Number(stats.mode & 0o7777n),
    size: type === 'file' ? Number(stats.size) : 0,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    inode: type === 'file' ? `${stats.dev}:${stats.ino}` : '',
    // A folder has one more for each folder in it.
    links: type === 'file' ? Number(stats.nlink) : 1,
    linkName: type === 'symlink' ? await readlink(inner) : '',
  });
}
