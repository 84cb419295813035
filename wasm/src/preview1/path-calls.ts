// Calls on paths, each from a directory that is open. The limit is the container's root, not that directory: a path may go up from it.

import { truncateFile } from '../files/contents.ts';
import type { Name } from '../files/directories.ts';
import { at, kind, kindOf } from '../files/inode.ts';
import { addName, create, createLink, readTarget, removeDirectory, rename, unlink } from '../files/operations.ts';
import { resolve, type Resolved } from '../files/resolve.ts';
import { errno, fail } from '../wasi/errno.ts';
import { lookupflags, oflags, rights } from './abi.ts';
import { access, opened } from './descriptions.ts';
import type { descriptorCalls } from './descriptor-calls.ts';
import type { Host } from './host.ts';

export function pathCalls(host: Host, { putFilestat, setTimes }: ReturnType<typeof descriptorCalls>) {
  const { process, memory } = host;
  const { files, descriptions } = process;
  const { arena } = files;

  function find(descriptor: number, address: number, length: number, follow: boolean): Resolved {
    const description = process.description(descriptor);
    if (descriptions.kindOf(description) !== opened.inode) fail(errno.ENOTDIR);
    const from = descriptions.target(description);
    if (kindOf(arena, from) !== kind.directory) fail(errno.ENOTDIR);
    return resolve(files, from, pathAt(address, length), follow);
  }

  /** A copy: the memory of a program with threads may change while it is looked at. */
  function pathAt(address: number, length: number): Name {
    const bytes = memory.bytes(address, length).slice();
    return { bytes, start: 0, end: bytes.length };
  }

  function there(descriptor: number, address: number, length: number, follow: boolean): Resolved {
    const found = find(descriptor, address, length, follow);
    if (found.inode === 0) fail(errno.ENOENT);
    return found;
  }

  /** Where something new may come. @throws Failure EEXIST, ENOENT */
  function free(descriptor: number, address: number, length: number): { readonly parent: number; readonly name: Name } {
    const { parent, name, inode } = find(descriptor, address, length, false);
    if (inode !== 0 || name === undefined) fail(errno.EEXIST);
    return { parent, name };
  }

  /** What has a name of its own, to be taken away. @throws Failure EBUSY for the root, EINVAL for `.` */
  function named(descriptor: number, address: number, length: number) {
    const { parent, name, inode, asDirectory } = there(descriptor, address, length, false);
    if (name === undefined) fail(inode === files.root ? errno.EBUSY : errno.EINVAL);
    return { parent, name, inode, asDirectory };
  }

  /** @returns its inode */
  function openOrCreate(found: Resolved, flags: number): number {
    const { inode, parent, name, asDirectory } = found;
    if (inode === 0) {
      if ((flags & oflags.create) === 0) fail(errno.ENOENT);
      if (asDirectory || (flags & oflags.directory) !== 0 || name === undefined) fail(errno.EISDIR);
      return create(files, parent, name, { kind: kind.file, mode: 0o644 });
    }
    const isDirectory = kindOf(arena, inode) === kind.directory;
    if ((flags & oflags.create) !== 0 && (flags & oflags.exclusive) !== 0) fail(errno.EEXIST);
    if ((flags & oflags.directory) !== 0 && !isDirectory) fail(errno.ENOTDIR);
    if (kindOf(arena, inode) === kind.symlink) fail(errno.ELOOP);
    return inode;
  }

  return {
    path_create_directory: (descriptor: number, path: number, length: number) => {
      const { parent, name } = free(descriptor, path, length);
      create(files, parent, name, { kind: kind.directory, mode: 0o755 });
    },
    path_filestat_get: (descriptor: number, flags: number, path: number, length: number, result: number) =>
      putFilestat(result, there(descriptor, path, length, (flags & lookupflags.follow) !== 0).inode),
    path_filestat_set_times: (
      descriptor: number,
      flags: number,
      path: number,
      length: number,
      accessed: bigint,
      modified: bigint,
      times: number,
    ) => setTimes(there(descriptor, path, length, (flags & lookupflags.follow) !== 0).inode, accessed, modified, times),
    path_link: (
      from: number,
      flags: number,
      path: number,
      length: number,
      to: number,
      newPath: number,
      newLength: number,
    ) => {
      const { inode } = there(from, path, length, (flags & lookupflags.follow) !== 0);
      const { parent, name } = free(to, newPath, newLength);
      addName(files, parent, name, inode);
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
      process.checkRoom();
      const found = find(descriptor, path, length, (lookup & lookupflags.follow) !== 0);
      const isWriting = (rightsBase & rights.write) !== 0n;
      const inode = openOrCreate(found, flags);
      const isDirectory = kindOf(arena, inode) === kind.directory;
      const forDirectory = (flags & oflags.directory) !== 0;
      if (isDirectory && ((flags & oflags.truncate) !== 0 || (isWriting && !forDirectory))) fail(errno.EISDIR);
      if ((flags & oflags.truncate) !== 0) {
        truncateFile(files, inode, 0);
        files.touch(inode, at.modified, at.changed);
      }
      const isReading = (rightsBase & rights.read) !== 0n || isDirectory;
      const may = (isReading ? access.read : 0) | (isWriting ? access.write : 0);
      memory.setWord(result, process.add(descriptions.openInode(inode, descriptorFlags, may)));
    },
    path_readlink: (descriptor: number, path: number, length: number, buffer: number, room: number, result: number) => {
      const target = readTarget(files, there(descriptor, path, length, false).inode);
      const piece = target.subarray(0, room >>> 0);
      memory.bytes(buffer, piece.length).set(piece);
      memory.setWord(result, piece.length);
    },
    path_remove_directory: (descriptor: number, path: number, length: number) => {
      const { parent, name } = named(descriptor, path, length);
      removeDirectory(files, parent, name);
    },
    path_rename: (from: number, path: number, length: number, to: number, newPath: number, newLength: number) => {
      const old = named(from, path, length);
      const made = find(to, newPath, newLength, false);
      if (made.name === undefined) fail(errno.EBUSY);
      if (made.asDirectory && kindOf(arena, old.inode) !== kind.directory) fail(errno.ENOTDIR);
      rename(files, old.parent, old.name, made.parent, made.name);
    },
    path_symlink: (target: number, targetLength: number, descriptor: number, path: number, length: number) => {
      const { parent, name } = free(descriptor, path, length);
      createLink(files, parent, name, memory.bytes(target, targetLength).slice());
    },
    path_unlink_file: (descriptor: number, path: number, length: number) => {
      const { parent, name, asDirectory } = named(descriptor, path, length);
      if (asDirectory) fail(errno.ENOTDIR);
      unlink(files, parent, name);
    },
  };
}
