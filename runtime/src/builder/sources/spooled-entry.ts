// Entries whose contents lie in spools, and what is true of every tree of them: paths lead nowhere out, and folders are there.

import { EngineError } from '../../spec/errors.ts';
import { noXattrs } from '../../spec/tar/header.ts';
import { cleanTarPath } from '../../spec/tar/whiteout.ts';
import type { SourceEntry } from '../contract.ts';
import { baseName, parentPath } from './entry-tree.ts';
import type { MemoryEntry } from './memory-tree.ts';
import type { SpoolContents } from './spool.ts';

/** Of Linux. */
const maximumPath = 4095;
const maximumName = 255;

export type Plain = Omit<SourceEntry, 'path' | 'inode' | 'digest' | 'read'>;

export interface Content {
  readonly start: number;
  readonly digest: string;
  readonly inode: string | undefined;
}

export const noContent: Content = { start: 0, digest: '', inode: undefined };
/** Of a folder without an entry of its own. */
const noFolder: Content = { ...noContent };

export class SpooledEntry implements MemoryEntry {
  readonly path: string;
  readonly type: SourceEntry['type'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly linkName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  readonly content: Content;
  inode: string | undefined;
  readonly #contents: SpoolContents;

  constructor(contents: SpoolContents, path: string, entry: Plain, content: Content) {
    this.path = path;
    this.type = entry.type;
    this.mode = entry.mode;
    this.uid = entry.uid;
    this.gid = entry.gid;
    this.size = entry.type === 'file' ? entry.size : 0;
    this.mtimeNs = entry.mtimeNs;
    this.linkName = entry.type === 'symlink' ? entry.linkName : '';
    this.deviceMajor = entry.deviceMajor;
    this.deviceMinor = entry.deviceMinor;
    this.xattrs = entry.xattrs;
    this.content = content;
    this.inode = content.inode;
    this.#contents = contents;
  }

  get isImplied(): boolean {
    return this.content === noFolder;
  }

  digest(): Promise<string> {
    return Promise.resolve(this.content.digest);
  }

  read(): AsyncIterable<Uint8Array> {
    return this.#contents.read(this.content.start, this.size);
  }
}

/** Puts in folders that only the paths of others speak of. @throws EngineError invalidParameter where something lies below what is no folder */
export function addFolders(entries: Map<string, SpooledEntry>, contents: SpoolContents): void {
  const add = (path: string): void => {
    const rest = { uid: 0, gid: 0, size: 0, mtimeNs: 0n, linkName: '', deviceMajor: 0, deviceMinor: 0 };
    const entry = { type: 'directory' as const, mode: 0o755, ...rest, xattrs: noXattrs };
    entries.set(path, new SpooledEntry(contents, path, entry, noFolder));
  };
  if (entries.get('')?.type !== 'directory') add('');
  // Folders that are added are looked at as well.
  for (const path of entries.keys()) {
    for (let parent = parentPath(path); path !== ''; parent = parentPath(parent)) {
      const entry = entries.get(parent);
      if (entry === undefined) add(parent);
      else if (entry.type !== 'directory') {
        const message = `${JSON.stringify(path)} lies below ${JSON.stringify(parent)}, which is no folder`;
        throw new EngineError('invalidParameter', message);
      }
      if (entry !== undefined || parent === '') break;
    }
  }
}

/** @throws EngineError invalidParameter in moby's words for one that leads out */
export function checkedPath(text: string): string {
  const path = cleanTarPath(text);
  if (path.length > maximumPath || baseName(path).length > maximumName) {
    throw new EngineError('invalidParameter', `${JSON.stringify(`${path.slice(0, 80)}…`)}: file name too long`);
  }
  return path;
}
