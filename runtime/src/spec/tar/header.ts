// One 512-byte block of ustar, GNU or star tar, to and from an entry. What does not fit is left to `pax.ts` (writing)
// and overridden by it (reading). Layout: POSIX.1-1988 ustar; GNU's base-256 numbers (tar.h of GNU tar).

import { EngineError } from '../errors.ts';
import { decodeName, encodeName } from './path-text.ts';

export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo' | 'socket';

/** One member without its content. The fields are those of the file trees in `host/kernel.ts`. */
export interface TarEntry {
  /** As in the archive. Readers clean it with `cleanTarPath`; writers add a slash to directories. */
  readonly path: string;
  readonly type: TarType;
  /** Permission bits with setuid, setgid, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Target of a symlink or a hard link, as in the archive; empty otherwise. */
  readonly linkName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

export const blockSize = 512;
export const noXattrs: ReadonlyMap<string, Uint8Array> = new Map();

/** The numbers and names of one header block, before any extension is applied. */
export interface RawHeader {
  readonly name: string;
  readonly typeFlag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly linkName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/** What Docker's users know a damaged archive by. */
export function invalidHeader(detail?: string): EngineError {
  return new EngineError(
    'invalidParameter',
    `archive/tar: invalid tar header${detail === undefined ? '' : ` (${detail})`}`,
  );
}

export function isZeroBlock(block: Uint8Array): boolean {
  for (const byte of block) if (byte !== 0) return false;
  return true;
}

/**
 * Reads one header block.
 * @throws EngineError invalidParameter when the checksum or a number is wrong
 */
export function decodeHeader(block: Uint8Array): RawHeader {
  checkSum(block);
  const typeFlag = String.fromCharCode(block[156] ?? 0);
  const isUstar = hasAt(block, 257, 'ustar\0');
  const isStar = isUstar && hasAt(block, 508, 'tar\0');
  const prefix = isUstar ? text(block, 345, isStar ? 131 : 155) : '';
  const name = text(block, 0, 100);
  const isDevice = typeFlag === '3' || typeFlag === '4';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    typeFlag,
    mode: number(block, 100, 8, 'mode'),
    uid: number(block, 108, 8, 'uid'),
    gid: number(block, 116, 8, 'gid'),
    size: number(block, 124, 12, 'size'),
    mtime: number(block, 136, 12, 'mtime', true),
    linkName: text(block, 157, 100),
    deviceMajor: isDevice ? number(block, 329, 8, 'devmajor') : 0,
    deviceMinor: isDevice ? number(block, 337, 8, 'devminor') : 0,
  };
}

function checkSum(block: Uint8Array): void {
  const wanted = number(block, 148, 8, 'checksum');
  // The field itself counts as spaces.
  let sum = 8 * 0x20;
  for (let at = 0; at < 148; at++) sum += block[at] ?? 0;
  for (let at = 156; at < blockSize; at++) sum += block[at] ?? 0;
  // Some old writers summed signed characters.
  if (wanted !== sum && wanted !== sum - 256 * highBytes(block)) throw invalidHeader();
}

function highBytes(block: Uint8Array): number {
  return block.reduce((count, byte, at) => (byte >= 0x80 && (at < 148 || at >= 156) ? count + 1 : count), 0);
}

function hasAt(block: Uint8Array, at: number, ascii: string): boolean {
  for (let index = 0; index < ascii.length; index++) if (block[at + index] !== ascii.charCodeAt(index)) return false;
  return true;
}

function text(block: Uint8Array, at: number, length: number): string {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return end === at ? '' : decodeName(block.subarray(at, end));
}

/** Octal text or GNU base-256. Negative values only where `signed`, nothing beyond 2^53. */
function number(block: Uint8Array, at: number, length: number, what: string, signed = false): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) return base256(block.subarray(at, at + length), what, signed);
  let from = at;
  let to = at + length;
  while (from < to && (block[from] === 0x20 || block[from] === 0)) from++;
  while (to > from && (block[to - 1] === 0x20 || block[to - 1] === 0)) to--;
  let value = 0;
  for (let index = from; index < to; index++) {
    const byte = block[index] ?? 0;
    if (byte === 0) break;
    if (byte < 0x30 || byte > 0x37) throw invalidHeader(what);
    value = value * 8 + (byte - 0x30);
  }
  return value;
}

function base256(field: Uint8Array, what: string, signed: boolean): number {
  const negative = ((field[0] ?? 0) & 0x40) !== 0;
  let value = 0n;
  field.forEach((byte, index) => {
    const plain = negative ? ~byte & 0xff : byte;
    value = (value << 8n) | BigInt(index === 0 ? plain & (negative ? 0x3f : 0x7f) : plain);
  });
  if (negative) value = -value - 1n;
  if ((negative && !signed) || value > BigInt(Number.MAX_SAFE_INTEGER) || value < -BigInt(Number.MAX_SAFE_INTEGER)) {
    throw invalidHeader(what);
  }
  return Number(value);
}

/** Whether the value goes into `digits` octal digits. */
export function fitsOctal(value: number, digits: number): boolean {
  return value >= 0 && value < 8 ** digits;
}

export interface HeaderFields {
  /** At most 100 bytes, or 155 + 100 at a slash. */
  readonly name: Uint8Array;
  readonly prefix?: Uint8Array;
  readonly typeFlag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly linkName: Uint8Array;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/** Writes one ustar header block; numbers that do not fit become 0 (a PAX record carries them). */
export function encodeHeader(fields: HeaderFields): Uint8Array {
  const block = new Uint8Array(blockSize);
  block.set(fields.name.subarray(0, 100), 0);
  octal(block, 100, 7, fields.mode);
  octal(block, 108, 7, fields.uid);
  octal(block, 116, 7, fields.gid);
  octal(block, 124, 11, fields.size);
  octal(block, 136, 11, fields.mtime);
  block[156] = fields.typeFlag.charCodeAt(0);
  block.set(fields.linkName.subarray(0, 100), 157);
  block.set(encodeName('ustar\x0000'), 257);
  octal(block, 329, 7, fields.deviceMajor);
  octal(block, 337, 7, fields.deviceMinor);
  if (fields.prefix !== undefined) block.set(fields.prefix.subarray(0, 155), 345);
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  octal(block, 148, 6, sum);
  block[154] = 0;
  block[155] = 0x20;
  return block;
}

function octal(block: Uint8Array, at: number, digits: number, value: number): void {
  let rest = fitsOctal(value, digits) ? value : 0;
  for (let index = at + digits - 1; index >= at; index--) {
    block[index] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}
