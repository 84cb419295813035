// The disk of portable file trees, by Node.

import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { blockBytes } from '../../../../../wasm/src/files/inode.ts';
import { errnoOf, fromNodeError } from '../../errno.ts';
import { makeFolder } from '../../node/make-folder.ts';
import { writeAtomic } from '../../node/write-atomic.ts';
import type { Disk, PackWriter } from '../disk.ts';
import { nodeStorage, writeFully } from './storage.ts';

const toDisk = promisify(fdatasync);
/** An error for each thing that is not there costs more than the look. */
const quiet = { throwIfNoEntry: false } as const;
/** Files that are removed side by side. */
const mostAtOnce = 16;
const openFlags = constants.O_RDWR | constants.O_CREAT;

export function nodeDisk(): Disk {
  return {
    storage: nodeStorage,
    read: (path) => now(path, () => (statSync(path, quiet) === undefined ? undefined : readWhole(path))),
    stamp: (path) =>
      now(path, () => {
        const found = statSync(path, { ...quiet, bigint: true });
        return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeNs}`;
      }),
    writeAtomic: (path, data, { durable }) => guard(path, () => writeAtomic(path, data, { durable })),
    appendPack: (path) => now(path, () => new FilePackWriter(path)),
    cutSpill: (path, blocks) => now(path, () => cutSpill(path, blocks)),
    makeDirectory: (path) => void now(path, () => makeFolder(path, 0o755)),
    isEmpty: (path) => now(path, () => readdirSync(path).length === 0),
    remove: (path) => guard(path, () => removeTree(path)),
    sync: (path) => guard(path, () => syncTree(path)),
  };
}

class FilePackWriter implements PackWriter {
  readonly #descriptor: number;
  #length: number;
  #isOpen = true;

  constructor(path: string) {
    this.#descriptor = openSync(path, openFlags, 0o600);
    this.#length = fstatSync(this.#descriptor).size;
  }

  get length(): number {
    return this.#length;
  }

  append(chunk: Uint8Array): void {
    writeFully(this.#descriptor, this.#length, chunk);
    this.#length += chunk.length;
  }

  cut(length: number): void {
    ftruncateSync(this.#descriptor, length);
    this.#length = length;
  }

  async sync(): Promise<void> {
    await toDisk(this.#descriptor);
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
  }
}

function cutSpill(path: string, blocks: number): void {
  const descriptor = openSync(path, openFlags, 0o600);
  try {
    ftruncateSync(descriptor, blocks * blockBytes);
  } finally {
    closeSync(descriptor);
  }
}

/** Most are a folder with some files, as a container leaves it: for those this is less than half of what `rm` asks of the disk. */
async function removeTree(path: string): Promise<void> {
  try {
    // A link is removed itself, not what it leads to.
    const isFolder = lstatSync(path, quiet)?.isDirectory() === true;
    const entries = isFolder ? await fs.readdir(path, { withFileTypes: true }) : undefined;
    if (entries !== undefined && entries.length <= mostAtOnce && entries.every((entry) => entry.isFile())) {
      await Promise.all(entries.map(({ name }) => fs.unlink(join(path, name))));
      await fs.rmdir(path);
      return;
    }
  } catch {
    // It changes meanwhile, or cannot be read: whatever it is, `rm` says so, or removes it.
  }
  await fs.rm(path, { recursive: true, force: true });
}

/** Node has no syncfs(2): each file and directory by itself. What has gone meanwhile need not be there later. */
async function syncTree(path: string): Promise<void> {
  const entries = await unlessGone(() => fs.readdir(path, { withFileTypes: true }));
  for (const entry of entries ?? []) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await syncTree(child);
    else if (entry.isFile()) await syncOne(child);
  }
  // A directory cannot be opened on Windows, and need not be.
  if (process.platform !== 'win32') await syncOne(path);
}

async function syncOne(path: string): Promise<void> {
  const file = await unlessGone(() => fs.open(path, 'r'));
  try {
    await file?.sync();
  } finally {
    await file?.close();
  }
}

async function unlessGone<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function readWhole(path: string): Uint8Array<ArrayBuffer> {
  // A small one of Node's lies in a buffer of many.
  return new Uint8Array(readFileSync(path));
}

function now<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromNodeError(error, path);
  }
}

async function guard<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromNodeError(error, path);
  }
}
