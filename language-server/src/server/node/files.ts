// Files of this machine for the features: answered from memory, read and looked at again in the background.

import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FileFacts, Known } from '../../knowledge/knowledge.ts';
import type { Neighbours } from '../../language/language.ts';
import { fileName } from '../../language/uri.ts';
import type { DiskFiles } from '../world.ts';

const maxBytes = 1 << 20;
const maxEntries = 10_000;
const maxFound = 1000;
/** Folders looked into for `find`; beyond that a workspace is not one of source files. */
const maxFolders = 20_000;
const maxRemembered = 500;
/** How old an answer may be before the disk is asked again, in the background. */
const freshMs = 2000;
const tellMs = 30;

/** `stamp` tells whether what stands on the disk is still what was read. */
interface Memory<T> {
  known: Known<T>;
  stamp: string;
  checkedAt: number;
  isBusy: boolean;
  /** Whether somebody was given an answer, and wants to hear of another one. */
  isAsked: boolean;
}

interface Reading<T> {
  readonly known: Known<T>;
  readonly stamp: string;
}

/** @returns what is there now; undefined when it is what has `stamp` */
type Read<T> = (path: string, stamp: string) => Promise<Reading<T> | undefined>;

export class NodeFiles implements DiskFiles {
  readonly #changed: () => void;
  readonly #texts = new Map<string, Memory<string>>();
  readonly #folders = new Map<string, Memory<readonly FileFacts[]>>();

  #isTold = true;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What is read at the same time is told once. */
  #tell(): void {
    if (!this.#isTold) return;
    this.#isTold = false;
    setTimeout(() => {
      this.#isTold = true;
      this.#changed();
    }, tellMs).unref();
  }

  text(uri: string): Known<string> {
    return this.#peek(this.#texts, uri, readText);
  }

  list(uri: string): Known<readonly FileFacts[]> {
    return this.#peek(this.#folders, withoutSlash(uri), readFolder);
  }

  async prepare({ texts, folders }: Neighbours): Promise<void> {
    const lists = new Map(
      folders.map(withoutSlash).map((uri) => [uri, this.#prepare(this.#folders, uri, readFolder)] as const),
    );
    await Promise.all([
      ...lists.values(),
      ...texts.map(async (uri) => {
        await lists.get(folderOf(uri));
        await this.#prepare(this.#texts, uri, this.#isMissing(uri) ? readNothing : readText);
      }),
    ]);
  }

  /** Whether the list of its folder says that a file is not there: most of what is looked for is not, and a list costs as much as one look. */
  #isMissing(uri: string): boolean {
    const folder = this.#folders.get(folderOf(uri));
    if (folder?.stamp === noFolder.stamp) return true;
    if (folder?.known.kind !== 'known' || folder.known.value.length >= maxEntries) return false;
    // Some disks do not tell upper case from lower.
    const wanted = fileName(uri).toLowerCase();
    return !folder.known.value.some(({ name }) => name.toLowerCase() === wanted);
  }

  async read(uri: string): Promise<string | undefined> {
    const path = pathOf(uri);
    if (path === undefined) return undefined;
    const reading = await readText(path, '');
    return reading?.known.kind === 'known' ? reading.known.value : undefined;
  }

  forget(uri: string): void {
    expire(this.#folders.get(folderOf(uri)));
    const memory = this.#texts.get(uri);
    expire(memory);
    // Whoever asked for it once is told at once.
    if (memory !== undefined) this.text(uri);
  }

  async find(folder: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
    const root = pathOf(folder);
    const found: string[] = [];
    const queue = root === undefined ? [] : [root];
    for (let looked = 0; looked < Math.min(queue.length, maxFolders) && found.length < maxFound; looked++) {
      const path = queue[looked] ?? '';
      for (const entry of await entriesOf(path)) {
        if (entry.isDirectory() && !isSkipped(entry.name)) queue.push(join(path, entry.name));
        if (entry.isFile() && isWanted(entry.name)) found.push(pathToFileURL(join(path, entry.name)).href);
      }
    }
    return found.slice(0, maxFound);
  }

  #peek<T>(memories: Map<string, Memory<T>>, uri: string, read: Read<T>): Known<T> {
    const memory = memories.get(uri) ?? newMemory();
    remember(memories, uri, memory);
    memory.isAsked = true;
    if (!memory.isBusy && Date.now() - memory.checkedAt > freshMs) void this.#refresh(memory, uri, read);
    return memory.known;
  }

  async #prepare<T>(memories: Map<string, Memory<T>>, uri: string, read: Read<T>): Promise<void> {
    if (memories.has(uri)) return;
    const memory = newMemory<T>();
    remember(memories, uri, memory);
    await this.#refresh(memory, uri, read);
  }

