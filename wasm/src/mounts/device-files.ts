// /dev of a container: a directory of its root's file system that is below no other, so that no layer and no difference shows it.

import { entryAfter, entryName, inodeOf, nameOf, type Name } from '../files/directories.ts';
import type { FileSystem } from '../files/file-system.ts';
import { at, flag, kind, kindOf, set, setFlag } from '../files/inode.ts';
import { create, createLink, hold, release, removeDirectory, unlink } from '../files/operations.ts';
import { device } from './devices.ts';

const targets = { fd: '/proc/self/fd', stdin: '/proc/self/fd/0', stdout: '/proc/self/fd/1', stderr: '/proc/self/fd/2' };
// Made once: a container starts in less time than encoding them takes.
const nodes = Object.entries(device).map(([name, number]) => ({ name: nameOf(name), number }));
const links = Object.entries(targets).map(([name, target]) => ({ name: nameOf(name), target: nameOf(target).bytes }));
const shm = nameOf('shm');

/** As Docker's, where no other size is asked for. */
const shmBytes = 64 * 2 ** 20;

/** A new /dev. Call it inside. @returns its inode, and that of /dev/shm, which is bounded by itself @throws Failure ENOSPC */
export function makeDevices(files: FileSystem): { readonly root: number; readonly shared: number } {
  const { arena } = files;
  const root = files.makeInode(kind.directory, 0o755);
  setFlag(arena, root, flag.complete);
  set(arena, root, at.links, 1);
  // Who goes up from it comes to the root in the end, as from everywhere.
  set(arena, root, at.parent, files.root);
  for (const { name, number } of nodes) {
    const inode = create(files, root, name, { kind: kind.character, mode: 0o666 });
    set(arena, inode, at.device, number);
  }
  for (const { name, target } of links) createLink(files, root, name, target);
  const shared = create(files, root, shm, { kind: kind.directory, mode: 0o1777 });
  files.bound(shared, shmBytes);
  return { root, shared };
}

/** With all that programs have made in it. Call it inside. */
export function removeDevices(files: FileSystem, root: number): void {
  const { arena } = files;
  const way: { readonly directory: number; readonly name: Name }[] = [];
  let directory = root;
  for (;;) {
    const entry = entryAfter(arena, directory, 0);
    if (entry !== 0) {
      const [inode, name] = [inodeOf(arena, entry), copyOf(entryName(arena, entry))];
      if (kindOf(arena, inode) === kind.directory) {
        way.push({ directory, name });
        directory = inode;
      } else unlink(files, directory, name);
      continue;
    }
    const last = way.pop();
    if (last === undefined) break;
    directory = last.directory;
    removeDirectory(files, directory, last.name);
  }
  hold(files, root);
  set(arena, root, at.links, 0);
  release(files, root);
}

/** Its bytes go with its entry. */
function copyOf({ bytes, start, end }: Name): Name {
  return { bytes: bytes.slice(start, end), start: 0, end: end - start };
}
