// Calls on paths, each from a directory that is open. The limit is the container's root, not that directory: a path may go up from it.

import type { Name } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import type { Place } from '../mounts/mount.ts';
import * as paths from '../mounts/paths.ts';
import { errno, fail } from '../wasi/errno.ts';
import { fdflags, lookupflags, oflags, rights } from './abi.ts';
import { access, opened } from './descriptions.ts';
import type { descriptorCalls } from './descriptor-calls.ts';
import { openFifo } from './fifos.ts';
import type { Host } from './host.ts';

const newFile = 0o666;
const newDirectory = 0o777;

export function pathCalls(host: Host, { putFilestat, changeTimes }: ReturnType<typeof descriptorCalls>) {
  const { process, memory } = host;
  const { space, descriptions } = process;

  /** The directory of a descriptor. @throws Failure EBADF, ENOTDIR */
  function directoryAt(descriptor: number): Place {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) fail(errno.ENOTDIR);
    const place = descriptions.fileOf(description);
    if (space.kindOf(place) !== kind.directory) fail(errno.ENOTDIR);
    return place;
  }

  /** A copy: the memory of a program with threads may change while it is looked at. */
  function pathAt(address: number, length: number): Name {
    const bytes = memory.bytes(address, length).slice();
    return { bytes, start: 0, end: bytes.length };
  }

  const at = (descriptor: number, path: number, length: number) => ({
    from: directoryAt(descriptor),
    path: pathAt(path, length),
  });
  const follows = (flags: number) => (flags & lookupflags.follow) !== 0;
  const masked = (mode: number) => mode & ~host.gate.umask();

  function there(descriptor: number, path: number, length: number, flags: number): Place {
    return paths.placeAt(space, directoryAt(descriptor), pathAt(path, length), follows(flags));
  }

  /** @returns its descriptor */
  function open(from: Place, path: Name, lookup: number, flags: number, base: bigint, descriptorFlags: number): number {
    process.checkRoom();
    const write = (base & rights.write) !== 0n;
    const place = paths.openAt(space, from, path, {
      follow: follows(lookup),
      read: (base & rights.read) !== 0n,
      write,
      create: (flags & oflags.create) !== 0,
      exclusive: (flags & oflags.exclusive) !== 0,
      directory: (flags & oflags.directory) !== 0,
      truncate: (flags & oflags.truncate) !== 0,
      mode: masked(newFile),
    });
    const what = space.kindOf(place);
    const read = (base & rights.read) !== 0n || what === kind.directory;
    const may = (read ? access.read : 0) | (write ? access.write : 0);
    if (what === kind.fifo) return openFifo(host, place, may, (descriptorFlags & fdflags.nonblock) !== 0);
    return process.add(descriptions.openPlace(place, descriptorFlags, may));
  }

  return {
    path_create_directory: (descriptor: number, path: number, length: number) =>
      paths.makeDirectory(space, directoryAt(descriptor), pathAt(path, length), masked(newDirectory)),
    path_filestat_get: (descriptor: number, flags: number, path: number, length: number, result: number) =>
      putFilestat(result, there(descriptor, path, length, flags)),
    path_filestat_set_times: (
      descriptor: number,
      flags: number,
      path: number,
      length: number,
      accessed: bigint,
      modified: bigint,
      times: number,
    ) => changeTimes(there(descriptor, path, length, flags), accessed, modified, times),
    path_link: (
      from: number,
      flags: number,
      path: number,
      length: number,
      to: number,
      newPath: number,
      newLength: number,
    ) => {
      const old = { ...at(from, path, length), follow: follows(flags) };
      paths.addLink(space, old, at(to, newPath, newLength));
    },
    path_open: (
      descriptor: number,
      lookup: number,
      path: number,
      length: number,
      flags: number,
      rightsBase: bigint,
      _rightsInheriting: bigint,
      descriptorFlags: number,
      result: number,
    ) => {
      const { from, path: name } = at(descriptor, path, length);
      memory.setWord(result, open(from, name, lookup, flags, rightsBase, descriptorFlags));
    },
    path_readlink: (descriptor: number, path: number, length: number, buffer: number, room: number, result: number) => {
      const target = paths.readLinkAt(space, directoryAt(descriptor), pathAt(path, length));
      const piece = target.subarray(0, room >>> 0);
      memory.bytes(buffer, piece.length).set(piece);
      memory.setWord(result, piece.length);
    },
    path_remove_directory: (descriptor: number, path: number, length: number) =>
      paths.removeDirectoryAt(space, directoryAt(descriptor), pathAt(path, length)),
    path_rename: (from: number, path: number, length: number, to: number, newPath: number, newLength: number) =>
      paths.renameAt(space, at(from, path, length), at(to, newPath, newLength)),
    path_symlink: (target: number, targetLength: number, descriptor: number, path: number, length: number) => {
      const text = memory.bytes(target, targetLength).slice();
      paths.makeLink(space, text, directoryAt(descriptor), pathAt(path, length));
    },
    path_unlink_file: (descriptor: number, path: number, length: number) =>
      paths.unlinkAt(space, directoryAt(descriptor), pathAt(path, length)),
  };
}
