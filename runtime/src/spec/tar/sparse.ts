// Sparse files as GNU tar writes them: the old header form (type S) and the PAX forms 0.0, 0.1 and 1.0. Only the pieces
// with data are stored; holes come out as zeros.

import { type RawHeader, blockSize, decodeHeader, invalidHeader } from './header.ts';
import { type PaxRecords, paxNumber, paxText } from './pax.ts';

interface Piece {
  readonly offset: number;
  readonly length: number;
}

const maximumPieces = 100_000;
const zeros = new Uint8Array(64 * 1024);

/** Where the stored pieces belong in a file of `size` bytes. */
export class SparseMap {
  readonly size: number;
  readonly pieces: readonly Piece[];

  /** @throws EngineError invalidParameter when pieces overlap, run backwards or past the end */
  constructor(size: number, pieces: readonly Piece[]) {
    let end = 0;
    for (const piece of pieces) {
      if (piece.offset < end || piece.offset + piece.length > size) throw invalidHeader('sparse');
      end = piece.offset + piece.length;
    }
    this.size = size;
    this.pieces = pieces;
  }

  /** @throws EngineError invalidParameter when the pieces do not add up to what is stored */
  check(stored: number): void {
    if (this.pieces.reduce((sum, piece) => sum + piece.length, 0) !== stored) throw invalidHeader('sparse');
  }
}

/** The whole file out of its stored pieces. */
export async function* expandSparse(
  map: SparseMap,
  stored: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let position = 0;
  let at = 0;
  let within = 0;
  for await (let chunk of stored) {
    while (chunk.length > 0) {
      const piece = map.pieces[at];
      if (piece === undefined) throw invalidHeader('sparse');
      if (within === 0) yield* hole(piece.offset - position);
      const part = chunk.subarray(0, piece.length - within);
      if (part.length > 0) yield part;
      chunk = chunk.subarray(part.length);
      within += part.length;
      position = piece.offset + within;
      if (within === piece.length) {
        at++;
        within = 0;
      }
    }
  }
  yield* hole(map.size - position);
}

function* hole(length: number): Generator<Uint8Array, void, undefined> {
  for (let rest = length; rest > 0; rest -= zeros.length) yield zeros.subarray(0, Math.min(rest, zeros.length));
}

/** Type S: four pieces in the header, 21 more in each extension block, the real size beside them. */
export async function readOldSparseMap(
  header: Uint8Array,
  stored: number,
  next: () => Promise<Uint8Array>,
): Promise<SparseMap> {
  const size = fieldNumber(header, 483);
  const pieces: Piece[] = [];
  readPieces(header, 386, 4, pieces);
  let extended = header[482] === 1;
  while (extended) {
    const block = await next();
    readPieces(block, 0, 21, pieces);
    extended = block[504] === 1;
    if (pieces.length > maximumPieces) throw invalidHeader('sparse');
  }
  const map = new SparseMap(size, pieces);
  map.check(stored);
  return map;
}

function readPieces(block: Uint8Array, from: number, count: number, pieces: Piece[]): void {
  for (let index = 0; index < count; index++) {
    const at = from + index * 24;
    if (block[at] === 0) return;
    pieces.push({ offset: fieldNumber(block, at), length: fieldNumber(block, at + 12) });
  }
}

/** A 12-byte number anywhere in a block, by the rules of the header's size field. */
function fieldNumber(block: Uint8Array, at: number): number {
  const header = new Uint8Array(blockSize);
  header.set(block.subarray(at, at + 12), 124);
  let sum = 8 * 0x20;
  for (const byte of header) sum += byte;
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  const raw: RawHeader = decodeHeader(header);
  return raw.size;
}

/** PAX 0.1: `GNU.sparse.map` with `offset,length,…`. The form 0.0 repeats a key and cannot be told apart once read. */
export function paxSparseMap(pax: PaxRecords): SparseMap | undefined {
  const size = paxNumber(pax, 'GNU.sparse.size') ?? paxNumber(pax, 'GNU.sparse.realsize');
  if (size === undefined) return undefined;
  const text = paxText(pax, 'GNU.sparse.map');
  if (text === undefined && paxNumber(pax, 'GNU.sparse.numblocks') !== 0) throw invalidHeader('sparse');
  return new SparseMap(size, piecesOf((text ?? '').split(',').filter((part) => part !== '')));
}

/** PAX 1.0: a count, then offsets and lengths, decimal lines at the head of the content, padded to a block. */
export async function readSparseMap1(pax: PaxRecords, next: () => Promise<Uint8Array>): Promise<SparseMap> {
  const size = paxNumber(pax, 'GNU.sparse.realsize') ?? paxNumber(pax, 'GNU.sparse.size');
  if (size === undefined) throw invalidHeader('sparse');
  let text = '';
  const more = async (): Promise<void> => {
    text += String.fromCharCode(...(await next()));
    if (text.length > maximumPieces * 24) throw invalidHeader('sparse');
  };
  while (!text.includes('\n')) await more();
  const count = Number(text.slice(0, text.indexOf('\n')));
  if (!Number.isSafeInteger(count) || count < 0 || count > maximumPieces) throw invalidHeader('sparse');
  let lines = text.split('\n');
  while (lines.length - 1 < 1 + count * 2) {
    await more();
    lines = text.split('\n');
  }
  return new SparseMap(size, piecesOf(lines.slice(1, 1 + count * 2)));
}

function piecesOf(numbers: readonly string[]): readonly Piece[] {
  if (numbers.length % 2 !== 0 || numbers.length > maximumPieces * 2) throw invalidHeader('sparse');
  const values = numbers.map((text) => {
    if (!/^\d{1,16}$/.test(text)) throw invalidHeader('sparse');
    return Number(text);
  });
  return values.flatMap((offset, index) => (index % 2 === 0 ? [{ offset, length: values[index + 1] ?? 0 }] : []));
}
