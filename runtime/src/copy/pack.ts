// A local file or folder as the members of a tar archive, for `cp` into a container.

import { constants, createReadStream, lstatSync, readFileSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { noXattrs } from '../spec/tar/header.ts';
import type { TarType } from '../spec/tar/header.ts';
import type { WritableMember } from '../spec/tar/writer.ts';

/**
 * Members of `path`, named `name` and below it; folders before what is in them.
 * @param follow take what the symlink `path` points to rather than the link
 */
export async function* packTree(
  path: string,
  name: string,
  follow: boolean,
): AsyncGenerator<WritableMember, void, undefined> {
  const seen = new Map<string, string>();
  const stats = follow ? await stat(path, { bigint: true }) : await lstat(path, { bigint: true });
  yield* packOne(path, name, stats, seen);
}

async function* packOne(
  path: string,
  name: string,
  stats: BigIntStats,
  seen: Map<string, string>,
): AsyncGenerator<WritableMember, void, undefined> {
  yield* packMember(path, name, stats, seen);
  if (!stats.isDirectory()) return;
  for (const child of (await readdir(path)).sort()) {
    const inner = join(path, child);
    yield* packOne(inner, `${name}/${child}`, await lstat(inner, { bigint: true }), seen);
  }
}

async function* packMember(
  path: string,
  name: string,
  stats: BigIntStats,
  seen: Map<string, string>,
): AsyncGenerator<WritableMember, void, undefined> {
  const type = typeOf(stats);
  // Files with several names are sent once and linked afterwards.
  const inode = `${stats.dev}:${stats.ino}`;
  const first = type === 'file' && stats.nlink > 1n ? seen.get(inode) : undefined;
  if (first !== undefined) {
    yield { ...entry(name, 'hardlink', stats), size: 0, linkName: first };
    return;
  }
  if (type === 'file' && stats.nlink > 1n) seen.set(inode, name);
  const linkName = type === 'symlink' ? await readlink(path) : '';
  const member = { ...entry(name, type, stats), linkName };
  yield type === 'file' ? { ...member, content: contentOf(path, member.size) } : member;
}

/**
 * Files of a folder as members, links not followed, by their paths there.
 * @throws Error for what is no file any more
 */
export function* packFiles(folder: string, paths: readonly string[]): Generator<WritableMember, void, undefined> {
  for (const path of paths) {
    const inner = join(folder, path);
    const stats = lstatSync(inner, { bigint: true });
    if (!stats.isFile()) throw new Error(`${inner} was replaced while the context was sent: build again`);
    const member = entry(path, 'file', stats);
    yield { ...member, content: contentOf(inner, member.size) };
  }
}

/** Up to which size a file is read at once. */
const smallFile = 256 * 1024;

/** A stream of a small file costs more than its content: four trips through Node's threads. */
function contentOf(path: string, size: number): AsyncIterable<Uint8Array> {
  return size > smallFile ? createReadStream(path) : readAtOnce(path);
}

async function* readAtOnce(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  // Not to wait for a writer, should a pipe have taken the file's place.
  yield readFileSync(path, { flag: constants.O_RDONLY | constants.O_NONBLOCK });
}

function entry(path: string, type: TarType, stats: BigIntStats): WritableMember {
  const device = Number(stats.rdev);
  return {
    path,
    type,
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: type === 'file' ? Number(stats.size) : 0,
    mtimeNs: stats.mtimeNs,
    linkName: '',
    deviceMajor: (device >> 8) & 0xfff,
    deviceMinor: (device & 0xff) | ((device >> 12) & 0xfff00),
    xattrs: noXattrs,
  };
}

/**
 * Members of what is in a folder, named by their paths there.
 * @param take says of each path whether it belongs to the archive, and of a folder whether anything below it may
 */
export async function* packFolder(
  folder: string,
  take: (path: string) => { readonly itself: boolean; readonly below: boolean },
): AsyncGenerator<WritableMember, void, undefined> {
  yield* packBelow(folder, '', take, new Map());
}

async function* packBelow(
  folder: string,
  prefix: string,
  take: (path: string) => { readonly itself: boolean; readonly below: boolean },
  seen: Map<string, string>,
): AsyncGenerator<WritableMember, void, undefined> {
  for (const child of (await readdir(folder)).sort()) {
    const path = `${prefix}${child}`;
    const { itself, below } = take(path);
    if (!itself && !below) continue;
    const inner = join(folder, child);
    const stats = lstatSync(inner, { bigint: true });
    if (itself) yield* packMember(inner, path, stats, seen);
    if (below && stats.isDirectory()) yield* packBelow(inner, `${path}/`, take, seen);
  }
}

export function typeOf(stats: BigIntStats): TarType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : 'socket';
}
