// A file system as bytes: a header, what the owner adds (a text), and what its arena has used. What is in the spill and in the packs is
// not in it.
//
// Trusted is who can write where dumps are kept. Damage is found by a checksum before anything of a dump is used; a version
// that is not this one is refused.

import type { FileSystem } from './file-system.ts';

const magic = [0x61726f63, 0x73656c63];
const version = 1;
/** Words of the header. */
const field = { magic: 0, version: 2, total: 3, extra: 4, check: 5, words: 8 } as const;
const headerBytes = field.words * 4;
const longestExtra = 65_536;

/** Bytes that are no dump, or not a whole one; the message says what is wrong with them. */
export class DamagedDump extends Error {}

/**
 * The file system as it is at this moment. Call it inside; it only copies, the rest of the work is `sealDump`'s, outside.
 * @param extra at most 64 KiB as UTF-8
 */
export function takeDump(files: FileSystem, extra = ''): Uint8Array {
  const text = new TextEncoder().encode(extra);
  if (text.length > longestExtra) throw new RangeError('a dump takes 64 KiB of text at most');
  const before = headerBytes + roundUp(text.length);
  files.beginDump();
  const dump = files.arena.image(before);
  dump.set(text, headerBytes);
  new Int32Array(dump.buffer).set([...magic, version, dump.length, text.length]);
  return dump;
}

/** Completes the header of what `takeDump` took. */
export function sealDump(dump: Uint8Array): void {
  new Int32Array(dump.buffer).set(checksum(dump), field.check);
}

export interface Dump {
  readonly extra: string;
  /** Of an arena, for `Arena.restore`. */
  readonly image: Uint8Array;
  /** Tells it from any other dump. */
  readonly id: string;
}

/** @param bytes at the beginning of a buffer of their own @throws DamagedDump */
export function openDump(bytes: Uint8Array): Dump {
  if (bytes.length < headerBytes || bytes.length % 4 !== 0) throw new DamagedDump('it is too short for a dump');
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  if (words[0] !== magic[0] || words[1] !== magic[1]) throw new DamagedDump('it is no dump of a file system');
  if (words[field.version] !== version) {
    throw new DamagedDump(`it is a dump of version ${words[field.version]}; this is made for version ${version}`);
  }
  const extraBytes = words[field.extra] ?? -1;
  const before = headerBytes + roundUp(extraBytes);
  const isWhole = words[field.total] === bytes.length && extraBytes >= 0 && before <= bytes.length;
  const check = checksum(bytes);
  if (!isWhole || check.some((word, index) => word !== words[field.check + index])) {
    throw new DamagedDump('it is damaged: its checksum is not that of its contents');
  }
  return {
    extra: new TextDecoder().decode(bytes.subarray(headerBytes, headerBytes + extraBytes)),
    image: bytes.subarray(before),
    id: check.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(''),
  };
}

function roundUp(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** Two sums of 32 bits over everything but themselves. It finds damage, not malice. */
function checksum(dump: Uint8Array): readonly [number, number] {
  const words = new Int32Array(dump.buffer, dump.byteOffset, dump.length >> 2);
  const before = sumsOf(words, 0, field.check, 0x811c9dc5, 0);
  return sumsOf(words, field.check + 2, words.length, ...before);
}

/** The first run of an engine waits for it: nothing but the sums is in the loop, which no compiler may have seen yet. */
function sumsOf(
  words: Int32Array,
  start: number,
  end: number,
  first: number,
  second: number,
): readonly [number, number] {
  let one = first;
  let two = second;
  for (let index = start; index < end; index++) {
    // Never undefined: a look for that at each word costs a third more.
    one = Math.imul(one ^ (words[index] as number), 0x01000193);
    one ^= one >>> 15;
    two = (two + one) | 0;
  }
  return [one, two];
}
