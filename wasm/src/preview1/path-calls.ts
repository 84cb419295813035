// Calls on paths, each from a directory that is open. The limit is the container's root, not that directory: a path may go up from it.

import type { Name } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import type { Place } from '../mounts/mount.ts';
import * as paths from '../mounts/paths.ts';
import { fdflags, lookupflags, oflags, rights } from './abi.ts';
import { pathArguments, type PathArgument } from './arguments.ts';
import { access } from './descriptions.ts';
import type { descriptorCalls } from './descriptor-calls.ts';
import { sharedDescription } from './shared.ts';
import { openFifo } from './fifos.ts';
import type { Host } from './host.ts';
import { after, type Late } from './waiting.ts';

const newFile = 0o666;
const newDirectory = 0o777;

export function pathCalls(host: Host, { putFilestat, changeTimes }: ReturnType<typeof descriptorCalls>) {
  const { process, memory } = host;
  const { space, descriptions } = process;

  const at = pathArguments(host);
  /** A function of `paths` with a directory and a path. */
  const withPath =
    <T>(call: (from: Place, path: Name) => T) =>
    (descriptor: number, path: number, length: number): T => {
      const { from, path: name } = at(descriptor, path, length);
      return call(from, name);
    };
  const follows = (flags: number) => (flags & lookupflags.follow) !== 0;
  const masked = (mode: number) => mode & ~host.gate.umask();

  function there(descriptor: number, path: number, length: number, flags: number): Place {
    const { from, path: name } = at(descriptor, path, length);
    return paths.placeAt(space, from, name, follows(flags));
  }

  /** A further descriptor for what is open. */
  function another(description: number): number {
    const descriptor = process.add(description);
    descriptions.hold(description);
    return descriptor;
  }

  /** @returns its descriptor */
  function open(
    { from, path }: PathArgument,
    lookup: number,
    flags: number,
    base: bigint,
    descriptorFlags: number,
  ): Late<number> {
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
    const shared = sharedDescription(process, place);
    if (shared !== undefined) return another(shared);
    const what = space.kindOf(place);
    const read = (base & rights.read) !== 0n || what === kind.directory;
    const may = (read ? access.read : 0) | (write ? access.write : 0);
    if (what === kind.fifo) return openFifo(host, place, may, (descriptorFlags & fdflags.nonblock) !== 0);
    return process.add(descriptions.openPlace(place, descriptorFlags, may));
  }

  return {
    path_create_directory: withPath((from, path) => paths.makeDirectory(space, from, path, masked(newDirectory))),
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
      const wanted = at(descriptor, path, length);
      return after(open(wanted, lookup, flags, rightsBase, descriptorFlags), (opened) =>
        memory.setWord(result, opened),
      );
    },
    path_readlink: (descriptor: number, path: number, length: number, buffer: number, room: number, result: number) => {
      const { from, path: name } = at(descriptor, path, length);
      const target = paths.readLinkAt(space, from, name);
      const piece = target.subarray(0, room >>> 0);
      memory.bytes(buffer, piece.length).set(piece);
      memory.setWord(result, piece.length);
    },
    path_remove_directory: withPath((from, path) => paths.removeDirectoryAt(space, from, path)),
    path_rename: (from: number, path: number, length: number, to: number, newPath: number, newLength: number) =>
      paths.renameAt(space, at(from, path, length), at(to, newPath, newLength)),
    path_symlink: (target: number, targetLength: number, descriptor: number, path: number, length: number) => {
      const text = memory.bytes(target, targetLength).slice();
      const { from, path: name } = at(descriptor, path, length);
      paths.makeLink(space, text, from, name);
    },
    path_unlink_file: withPath((from, path) => paths.unlinkAt(space, from, path)),
  };
}
