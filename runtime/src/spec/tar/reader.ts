// Reads a tar as it comes: ustar, GNU (long names, base-256), star and PAX. Members are given in order with a view of
// their content, so that memory does not grow with the archive. Nothing here touches a disk, and no path is trusted:
// `path` and `linkName` are what the archive says. Sparse members are in `sparse.ts`.

import { EngineError } from '../errors.ts';
import { ByteSource, unexpectedEnd } from './byte-source.ts';
import {
  type RawHeader,
  type TarEntry,
  type TarType,
  blockSize,
  decodeHeader,
  invalidHeader,
  isZeroBlock,
  noXattrs,
} from './header.ts';
import { decodeName } from './path-text.ts';
import { type PaxRecords, maximumPaxSize, parsePax, paxNumber, paxText, paxTimeNs, paxXattrs } from './pax.ts';
import { type SparseMap, expandSparse, paxSparseMap, readOldSparseMap, readSparseMap1 } from './sparse.ts';

/** A member with its content, empty unless it is a file. Consume it, or ask for the next member, which skips it. */
export interface TarMember extends TarEntry {
  readonly content: AsyncIterable<Uint8Array>;
}

export interface TarLimits {
  /** Members in all; more are refused. */
  readonly maximumEntries?: number;
}

const types: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** Beyond what a chown takes: -1 means "leave as it is" there. */
const maximumId = 0xffff_fffe;

/**
 * Iterates over the members. The input is read to its very end (also what follows the end mark) when the iteration
 * completes, and released when it is left early.
 * @throws EngineError invalidParameter `archive/tar: invalid tar header`, `unexpected EOF`
 */
export async function* readTar(
  input: AsyncIterable<Uint8Array>,
  limits: TarLimits = {},
): AsyncGenerator<TarMember, void, undefined> {
  const source = new ByteSource(input);
  try {
    const reader = new TarReader(source, limits.maximumEntries ?? Number.MAX_SAFE_INTEGER);
    for (let member = await reader.next(); member !== undefined; member = await reader.next()) yield member;
    await source.drain();
  } finally {
    await source.close();
  }
}

class TarReader {
  readonly #source: ByteSource;
  readonly #maximumEntries: number;
  #entries = 0;
  /** Content and padding of the current member not yet read. */
  #rest = 0;
  #padding = 0;

  constructor(source: ByteSource, maximumEntries: number) {
    this.#source = source;
    this.#maximumEntries = maximumEntries;
  }

