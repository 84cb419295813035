// Numbers of WASI preview 1: https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md

import { kind } from '../files/inode.ts';

export const filetype = {
  unknown: 0,
  block: 1,
  character: 2,
  directory: 3,
  regular: 4,
  stream: 6,
  symlink: 7,
} as const;

const filetypes = new Map<number, number>([
  [kind.file, filetype.regular],
  [kind.directory, filetype.directory],
  [kind.symlink, filetype.symlink],
  [kind.character, filetype.character],
  [kind.block, filetype.block],
  [kind.socket, filetype.stream],
]);

export function filetypeOf(inodeKind: number): number {
  return filetypes.get(inodeKind) ?? filetype.unknown;
}

export const fdflags = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const;
export const oflags = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
export const lookupflags = { follow: 1 } as const;
export const fstflags = { atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 } as const;
export const whence = { set: 0, current: 1, end: 2 } as const;
export const clockId = { realtime: 0, monotonic: 1, processCpu: 2, threadCpu: 3 } as const;
export const eventType = { clock: 0, read: 1, write: 2 } as const;
export const subclockflags = { absolute: 1 } as const;

/** Rights that decide something here; a descriptor has all others. */
export const rights = { read: 1n << 1n, seek: 1n << 2n, tell: 1n << 5n, write: 1n << 6n } as const;
export const allRights = (1n << 30n) - 1n;
