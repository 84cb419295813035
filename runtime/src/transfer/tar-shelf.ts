// The files of an archive that lies on this machine: its headers are read once, contents where they are.

import type { Files } from '../host/host.ts';
import { EngineError } from '../spec/errors.ts';
import { type RawHeader, blockSize, decodeHeader, invalidHeader, isZeroBlock } from '../spec/tar/header.ts';
import { decodeName } from '../spec/tar/path-text.ts';
import { type PaxRecords, maximumPaxSize, parsePax, paxNumber, paxText } from '../spec/tar/pax.ts';
import { cleanTarPath } from '../spec/tar/whiteout.ts';
import type { Shelf } from './layout.ts';

const maximumEntries = 100_000;
const maximumLinks = 16;

interface Content {
  readonly start: number;
  readonly size: number;
}

/** What stands before a member's own header and says more of it. */
interface Said {
  readonly pax: PaxRecords;
  readonly name?: string;
  readonly link?: string;
}

const nothingSaid: Said = { pax: new Map() };

export class TarShelf implements Shelf {
  readonly #files: Pick<Files, 'stream'>;
  readonly #path: string;
  readonly #contents = new Map<string, Content>();
  readonly #links = new Map<string, string>();

  private constructor(files: Pick<Files, 'stream'>, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** @param path of an archive that is not compressed @throws EngineError invalidParameter when it is damaged or cut off */
  static async open(files: Pick<Files, 'stream' | 'stat'>, path: string): Promise<TarShelf> {
    const shelf = new TarShelf(files, path);
    await shelf.#read((await files.stat(path))?.size ?? 0);
    return shelf;
  }

  async #read(end: number): Promise<void> {
    let said = nothingSaid;
    let entries = 0;
    for (let at = 0; at < end;) {
      const block = await this.#bytes(at, blockSize);
      if (isZeroBlock(block)) return;
      if (++entries > maximumEntries) throw invalidHeader(`more than ${maximumEntries} entries`);
      const raw = decodeHeader(block);
      const start = at + blockSize;
      const size = isFile(raw) ? (paxNumber(said.pax, 'size') ?? raw.size) : hasContent(raw) ? raw.size : 0;
      if (start + size > end) throw new EngineError('invalidParameter', 'unexpected EOF');
      const more = await this.#more(raw, { start, size }, said);
      if (more === undefined) this.#keep(raw, { start, size }, said);
      said = more ?? nothingSaid;
      at = start + Math.ceil(size / blockSize) * blockSize;
    }
  }

  /** What a header says of the next member; undefined for one that is a member itself. */
  async #more({ typeFlag }: RawHeader, { start, size }: Content, said: Said): Promise<Said | undefined> {
    if (typeFlag === 'g') return said;
    if (!['x', 'L', 'K'].includes(typeFlag)) return undefined;
    if (size > maximumPaxSize) throw invalidHeader('header field too long');
    const bytes = await this.#bytes(start, size);
    if (typeFlag === 'x') return { ...said, pax: parsePax(bytes) };
    const nul = bytes.indexOf(0);
    const text = decodeName(nul < 0 ? bytes : bytes.subarray(0, nul));
    return typeFlag === 'L' ? { ...said, name: text } : { ...said, link: text };
  }

  #keep(raw: RawHeader, content: Content, { pax, name, link }: Said): void {
    const path = cleanTarPath(paxText(pax, 'path') ?? name ?? raw.name);
    if (isFile(raw)) {
      // The later one wins, as where an archive is unpacked.
      this.#links.delete(path);
      this.#contents.set(path, content);
    } else if (raw.typeFlag === '1' || raw.typeFlag === '2') {
      const target = paxText(pax, 'linkpath') ?? link ?? raw.linkName;
      const folder = raw.typeFlag === '1' || target.startsWith('/') ? '' : `/${path.replace(/[^/]*$/, '')}`;
      this.#contents.delete(path);
      this.#links.set(path, cleanTarPath(folder + target));
    }
  }

  async #bytes(start: number, size: number): Promise<Uint8Array> {
    const whole = new Uint8Array(size);
    let at = 0;
    for await (const chunk of this.#files.stream(this.#path, { start, end: start + size })) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    if (at !== size) throw new EngineError('invalidParameter', 'unexpected EOF');
    return whole;
  }

  #find(path: string): Content | undefined {
    let at = cleanTarPath(path);
    for (let hops = 0; hops < maximumLinks; hops++) {
      const content = this.#contents.get(at);
      const next = this.#links.get(at);
      if (content !== undefined || next === undefined) return content;
      at = next;
    }
    throw new EngineError('invalidParameter', `too many links at ${JSON.stringify(path.slice(0, 300))}`);
  }

  size(path: string): Promise<number | undefined> {
    return Promise.resolve(this.#find(path)?.size);
  }

  /** @param path of a file that it has */
  stream(path: string) {
    const { start, size } = this.#find(path) ?? { start: 0, size: 0 };
    return this.#files.stream(this.#path, { start, end: start + size });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function isFile({ typeFlag }: RawHeader): boolean {
  if (typeFlag === 'S') throw invalidHeader('sparse');
  return typeFlag === '0' || typeFlag === '\0' || typeFlag === '7';
}

function hasContent({ typeFlag }: RawHeader): boolean {
  return ['x', 'g', 'L', 'K'].includes(typeFlag);
}