  async next(): Promise<TarMember | undefined> {
    let pax: PaxRecords = new Map();
    let longName: string | undefined;
    let longLink: string | undefined;
    for (;;) {
      // Most of an archive is here when it is asked for, and an await for each step of each member would be much of the work.
      if (!this.#isSkipped()) await this.#skipRest();
      const here = this.#source.whole(blockSize);
      const block = here === undefined || isZeroBlock(here) ? await this.#block(here) : here;
      if (block === undefined) return undefined;
      const raw = decodeHeader(block);
      if (raw.typeFlag === 'x') pax = parsePax(await this.#special(raw));
      else if (raw.typeFlag === 'g') await this.#special(raw);
      else if (raw.typeFlag === 'L') longName = untilNul(await this.#special(raw));
      else if (raw.typeFlag === 'K') longLink = untilNul(await this.#special(raw));
      else return this.#member(block, raw, pax, longName, longLink);
      if (++this.#entries > this.#maximumEntries) throw tooMany(this.#maximumEntries);
    }
  }

  /** The next header block; undefined at the end mark or where the archive just stops. */
  async #block(here: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const block = here ?? (await this.#source.exactly(blockSize));
    if (block === undefined || !isZeroBlock(block)) return block;
    const second = await this.#source.exactly(blockSize);
    if (second !== undefined && !isZeroBlock(second)) throw invalidHeader();
    return undefined;
  }

  async #special(raw: RawHeader): Promise<Uint8Array> {
    if (raw.size > maximumPaxSize) throw invalidHeader('header field too long');
    const bytes = raw.size === 0 ? new Uint8Array(0) : await this.#source.exactly(raw.size);
    if (bytes === undefined) throw unexpectedEnd();
    this.#padding = paddingOf(raw.size);
    // A copy, since the view may be of a chunk that its owner reuses once we ask for more. `slice` would not do: on a
    // Node Buffer it is a view again.
    return new Uint8Array(bytes);
  }

  /** Whether no more than padding was left, and that is here. */
  #isSkipped(): boolean {
    if (this.#rest > 0) return false;
    if (this.#padding > 0) this.#padding -= this.#source.ready(this.#padding)?.length ?? 0;
    return this.#padding === 0;
  }

  async #skipRest(): Promise<void> {
    const rest = this.#rest;
    const padding = this.#padding;
    this.#rest = 0;
    this.#padding = 0;
    if (rest > 0) await this.#source.skip(rest);
    // An archive may end with its last content: the docker CLI's does so for `build -f -`.
    for (let left = padding; left > 0;) {
      const part = await this.#source.some(left);
      if (part === undefined) return;
      left -= part.length;
    }
  }

  async #member(
    block: Uint8Array,
    raw: RawHeader,
    pax: PaxRecords,
    longName: string | undefined,
    longLink: string | undefined,
  ): Promise<TarMember> {
    if (++this.#entries > this.#maximumEntries) throw tooMany(this.#maximumEntries);
    const type = typeOf(raw, longName ?? raw.name);
    const stored = type === 'file' ? (paxNumber(pax, 'size') ?? raw.size) : 0;
    this.#rest = stored;
    this.#padding = paddingOf(stored);
    const isSparse = type === 'file' && (raw.typeFlag === 'S' || pax.size > 0);
    const sparse = isSparse ? await this.#sparse(block, raw, pax) : undefined;
    const name =
      (sparse === undefined ? undefined : paxText(pax, 'GNU.sparse.name')) ??
      paxText(pax, 'path') ??
      longName ??
      raw.name;
    if (name === '') throw invalidHeader('name');
    const turn = this.#entries;
    const content = { [Symbol.asyncIterator]: () => this.#content(turn) };
    return {
      path: name,
      type,
      mode: raw.mode & 0o7777,
      uid: checkId(paxNumber(pax, 'uid') ?? raw.uid),
      gid: checkId(paxNumber(pax, 'gid') ?? raw.gid),
      size: sparse === undefined ? stored : sparse.size,
      mtimeNs: paxTimeNs(pax, 'mtime') ?? BigInt(raw.mtime) * 1_000_000_000n,
      linkName: type === 'symlink' || type === 'hardlink' ? (paxText(pax, 'linkpath') ?? longLink ?? raw.linkName) : '',
      deviceMajor: raw.deviceMajor,
      deviceMinor: raw.deviceMinor,
      xattrs: pax.size === 0 ? noXattrs : paxXattrs(pax),
      content: sparse === undefined ? content : expandSparse(sparse, content),
    };
  }

  async #sparse(block: Uint8Array, raw: RawHeader, pax: PaxRecords): Promise<SparseMap | undefined> {
    const take = async (): Promise<Uint8Array> => {
      const more = await this.#source.exactly(blockSize);
      if (more === undefined) throw unexpectedEnd();
      return more;
    };
    if (raw.typeFlag === 'S') return readOldSparseMap(block, raw.size, take);
    if (paxText(pax, 'GNU.sparse.major') === '1') {
      // Here the map is the first blocks of the content itself.
      const map = await readSparseMap1(pax, async () => {
        if (this.#rest < blockSize) throw invalidHeader('sparse');
        this.#rest -= blockSize;
        return take();
      });
      map.check(this.#rest);
      return map;
    }
    const map = paxSparseMap(pax);
    map?.check(this.#rest);
    return map;
  }

  #content(turn: number): AsyncIterator<Uint8Array, undefined> {
    return {
      next: async () => {
        if (turn !== this.#entries || this.#rest === 0) return { done: true, value: undefined };
        const value = this.#source.ready(this.#rest) ?? (await this.#source.some(this.#rest));
        if (value === undefined) throw unexpectedEnd();
        this.#rest -= value.length;
        return { done: false, value };
      },
    };
  }
}

function typeOf(raw: RawHeader, name: string): TarType {
  const type = Object.hasOwn(types, raw.typeFlag) ? types[raw.typeFlag] : undefined;
  if (type === undefined) {
    throw new EngineError('invalidParameter', `unhandled tar header type ${raw.typeFlag.charCodeAt(0)}`);
  }
  // Archives from before ustar had no type for directories but the slash.
  return raw.typeFlag === '\0' && name.endsWith('/') ? 'directory' : type;
}

function checkId(id: number): number {
  if (id > maximumId) throw invalidHeader('uid or gid');
  return id;
}

function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function untilNul(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return decodeName(nul < 0 ? bytes : bytes.subarray(0, nul));
}

function tooMany(most: number): EngineError {
  return new EngineError('invalidParameter', `archive/tar: more than ${most} entries`);
}
