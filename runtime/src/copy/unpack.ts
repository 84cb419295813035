// Unpacks what a container sent into a local folder. The archive is hostile: no member is written through a symbolic link or
// outside the folder, whatever it is called.

import { createWriteStream } from 'node:fs';
import type { Stats } from 'node:fs';
import { chmod, link, lstat, lutimes, mkdir, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readTar } from '../spec/tar/reader.ts';
import type { TarMember } from '../spec/tar/reader.ts';
import { cleanTarPath } from '../spec/tar/whiteout.ts';

/** Renames members on their way: what is called or lies in `from` becomes `to`. */
export interface Rebase {
  readonly from: string;
  readonly to: string;
}

/**
 * @param leftOut told of members that no ordinary user can make, which are an error without it
 * @throws Error when a member would overwrite a folder by a file or the reverse, or leave the folder
 */
export async function unpack(
  tar: AsyncIterable<Uint8Array>,
  folder: string,
  rebase: Rebase | undefined,
  leftOut?: (member: TarMember) => void,
): Promise<void> {
  const folderTimes: { path: string; time: number; mode: number }[] = [];
  for await (const member of readTar(tar)) {
    if (leftOut !== undefined && isSpecial(member)) {
      leftOut(member);
      continue;
    }
    const path = cleanTarPath(rename(member.path, rebase));
    const target = join(folder, path);
    if (path !== '') await checkParents(folder, path);
    await makeMember(member, target, path, folder, rebase);
    if (member.type === 'directory') folderTimes.push({ path: target, time: seconds(member), mode: member.mode });
  }
  // Innermost first: writing into a folder changes its time, and its mode may forbid writing.
  for (const { path, time, mode } of folderTimes.reverse()) {
    await chmod(path, mode);
    await utimes(path, time, time);
  }
}

function isSpecial({ type }: TarMember): boolean {
  return type === 'character' || type === 'block' || type === 'fifo' || type === 'socket';
}

export function rename(path: string, rebase: Rebase | undefined): string {
  if (rebase === undefined) return path;
  const clean = path.replace(/^\.\//, '').replace(/\/+$/, '');
  if (rebase.from === '' || rebase.from === '.') return `${rebase.to}/${clean === '.' ? '' : clean}`;
  if (clean === rebase.from) return rebase.to;
  return clean.startsWith(`${rebase.from}/`) ? rebase.to + clean.slice(rebase.from.length) : path;
}

async function checkParents(folder: string, path: string): Promise<void> {
  const parts = path.split('/').slice(0, -1);
  let current = folder;
  for (const part of parts) {
    current = join(current, part);
    const stats = await statOf(current);
    if (stats === undefined) await mkdir(current);
    else if (!stats.isDirectory())
      throw new Error(`refusing to write through ${JSON.stringify(current)}: not a directory`);
  }
}

async function makeMember(
  member: TarMember,
  target: string,
  path: string,
  folder: string,
  rebase: Rebase | undefined,
): Promise<void> {
  const isDirectory = member.type === 'directory';
  const existing = await statOf(target);
  if (existing?.isDirectory() === true && !isDirectory) {
    throw new Error(`cannot overwrite directory ${JSON.stringify(target)} with non-directory ${JSON.stringify(path)}`);
  }
  if (existing !== undefined && !existing.isDirectory()) {
    if (isDirectory) {
      throw new Error(
        `cannot overwrite non-directory ${JSON.stringify(target)} with directory ${JSON.stringify(path)}`,
      );
    }
    await rm(target);
  }
  switch (member.type) {
    case 'directory':
      if (existing === undefined) await mkdir(target, { mode: 0o700 });
      return;
    case 'file':
      await pipeline(member.content, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
      await chmod(target, member.mode);
      await utimes(target, seconds(member), seconds(member));
      return;
    case 'symlink':
      await symlink(member.linkName, target);
      await lutimes(target, seconds(member), seconds(member));
      return;
    case 'hardlink': {
      const source = cleanTarPath(rename(member.linkName, rebase));
      await checkParents(folder, source);
      await link(join(folder, source), target);
      return;
    }
    default:
      throw new Error(
        `cannot copy ${JSON.stringify(path)}: ${member.type} files are not copied to the local file system`,
      );
  }
}

function seconds(member: TarMember): number {
  return Number(member.mtimeNs / 1_000_000n) / 1000;
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') throw new Error(`${dirname(path)} is not a directory`, { cause: error });
    throw error;
  }
}
