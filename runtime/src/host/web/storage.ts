// Packs and spills as files of the disk in memory.

import { blockBytes, kind } from '../../../../wasm/src/files/inode.ts';
import type { Storage } from '../../../../wasm/src/files/reference.ts';
import { errno, fail, Failure } from '../../../../wasm/src/wasi/errno.ts';
import type { DiskFiles } from './disk-files.ts';

/** Names are absolute paths. Nobody removes a file while somebody has it open here: layers and roots see to that. */
export function webStorage(disk: DiskFiles): Storage & Disposable {
  return {
    openPack(name) {
      const find = remembered(() => disk.required(name));
      return { read: (offset, into) => asContents(() => disk.inside(() => readFully(disk, find(), offset, into))) };
    },
    openSpill(name) {
      // Made when it is first needed: most containers never spill.
      const find = remembered(() => disk.findOrMake(name, 0o600));
      return {
        read: (block, offset, into) =>
          asContents(() => disk.inside(() => readFully(disk, find(), block * blockBytes + offset, into))),
        write: (block, offset, from) =>
          asContents(() => disk.inside(() => disk.tree.write(find(), block * blockBytes + offset, from))),
      };
    },
    [Symbol.dispose]() {},
  };
}

function readFully({ tree }: DiskFiles, inode: number, offset: number, into: Uint8Array): void {
  if (tree.kindOf(inode) !== kind.file) fail(errno.EIO);
  into.fill(0, tree.read(inode, offset, into));
}

function remembered(find: () => number): () => number {
  let inode = 0;
  return () => (inode ||= find());
}

/** What a program sees of the disk is whether it is full. */
function asContents<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Failure) || error.message === 'ENOSPC') throw error;
    fail(errno.EIO);
  }
}
