// Kinds and permissions of files as Go's FileMode has them, which is what fsutil sends.

import type { TarEntry } from '../../spec/tar/header.ts';

const directory = 0x8000_0000;
const symlink = 0x0800_0000;
const device = 0x0400_0000;
const pipe = 0x0200_0000;
const socket = 0x0100_0000;
const setuid = 0x0080_0000;
const setgid = 0x0040_0000;
const character = 0x0020_0000;
const sticky = 0x0010_0000;
const irregular = 0x0008_0000;

/** Of a file that has contents, no bit of a kind is set. */
const kinds = [directory, symlink, device, pipe, socket, character, irregular].reduce((all, bit) => all + bit);

function has(mode: number, bit: number): boolean {
  // Bit 31 makes what `&` gives negative.
  return (mode & bit) !== 0;
}

/** @returns undefined for what no tree of a build holds: sockets, and what Go cannot name */
export function typeOf(mode: number): Exclude<TarEntry['type'], 'hardlink' | 'socket'> | undefined {
  if (!has(mode, kinds)) return 'file';
  if (has(mode, directory)) return 'directory';
  if (has(mode, symlink)) return 'symlink';
  if (has(mode, pipe)) return 'fifo';
  if (has(mode, device)) return has(mode, character) ? 'character' : 'block';
  return undefined;
}

export function permissionsOf(mode: number): number {
  const special =
    (has(mode, setuid) ? 0o4000 : 0) | (has(mode, setgid) ? 0o2000 : 0) | (has(mode, sticky) ? 0o1000 : 0);
  return special | (mode & 0o777);
}

export function goModeOf({ type, mode }: Pick<TarEntry, 'type' | 'mode'>): number {
  const kind = {
    file: 0,
    hardlink: 0,
    directory,
    symlink,
    fifo: pipe,
    socket,
    character: device + character,
    block: device,
  }[type];
  const special = (mode & 0o4000 ? setuid : 0) + (mode & 0o2000 ? setgid : 0) + (mode & 0o1000 ? sticky : 0);
  return kind + special + (mode & 0o777);
}
