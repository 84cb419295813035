// What calls on paths are given: a directory that is open, and a path in the program's memory.

import type { Name } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import type { Place } from '../mounts/mount.ts';
import { errno, fail } from '../wasi/errno.ts';
import { opened } from './descriptions.ts';
import type { Host } from './host.ts';
import { rootDescriptor, workingDescriptor, type Process } from './process.ts';

const slash = 0x2f;

export interface PathArgument {
  readonly from: Place;
  readonly path: Name;
}

export function pathArguments({ process, memory }: Host) {
  const { space } = process;

  function startOf(descriptor: number, path: Name): Place {
    const from = directoryAt(process, descriptor);
    const isGuess = process.asksForPreopens && descriptor === rootDescriptor && isSame(from, space.root);
    return isGuess ? guessedStart(process, path) : from;
  }

  /** The path is a copy: the memory of a program with threads may change while it is looked at. @throws Failure EBADF, ENOTDIR, EFAULT */
  return (descriptor: number, path: number, length: number): PathArgument => {
    const bytes = memory.bytes(path, length).slice();
    const name = { bytes, start: 0, end: bytes.length };
    return { from: startOf(descriptor, name), path: name };
  };
}

/** The directory of a descriptor. @throws Failure EBADF, ENOTDIR */
function directoryAt(process: Process, descriptor: number): Place {
  const { space, descriptions } = process;
  const description = process.description(descriptor);
  if (descriptions.kindOf(description) !== opened.inode) fail(errno.ENOTDIR);
  const place = descriptions.fileOf(description);
  if (space.kindOf(place) !== kind.directory) fail(errno.ENOTDIR);
  return place;
}

/**
 * Where a path begins that comes without its first slash, if it ever had one: wasi-libc takes that away, and knows no working directory. In
 * that, if what it begins with is there, or nowhere.
 */
export function guessedStart(process: Process, path: Name): Place {
  const { space, descriptors } = process;
  const { root } = space;
  if (path.bytes[0] === slash || descriptors.get(workingDescriptor) === 0) return root;
  const working = directoryAt(process, workingDescriptor);
  if (isSame(working, root)) return root;
  const slashAt = path.bytes.indexOf(slash);
  const first = { ...path, end: slashAt < 0 ? path.end : slashAt };
  const isThere = (from: Place) => space.find(from, first, false).place !== undefined;
  return first.end > 0 && !isThere(working) && isThere(root) ? root : working;
}

function isSame(one: Place, other: Place): boolean {
  return one.mount === other.mount && one.node === other.node;
}
