// Folders of the disk in memory as folders of a host, for volumes: what is done to them is on the disk at once. A descriptor is an inode
// that is held, so that all threads of a container mean the same by it.

import { kind } from '../../../../wasm/src/files/inode.ts';
import type { HostFiles, HostStat } from '../../../../wasm/src/mounts/host-files.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import type { DiskFiles } from './disk-files.ts';

const flags = {
  read: 0,
  write: 1,
  readWrite: 2,
  create: 4,
  exclusive: 8,
  append: 16,
  noFollow: 32,
  place: 64,
  direct: 0,
} as const;

/** Types of files in a mode, as on Linux. */
const types: Readonly<Record<number, number>> = {
  [kind.file]: 0o100000,
  [kind.directory]: 0o040000,
  [kind.symlink]: 0o120000,
  [kind.character]: 0o020000,
  [kind.block]: 0o060000,
  [kind.fifo]: 0o010000,
  [kind.socket]: 0o140000,
};

export function webHostFiles(disk: DiskFiles): HostFiles {
  const { tree } = disk;
  const inside = <T>(work: () => T): T => disk.inside(work);
  const has = (asked: number, flag: number) => (asked & flag) !== 0;
  const open = (path: Uint8Array, asked: number, mode = 0o666): number => {
    const known = disk.find(path, !has(asked, flags.noFollow));
    if (known !== 0 && has(asked, flags.create) && has(asked, flags.exclusive)) fail(errno.EEXIST);
    if (known === 0 && !has(asked, flags.create)) fail(errno.ENOENT);
    const inode = known === 0 ? disk.make(path, kind.file, mode) : known;
    if (has(asked, flags.noFollow) && !has(asked, flags.place) && tree.kindOf(inode) === kind.symlink)
      fail(errno.ELOOP);
    tree.hold(inode);
    return inode;
  };
  const wanted = (path: Uint8Array): number => disk.required(path, false);
  return {
    method: 'checks',
    lock: { enter: () => disk.enter(), leave: () => disk.leave() },
    isName: () => true,
    mayChangeOwners: true,
    flags,
    open: (path, asked, mode) => inside(() => open(path, asked, mode)),
    find: (path, asked) => inside(() => (disk.find(path, !has(asked, flags.noFollow)) === 0 ? -1 : open(path, asked))),
    close: (inode) => inside(() => tree.release(inode)),
    read: (inode, offset, into) => inside(() => tree.read(inode, offset, into)),
    write: (inode, offset, from) =>
      inside(() => {
        tree.write(inode, offset, from);
        return from.length;
      }),
    append: (inode, from) =>
      inside(() => {
        tree.append(inode, from);
        return from.length;
      }),
    truncate: (inode, size) => inside(() => tree.truncate(inode, size)),
    // The disk is saved as a whole, within a second.
    sync: () => {},
    statOpen: (inode) => inside(() => statOf(disk, inode)),
    lookAt: (path) =>
      inside(() => {
        const inode = disk.find(path, false);
        return inode === 0 ? undefined : statOf(disk, inode);
      }),
    realPath: (path) => inside(() => realPath(disk, path)),
    list: (path) =>
      inside(() => Array.from(tree.list(disk.required(path), 0), ({ name }) => name.bytes.slice(name.start, name.end))),
    findTarget: (path) =>
      inside(() => {
        const inode = disk.find(path, false);
        return inode === 0 || tree.kindOf(inode) !== kind.symlink ? undefined : tree.readTarget(inode);
      }),
    makeDirectory: (path, mode) => inside(() => void disk.make(path, kind.directory, mode)),
    makeLink: (target, path) =>
      inside(() => {
        const { directory, name } = disk.spot(path);
        tree.createLink(directory, name, target, { uid: 0, gid: 0 });
      }),
    addName: (from, path) =>
      inside(() => {
        const old = disk.spot(from);
        const { directory, name } = disk.spot(path);
        if (old.inode === 0) fail(errno.ENOENT);
        tree.addName(directory, name, { directory: old.directory, name: old.name, node: old.inode });
      }),
    unlink: (path) =>
      inside(() => {
        const { directory, name } = disk.spot(path);
        tree.unlink(directory, name);
      }),
    removeDirectory: (path) =>
      inside(() => {
        const { directory, name } = disk.spot(path);
        tree.removeDirectory(directory, name);
      }),
    rename: (from, to) =>
      inside(() => {
        const [old, made] = [disk.spot(from), disk.spot(to)];
        tree.rename(old.directory, old.name, made.directory, made.name);
      }),
    setTimes: (path, accessed, modified) =>
      inside(() => tree.setTimes(wanted(path), { accessedNs: ns(accessed), modifiedNs: ns(modified) })),
    setMode: (path, mode) => inside(() => tree.setMode(wanted(path), mode)),
    setOwner: (path, uid, gid) => inside(() => tree.setOwner(wanted(path), uid, gid)),
    space: () => inside(() => tree.space()),
  };
}

function ns(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1_000_000)) * 1000n;
}

function statOf({ tree }: DiskFiles, inode: number): HostStat {
  const stat = tree.stat(inode);
  return {
    dev: 1n,
    ino: stat.inode,
    mode: BigInt((types[stat.kind] ?? 0) | stat.mode),
    nlink: BigInt(stat.links),
    uid: BigInt(stat.uid),
    gid: BigInt(stat.gid),
    rdev: BigInt(stat.special),
    size: BigInt(stat.size),
    blocks: BigInt(stat.allocated / 512),
    atimeNs: stat.accessedNs,
    mtimeNs: stat.modifiedNs,
    ctimeNs: stat.changedNs,
  };
}

/** From what is there upwards. @throws Failure ENOENT */
export function realPath(disk: DiskFiles, path: string | Uint8Array): Uint8Array {
  const { tree, files } = disk;
  let inode = disk.required(path);
  const parts: Uint8Array[] = [];
  if (tree.kindOf(inode) !== kind.directory) {
    const last = lastSpot(disk, path);
    parts.unshift(last.name);
    inode = last.directory;
  }
  while (inode !== files.root) {
    const above = tree.above(inode);
    for (const { name } of tree.list(above, 0)) {
      if (tree.lookUp(above, name) !== inode) continue;
      parts.unshift(name.bytes.slice(name.start, name.end));
      break;
    }
    inode = above;
  }
  return joined(parts);
}

/** Where a file is, links to it followed. */
function lastSpot(
  disk: DiskFiles,
  path: string | Uint8Array,
): { readonly directory: number; readonly name: Uint8Array } {
  let at = path;
  for (let links = 0; links < 40; links++) {
    const { directory, name, inode } = disk.spot(at);
    if (disk.tree.kindOf(inode) !== kind.symlink) {
      return { directory, name: name.bytes.slice(name.start, name.end) };
    }
    const target = disk.tree.readTarget(inode);
    const isAbsolute = target[0] === 0x2f;
    at = isAbsolute ? target : concatPath(typeof at === 'string' ? new TextEncoder().encode(at) : at, target);
  }
  return fail(errno.ELOOP);
}

/** A relative target in the place of a path's last name. */
function concatPath(path: Uint8Array, target: Uint8Array): Uint8Array {
  const head = path.subarray(0, path.lastIndexOf(0x2f) + 1);
  const bytes = new Uint8Array(head.length + target.length);
  bytes.set(head);
  bytes.set(target, head.length);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(
    Math.max(
      1,
      parts.reduce((sum, part) => sum + 1 + part.length, 0),
    ),
  ).fill(0x2f);
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length + 1;
  }
  return bytes;
}
