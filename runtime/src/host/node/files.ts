// Files over node:fs. Every fault leaves here as an EngineError. What the kernel does in microseconds, with names and small
// documents, is asked of it at once: the way through the thread pool costs ten times that. What may take long goes that way.

import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  watch,
  writeFileSync,
} from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, fromNodeError } from '../errno.ts';
import type { Files, FileStat, WritableFile } from '../host.ts';
import { makeFolder } from './make-folder.ts';
import { writeAtomic } from './write-atomic.ts';

const readSize = 256 * 1024;
const appendFlags = constants.O_WRONLY | constants.O_APPEND;

export const files: Files = {
  read: (path) => guard(path, async () => new Uint8Array(await fs.readFile(path))),
  readText: (path) => guard(path, async () => readFileSync(path, 'utf8')),
  stat: (path) => guard(path, () => stat(path)),
  list: (path) => guard(path, () => list(path)),
  makeDirectory: (path, options) =>
    guard(path, async () => {
      if (options?.recursive === true) makeFolder(path, options.mode);
      else mkdirSync(path, { mode: options?.mode ?? 0o777 });
    }),
  remove: (path) => guard(path, () => fs.rm(path, { recursive: true, force: true })),
  rename: (from, to) => guard(from, async () => renameSync(from, to)),
  symlink: (target, path) => guard(path, () => fs.symlink(target, path)),
  link: (existing, path) => guard(path, () => fs.link(existing, path)),
  chmod: (path, mode) => guard(path, () => fs.chmod(path, mode)),
  chown: (path, uid, gid) => guard(path, () => fs.chown(path, uid, gid)),
  realPath: (path) => guard(path, () => fs.realpath(path)),
  writeAtomic: (path, data, options) => guard(path, () => writeAtomic(path, data, options)),
  append: (path, data) => guard(path, async () => append(path, data)),
  write: (path, data, options) => guard(path, async () => writeFileSync(path, data, { mode: options?.mode ?? 0o666 })),
  stream,
  create: (path, options) => guard(path, () => create(path, options)),
  space: (path) =>
    guard(path, async () => {
      const info = await fs.statfs(path);
      return { free: info.bavail * info.bsize, total: info.blocks * info.bsize };
    }),
  treeSize: (path) => guard(path, () => treeSize(path)),
  watch: watchPath,
};

async function guard<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

async function absentIs<T>(absent: T, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return absent;
    throw error;
  }
}

async function stat(path: string): Promise<FileStat | undefined> {
  const info = await absentIs(undefined, async () => lstatSync(path, { throwIfNoEntry: false }));
  if (info === undefined) return undefined;
  const kind = info.isFile() ? 'file' : info.isDirectory() ? 'directory' : info.isSymbolicLink() ? 'symlink' : 'other';
  const { size, mtimeMs, uid, gid, ino } = info;
  return { kind, size, mode: info.mode & 0o7777, mtimeMs, uid, gid, ino, birthMs: birthOf(info) };
}

/** Where a disk or a kernel does not tell, there is nothing or the time of the last change: that is no birth, since it moves. */
function birthOf({ birthtimeMs, ctimeMs }: Stats): number | undefined {
  return birthtimeMs === 0 || birthtimeMs === ctimeMs ? undefined : birthtimeMs;
}

function append(path: string, data: string): void {
  const descriptor = openSync(path, appendFlags);
  try {
    writeFileSync(descriptor, data);
  } finally {
    closeSync(descriptor);
  }
}

async function list(path: string): Promise<readonly string[]> {
  return (await absentIs<string[]>([], () => fs.readdir(path))).toSorted();
}

async function* stream(
  path: string,
  range?: { readonly start?: number; readonly end?: number },
): AsyncGenerator<Uint8Array> {
  await using file = await guard(path, () => fs.open(path, 'r'));
  const end = range?.end ?? Infinity;
  let position = range?.start ?? 0;
  const next = async () => {
    const size = Math.min(readSize, end - position);
    if (size <= 0) return undefined;
    const { bytesRead, buffer } = await guard(path, () => file.read(Buffer.allocUnsafeSlow(size), 0, size, position));
    position += bytesRead;
    return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
  };
  // One chunk is read ahead, so that disk and consumer work at the same time.
  let pending = next();
  try {
    for (let chunk = await pending; chunk !== undefined; chunk = await pending) {
      pending = next();
      pending.catch(() => undefined); // met by the await above, unless the consumer leaves first
      yield chunk;
    }
  } finally {
    await pending.catch(() => undefined); // the file must not close under a read; its failure was thrown by the loop
  }
}

async function create(
  path: string,
  options?: { readonly mode?: number; readonly append?: boolean },
): Promise<WritableFile> {
  const file = await fs.open(path, options?.append === true ? 'a' : 'w', options?.mode ?? 0o666);
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    await guard(path, () => file.close());
  };
  return {
    write: (chunk) =>
      guard(path, async () => {
        for (let done = 0; done < chunk.length;) done += (await file.write(chunk, done)).bytesWritten;
      }),
    sync: () => guard(path, () => file.sync()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function treeSize(root: string): Promise<number> {
  const seen = new Set<string>();
  let total = 0;
  const count = async (path: string): Promise<void> => {
    const info = await absentIs(undefined, () => fs.lstat(path));
    if (info === undefined) return; // removed while we look
    if (info.isDirectory()) {
      const names = await absentIs<string[]>([], () => fs.readdir(path));
      for (let at = 0; at < names.length; at += 64) {
        await Promise.all(names.slice(at, at + 64).map((name) => count(join(path, name))));
      }
      return;
    }
    if (info.nlink > 1) {
      const identity = `${info.dev}:${info.ino}`;
      if (seen.has(identity)) return;
      seen.add(identity);
    }
    total += info.size;
  };
  await count(root);
  return total;
}

function watchPath(path: string, changed: () => void): Disposable {
  try {
    const watcher = watch(path, { persistent: false }, changed);
    // The watched path itself was removed: that is a change as well, and the last one.
    watcher.on('error', changed);
    return { [Symbol.dispose]: () => watcher.close() };
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