  async #refresh<T>(memory: Memory<T>, uri: string, read: Read<T>): Promise<void> {
    memory.isBusy = true;
    const path = pathOf(uri);
    const reading = path === undefined ? absent : await read(path, memory.stamp);
    memory.isBusy = false;
    memory.checkedAt = Date.now();
    if (reading === undefined || reading.stamp === memory.stamp) return;
    memory.known = reading.known;
    memory.stamp = reading.stamp;
    if (memory.isAsked) this.#tell();
  }
}

function newMemory<T>(): Memory<T> {
  return { known: { kind: 'unknown' }, stamp: '', checkedAt: 0, isBusy: false, isAsked: false };
}

/** What was asked for longest ago is forgotten. */
function remember<T>(memories: Map<string, Memory<T>>, uri: string, memory: Memory<T>): void {
  memories.delete(uri);
  memories.set(uri, memory);
  const oldest = memories.keys().next().value;
  if (memories.size > maxRemembered && oldest !== undefined) memories.delete(oldest);
}

function withoutSlash(uri: string): string {
  return uri.endsWith('/') ? uri.slice(0, -1) : uri;
}

/** Without a slash at its end. */
function folderOf(uri: string): string {
  return uri.slice(0, Math.max(uri.lastIndexOf('/'), 0));
}

const absent = { known: { kind: 'absent' }, stamp: 'absent' } as const;
/** What cannot be listed may hold files that can be read all the same; what is not there holds none. */
const noFolder = { known: { kind: 'absent' }, stamp: 'no folder' } as const;

function expire(memory: { checkedAt: number } | undefined): void {
  if (memory !== undefined) memory.checkedAt = 0;
}

/** A URI that names a host is none of this machine's: on Windows, to open one is to reach the network. */
function pathOf(uri: string): string | undefined {
  if (!URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  if (url.protocol !== 'file:' || url.host !== '' || /%2f|%00/i.test(url.pathname)) return undefined;
  return fileURLToPath(url);
}

/** Regular files only: to open a pipe or a device may wait for ever. What cannot be read counts as not there. */
async function readText(path: string, stamp: string): Promise<Reading<string> | undefined> {
  try {
    const facts = await stat(path);
    if (!facts.isFile() || facts.size > maxBytes) return absent;
    const now = `${facts.mtimeMs} ${facts.size} ${facts.ino}`;
    if (now === stamp) return undefined;
    return { known: { kind: 'known', value: await readFile(path, 'utf8') }, stamp: now };
  } catch {
    return absent;
  }
}

const readNothing = (): Promise<Reading<string>> => Promise.resolve(absent);

async function readFolder(path: string): Promise<Reading<readonly FileFacts[]>> {
  try {
    const entries = (await readdir(path, { withFileTypes: true })).slice(0, maxEntries);
    const value = await Promise.all(entries.map((entry) => factsOf(path, entry)));
    return { known: { kind: 'known', value }, stamp: JSON.stringify(value) };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? noFolder : absent;
  }
}

async function factsOf(folder: string, entry: Dirent): Promise<FileFacts> {
  const path = join(folder, entry.name);
  const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'link' : 'other';
  // A file may go between the listing and the look.
  const facts = await lstat(path).catch(() => undefined);
  const target = kind === 'link' ? await readlink(path).catch(() => undefined) : undefined;
  return { name: entry.name, kind, size: facts?.size ?? 0, mode: (facts?.mode ?? 0) & 0o7777, target };
}

async function entriesOf(path: string): Promise<readonly Dirent[]> {
  return await readdir(path, { withFileTypes: true }).catch(() => []);
}

/** Installed packages, version control, caches: large, and not what somebody looks for. */
function isSkipped(name: string): boolean {
  return name === 'node_modules' || name === 'vendor' || name.startsWith('.git') || name === '.cache';
}
