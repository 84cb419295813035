// The engine's own files in a browser.

import { textOf } from '../../../../wasm/src/files/directories.ts';
import { kind } from '../../../../wasm/src/files/inode.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import { isAbsent } from '../portable/inside.ts';
import type { Files, FileStat, WritableFile } from '../host.ts';
import { removeTree } from './disk.ts';
import type { DiskFiles } from './disk-files.ts';
import { realPath } from './host-files.ts';

const readBytes = 256 * 1024;
/** How often it is looked whether a watched file has changed. */
const watchMs = 50;
const encoder = new TextEncoder();

/** Documents that are to last are not waited for: all is saved in the order in which it was written, within a second. */
export function webFiles(disk: DiskFiles, sync: () => Promise<void>): Files {
  const { tree } = disk;
  const call = async <T>(name: string, path: string, work: () => T): Promise<T> => disk.call(name, path, work);
  const readAll = (path: string): Uint8Array<ArrayBuffer> => {
    const inode = disk.call('open', path, () => disk.required(path));
    return disk.call('read', path, () => disk.readAll(inode));
  };
  return {
    read: async (path) => readAll(path),
    readText: async (path) => new TextDecoder().decode(readAll(path)),
    stat: (path) => call('stat', path, () => unlessAbsent(() => statOf(disk, disk.find(path, false)))),
    list: (path) => call('list', path, () => unlessAbsent(() => listOf(disk, path)) ?? []),
    makeDirectory: (path, { mode = 0o777, recursive = false } = {}) =>
      call('mkdir', path, () => {
        if (recursive) disk.makeDirectories(path, mode);
        else disk.make(path, kind.directory, mode);
      }),
    remove: (path) => removeTree(disk, path),
    rename: (from, to) =>
      call('rename', from, () => {
        const [old, made] = [disk.spot(from), disk.spot(to)];
        tree.rename(old.directory, old.name, made.directory, made.name);
      }),
    symlink: (target, path) =>
      call('symlink', path, () => {
        const { directory, name } = disk.spot(path);
        tree.createLink(directory, name, encoder.encode(target), { uid: 0, gid: 0 });
      }),
    link: (existing, path) =>
      call('link', existing, () => {
        const old = disk.spot(existing);
        const { directory, name } = disk.spot(path);
        if (old.inode === 0) fail(errno.ENOENT);
        tree.addName(directory, name, { directory: old.directory, name: old.name, node: old.inode });
      }),
    chmod: (path, mode) => call('chmod', path, () => tree.setMode(disk.required(path), mode)),
    chown: (path, uid, gid) => call('chown', path, () => tree.setOwner(disk.required(path), uid, gid)),
    realPath: (path) => call('realpath', path, () => new TextDecoder().decode(realPath(disk, path))),
    writeAtomic: (path, data, { mode = 0o600 } = {}) =>
      call('open', path, () => disk.replace(path, bytesOf(data), mode)),
    append: (path, data) => call('write', path, () => void tree.append(disk.required(path), encoder.encode(data))),
    write: (path, data, { mode = 0o666 } = {}) =>
      call('write', path, () => {
        const inode = disk.findOrMake(path, mode);
        tree.truncate(inode, 0);
        tree.write(inode, 0, encoder.encode(data));
      }),
    stream: (path, range) => streamOf(disk, path, range),
    create: (path, options) => create(disk, path, options, sync),
    space: (path) => call('statfs', path, () => tree.space()),
    treeSize: (path) => call('stat', path, () => unlessAbsent(() => sizeOf(disk, disk.required(path, false))) ?? 0),
    watch: (path, changed) => watch(disk, path, changed),
  };
}

function unlessAbsent<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? encoder.encode(data) : data;
}

const kinds: Readonly<Record<number, FileStat['kind']>> = {
  [kind.file]: 'file',
  [kind.directory]: 'directory',
  [kind.symlink]: 'symlink',
};

function statOf({ tree }: DiskFiles, inode: number): FileStat | undefined {
  if (inode === 0) return undefined;
  const stat = tree.stat(inode);
  const { size, mode, uid, gid } = stat;
  const [what, mtimeMs] = [kinds[stat.kind] ?? 'other', Number(stat.modifiedNs / 1000n) / 1000];
  return { kind: what, size, mode, mtimeMs, uid, gid, ino: Number(stat.inode) };
}

function listOf(disk: DiskFiles, path: string): string[] {
  return Array.from(disk.tree.list(disk.required(path), 0), ({ name }) => textOf(name)).toSorted();
}

async function* streamOf(
  disk: DiskFiles,
  path: string,
  { start = 0, end = Infinity }: { readonly start?: number; readonly end?: number } = {},
): AsyncGenerator<Uint8Array> {
  const { tree } = disk;
  const inode = disk.call('open', path, () => {
    const found = disk.required(path);
    tree.hold(found);
    return found;
  });
  try {
    for (let at = start; at < end;) {
      const chunk = new Uint8Array(Math.min(readBytes, end - at));
      const count = disk.call('read', path, () => tree.read(inode, at, chunk));
      if (count === 0) return;
      yield chunk.subarray(0, count);
      at += count;
    }
  } finally {
    disk.inside(() => tree.release(inode));
  }
}

async function create(
  disk: DiskFiles,
  path: string,
  { mode = 0o666, append = false }: { readonly mode?: number; readonly append?: boolean } = {},
  sync: () => Promise<void>,
): Promise<WritableFile> {
  const { tree } = disk;
  const inode = disk.call('open', path, () => {
    const found = disk.findOrMake(path, mode);
    if (!append) tree.truncate(found, 0);
    tree.hold(found);
    return found;
  });
  let isOpen = true;
  const close = async () => {
    if (isOpen) disk.inside(() => tree.release(inode));
    isOpen = false;
    await Promise.resolve();
  };
  return {
    write: async (chunk) => {
      if (!isOpen) throw new Error(`${path} is closed`);
      disk.call('write', path, () => tree.append(inode, chunk));
      await Promise.resolve();
    },
    sync,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Hard links are counted once. */
function sizeOf(disk: DiskFiles, root: number): number {
  const { tree } = disk;
  const seen = new Set<number>();
  const waiting = [root];
  let total = 0;
  for (let inode = waiting.pop(); inode !== undefined; inode = waiting.pop()) {
    if (seen.has(inode)) continue;
    seen.add(inode);
    if (tree.kindOf(inode) !== kind.directory) total += tree.sizeOf(inode);
    else for (const { name } of tree.list(inode, 0)) waiting.push(tree.lookUp(inode, name));
  }
  return total;
}

function watch(disk: DiskFiles, path: string, changed: () => void): Disposable {
  const look = () =>
    disk.call('watch', path, () => {
      const inode = disk.find(path, true);
      if (inode === 0) return '';
      const names = disk.tree.kindOf(inode) === kind.directory ? disk.tree.list(inode, 0) : [];
      return [inode, ...Array.from(names, ({ name }) => disk.tree.lookUp(inode, name))]
        .map((each) => `${each} ${disk.tree.sizeOf(each)} ${disk.tree.stat(each).changedNs}`)
        .join();
    });
  let seen = look();
  const timer = setInterval(() => {
    const now = look();
    if (now === seen) return;
    seen = now;
    changed();
  }, watchMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
