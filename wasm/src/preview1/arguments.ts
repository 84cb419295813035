// What calls on paths are given: a directory that is open, and a path in the program's memory.

import type { Name } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import type { Place } from '../mounts/mount.ts';
import { errno, fail } from '../wasi/errno.ts';
import { opened } from './descriptions.ts';
import type { Host } from './host.ts';

export interface PathArgument {
  readonly from: Place;
  readonly path: Name;
}

export function pathArguments({ process, memory }: Host) {
  const { space, descriptions } = process;

  /** The directory of a descriptor. @throws Failure EBADF, ENOTDIR */
  function directoryAt(descriptor: number): Place {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) fail(errno.ENOTDIR);
    const place = descriptions.fileOf(description);
    if (space.kindOf(place) !== kind.directory) fail(errno.ENOTDIR);
    return place;
  }

  /** The path is a copy: the memory of a program with threads may change while it is looked at. @throws Failure EBADF, ENOTDIR, EFAULT */
  return (descriptor: number, path: number, length: number): PathArgument => {
    const bytes = memory.bytes(path, length).slice();
    return { from: directoryAt(descriptor), path: { bytes, start: 0, end: bytes.length } };
  };
}
