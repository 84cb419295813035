// A context that is kept, as it was at one build: its listing, where each content lies, and the packs of contents. The folder of one is
// never changed once its head is there; the next one links to the packs that it takes over.

import type { Bytes, Host } from '../../host/host.ts';
import { type ListedEntry, parseListingLine } from '../../spec/context-listing.ts';
import { EngineError } from '../../spec/errors.ts';
import { isObject } from '../../spec/manifest.ts';
import { noXattrs } from '../../spec/tar/header.ts';
import { MemoryTree } from '../sources/memory-tree.ts';
import { SpoolContents } from '../sources/spool.ts';
import { addFolders, checkedPath, noContent, SpooledEntry } from '../sources/spooled-entry.ts';
import { maximumEntries } from '../sources/spooled-tree.ts';

const schema = 1;

/** What is read of it when nothing has changed. */
export interface Head {
  /** The client's folder, for people. */
  readonly description: string;
  /** `sha256:…` of the listing. */
  readonly listing: string;
  /** `sha256:…` over paths, kinds, modes and contents of all entries: what a copy of them depends on. */
  readonly contents: string;
  /** Whether every file was old enough when it was listed for its next change to show. */
  readonly isSettled: boolean;
  readonly packs: number;
  /** Bytes of the packs. */
  readonly size: number;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  /** Nothing of it is brought to disk in a hurry: after another start of the machine it is not believed. */
  readonly bootId: string;
}

/** Where a file's content is. */
export interface StoredContent {
  readonly pack: number;
  readonly start: number;
  readonly size: number;
  readonly digest: string;
  readonly isSettled: boolean;
}

export interface StoredEntry {
  readonly entry: ListedEntry;
  /** Of a file. */
  readonly content: StoredContent | undefined;
}

export function contentLine(content: StoredContent | undefined): string {
  if (content === undefined) return '';
  const { pack, start, size, digest, isSettled } = content;
  return `${pack} ${start} ${size} ${digest} ${isSettled ? 's' : 'r'}`;
}

function readContentLine(line: string): StoredContent | undefined {
  if (line === '') return undefined;
  const [pack = '', start = '', size = '', digest = '', settled = ''] = line.split(' ');
  return { pack: Number(pack), start: Number(start), size: Number(size), digest, isSettled: settled === 's' };
}

export function packPath(folder: string, pack: number): string {
  return `${folder}/pack-${pack}`;
}

export function writeHead(head: Head): string {
  return JSON.stringify({ schema, ...head });
}

/** Written by ourselves: looked at so far that another version of it is told from this one. */
export function readHead(text: string): Head {
  const value: unknown = JSON.parse(text);
  if (isObject(value) && value['schema'] === schema) return value as unknown as Head;
  throw new EngineError('dataLoss', 'is no head of a kept context');
}

/** All entries of a generation, in the order of its listing. */
export async function* storedEntries(host: Host, folder: string): AsyncGenerator<StoredEntry, void, undefined> {
  const contents = lines(host.files.stream(`${folder}/contents`));
  try {
    for await (const line of lines(host.files.stream(`${folder}/listing`))) {
      const stored = await contents.next();
      yield { entry: parseListingLine(line), content: readContentLine(stored.done === true ? '' : stored.value) };
    }
  } finally {
    await contents.return();
  }
}

/** Opens what is kept as a tree to copy from. @param held let go with the tree */
export async function openStored(host: Host, folder: string, packs: number): Promise<MemoryTree> {
  const readers = Array.from({ length: packs }, (_, pack) => new SpoolContents(host.files, packPath(folder, pack)));
  const nothing = new SpoolContents(host.files, packPath(folder, 0));
  const entries = new Map<string, SpooledEntry>();
  for await (const { entry, content } of storedEntries(host, folder)) {
    const { type, mode, mtimeNs, linkName, links, inode, path } = entry;
    const rest = { uid: 0, gid: 0, deviceMajor: 0, deviceMinor: 0, xattrs: noXattrs };
    const plain = { ...rest, type, mode, size: content?.size ?? 0, mtimeNs, linkName };
    const place =
      content === undefined
        ? noContent
        : { start: content.start, digest: content.digest, inode: links > 1 && inode !== '' ? inode : undefined };
    entries.set(path, new SpooledEntry(readers[content?.pack ?? 0] ?? nothing, path, plain, place));
  }
  addFolders(entries, nothing);
  return new MemoryTree(entries, { [Symbol.asyncDispose]: () => Promise.resolve() });
}

/** Of a line: a path and a link's target are at most 4 KiB each, escaped. */
const longestLine = 64 * 1024;

/** @throws EngineError invalidParameter for a line that is too long */
export async function* lines(bytes: Bytes): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      yield rest.slice(start, end);
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > longestLine) throw new EngineError('invalidParameter', 'a line of a listing is too long');
  }
  if (rest !== '') yield rest;
}

/** A client's listing: each path clean, and once. @throws EngineError invalidParameter for one that is not right */
export async function* checkedListing(bytes: Bytes): AsyncGenerator<ListedEntry, void, undefined> {
  const seen = new Set<string>();
  for await (const line of lines(bytes)) {
    const entry = parseListingLine(line);
    if (entry.path === '' || checkedPath(entry.path) !== entry.path || seen.has(entry.path)) {
      throw new EngineError(
        'invalidParameter',
        `a listing cannot have ${JSON.stringify(entry.path.slice(0, 80))} here`,
      );
    }
    seen.add(entry.path);
    if (seen.size > maximumEntries) throw new EngineError('invalidParameter', 'a build context has too many entries');
    yield entry;
  }
}
