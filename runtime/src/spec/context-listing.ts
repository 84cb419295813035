// The listing of a build context, one line an entry: what a client has, so that the engine can say whose contents it lacks. A file that
// is as it was, by all that the file system says of it, is neither sent nor hashed again.

import { EngineError } from './errors.ts';

export interface ListedEntry {
  /** Relative to the context, with slashes. */
  readonly path: string;
  readonly type: ListedType;
  /** Permission bits with setuid, setgid, sticky. */
  readonly mode: number;
  /** Of a file's content, in bytes. */
  readonly size: number;
  readonly mtimeNs: bigint;
  /** When anything about it changed last; 0 where the client's system does not say. */
  readonly ctimeNs: bigint;
  /** What names of one file have in common, and no other file of the client's machine has; empty where the system does not say. */
  readonly inode: string;
  /** How many names the file has. */
  readonly links: number;
  /** Target of a symlink; empty otherwise. */
  readonly linkName: string;
}

export type ListedType = 'file' | 'directory' | 'symlink' | 'fifo';

const letters: Readonly<Record<ListedType, string>> = { file: 'f', directory: 'd', symlink: 'l', fifo: 'p' };
const types = new Map((Object.keys(letters) as ListedType[]).map((type) => [letters[type], type] as const));

/** Without the newline that ends it. */
export function listingLine(entry: ListedEntry): string {
  const { path, type, mode, size, mtimeNs, ctimeNs, inode, links, linkName } = entry;
  return JSON.stringify([path, letters[type], mode, size, `${mtimeNs}`, `${ctimeNs}`, inode, links, linkName]);
}

/** @throws EngineError invalidParameter for a line that is none */
export function parseListingLine(line: string): ListedEntry {
  const value = parse(line);
  if (!Array.isArray(value) || value.length !== 9) throw bad(line);
  const [path, letter, mode, size, mtime, ctime, inode, links, linkName] = value as readonly unknown[];
  const type = typeof letter === 'string' ? types.get(letter) : undefined;
  if (type === undefined || typeof path !== 'string' || typeof inode !== 'string' || typeof linkName !== 'string') {
    throw bad(line);
  }
  const mtimeNs = nanoseconds(mtime);
  const ctimeNs = nanoseconds(ctime);
  if (!isCount(mode) || !isCount(size) || !isCount(links) || mtimeNs === undefined || ctimeNs === undefined) {
    throw bad(line);
  }
  return { path, type, mode: mode & 0o7777, size, mtimeNs, ctimeNs, inode, links, linkName };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw bad(line, cause);
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function nanoseconds(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? BigInt(value) : undefined;
}

function bad(line: string, cause?: unknown): EngineError {
  const message = `no entry of a context's listing: ${JSON.stringify(line.slice(0, 100))}`;
  return new EngineError('invalidParameter', message, { cause });
}

/** What says that a file is the same: a change of its content changes one of these, unless it is too young to tell. */
export function fingerprint({ type, mode, size, mtimeNs, ctimeNs, inode, linkName }: ListedEntry): string {
  return `${letters[type]} ${mode} ${size} ${mtimeNs} ${ctimeNs} ${inode} ${linkName}`;
}

/** Clocks of file systems go in steps: of a whole second or two where all times are whole seconds, else of few milliseconds. */
const coarseNs = 2_000_000_000n;
const fineNs = 50_000_000n;

/**
 * Whether another change right after the listing would show. One within the same step of the clock as the last would not: what is
 * as young as that may have changed since without a trace (git calls it racily clean).
 * @param takenNs the client's time before it looked at the first entry
 */
export function isSettled({ mtimeNs, ctimeNs }: ListedEntry, takenNs: bigint): boolean {
  const latest = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  const step = latest % 1_000_000_000n === 0n ? coarseNs : fineNs;
  return latest + step <= takenNs;
}
