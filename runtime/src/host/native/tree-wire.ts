// Frames and entries of a tree worker's protocol (native/tree.h) as bytes, both ways.

import { EngineError } from '../../spec/errors.ts';
import type { FileChange, FileStatus, FileType } from '../../spec/engine/files.ts';
import { decodeName, encodeName } from '../../spec/tar/path-text.ts';
import { errnoError } from '../errno.ts';
import type { ByteRange, EntryType, TreeEntry } from '../kernel.ts';

/** Frame types. */
export const frameType = {
  put: 0x50, // P
  data: 0x44, // D
  copy: 0x63, // c
  contentEnd: 0x64, // d
  giveUp: 0x51, // Q
  stat: 0x73, // s
  realPath: 0x72, // r
  read: 0x6f, // o
  walk: 0x77, // w
  remove: 0x78, // x
  empty: 0x65, // e
  flush: 0x66, // f
  status: 0x53, // S
  list: 0x6c, // l
  write: 0x57, // W
  makeDirectory: 0x4d, // M
  rename: 0x6d, // m
  unlink: 0x75, // u
  watch: 0x4e, // N
  cancel: 0x43, // C
  entry: 0x49, // I
  fileStatus: 0x69, // i
  change: 0x76, // v
  absent: 0x6e, // n
  done: 0x6b, // k
  error: 0x45, // E
  failure: 0x46, // F
  end: 0x2e, // .
} as const;

export const frameHeaderSize = 5;
const entrySize = 48;
const statusSize = 40;

const letters: Readonly<Record<EntryType, number>> = {
  file: 0x66,
  directory: 0x64,
  symlink: 0x6c,
  hardlink: 0x68,
  character: 0x63,
  block: 0x62,
  fifo: 0x70,
  socket: 0x73,
};

const types = new Map(Object.entries(letters).map(([type, letter]) => [letter, type as EntryType]));

/** Limits of native/tree.h; a worker that is sent more ends. */
const pathLimit = 4095;
const attributesLimit = 1024 * 1024;

const noBytes = new Uint8Array(0);

/** The bytes of a path or link name. @throws EngineError invalidParameter when the kernel could not take it */
export function pathBytes(path: string): Uint8Array {
  // Of most entries that is the link.
  if (path === '') return noBytes;
  const bytes = encodeName(path);
  if (bytes.includes(0)) throw new EngineError('invalidParameter', `path ${JSON.stringify(path)}: invalid argument`);
  if (bytes.length > pathLimit) throw errnoError('ENAMETOOLONG', 'path', `${path.slice(0, 100)}…`);
  return bytes;
}

/** A frame of a small payload. */
export function frame(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const header = Buffer.allocUnsafe(frameHeaderSize);
  header[0] = type;
  header.writeUInt32LE(size, 1);
  return Buffer.concat([header, ...parts]);
}

/** The put frame of an entry. @throws EngineError invalidParameter for numbers and names out of range */
export function putFrame(entry: TreeEntry, hasContent: boolean): Buffer {
  try {
    return encodeEntry(entry, hasContent);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EngineError('invalidParameter', `${entry.path}: ${error.message}`, { cause: error });
  }
}

function encodeEntry(entry: TreeEntry, hasContent: boolean): Buffer {
  const path = pathBytes(entry.path);
  const link = pathBytes(entry.linkName);
  const attributes =
    entry.xattrs.size === 0 ? [] : [...entry.xattrs].map(([name, value]) => ({ name: encodeName(name), value }));
  const attributesSize = attributes.reduce((sum, { name, value }) => sum + 6 + name.length + value.length, 0);
  if (attributesSize > attributesLimit) throw new RangeError('too many extended attributes');
  const size = entrySize + path.length + link.length + attributesSize;
  const out = Buffer.alloc(frameHeaderSize + size);
  out[0] = frameType.put;
  out.writeUInt32LE(size, 1);
  const data = out.subarray(frameHeaderSize);
  data[0] = letters[entry.type];
  data[1] = hasContent ? 1 : 0;
  data.writeUInt16LE(entry.mode & 0o7777, 2);
  data.writeUInt32LE(entry.uid, 4);
  data.writeUInt32LE(entry.gid, 8);
  data.writeUInt32LE(entry.deviceMajor, 12);
  data.writeUInt32LE(entry.deviceMinor, 16);
  data.writeUInt16LE(path.length, 20);
  data.writeUInt16LE(link.length, 22);
  data.writeUInt32LE(attributesSize, 24);
  putNumber(data, entry.size, 32);
  data.writeBigInt64LE(BigInt.asIntN(64, entry.mtimeNs), 40);
  data.set(path, entrySize);
  data.set(link, entrySize + path.length);
  let at = entrySize + path.length + link.length;
  for (const { name, value } of attributes) {
    data.writeUInt16LE(name.length, at);
    data.writeUInt32LE(value.length, at + 2);
    data.set(name, at + 6);
    data.set(value, at + 6 + name.length);
    at += 6 + name.length + value.length;
  }
  return out;
}

const noAttributes: ReadonlyMap<string, Uint8Array> = new Map();

/** Reads the payload of an entry frame. */
export function readEntry(data: Buffer): TreeEntry {
  const pathEnd = entrySize + data.readUInt16LE(20);
  const linkEnd = pathEnd + data.readUInt16LE(22);
  return {
    path: decodeName(data.subarray(entrySize, pathEnd)),
    type: types.get(data[0] ?? 0) ?? 'file',
    mode: data.readUInt16LE(2),
    uid: data.readUInt32LE(4),
    gid: data.readUInt32LE(8),
    size: Number(data.readBigUInt64LE(32)),
    mtimeNs: data.readBigInt64LE(40),
    linkName: pathEnd === linkEnd ? '' : decodeName(data.subarray(pathEnd, linkEnd)),
    deviceMajor: data.readUInt32LE(12),
    deviceMinor: data.readUInt32LE(16),
    xattrs: linkEnd === data.length ? noAttributes : readAttributes(data.subarray(linkEnd)),
  };
}

function readAttributes(data: Buffer): Map<string, Uint8Array> {
  const attributes = new Map<string, Uint8Array>();
  for (let at = 0; at + 6 <= data.length;) {
    const valueStart = at + 6 + data.readUInt16LE(at);
    const end = valueStart + data.readUInt32LE(at + 2);
    attributes.set(decodeName(data.subarray(at + 6, valueStart)), new Uint8Array(data.subarray(valueStart, end)));
    at = end;
  }
  return attributes;
}

/** The bytes of a range in front of a path. */
export function rangeBytes(range: ByteRange | undefined): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  putNumber(bytes, range?.offset ?? 0, 0);
  putNumber(bytes, range?.length ?? Number.MAX_SAFE_INTEGER, 8);
  return bytes;
}

/** 64 bits, without a BigInt. @throws RangeError for what is no integer from 0 on that a number holds exactly */
function putNumber(bytes: Buffer, value: number, at: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no size`);
  bytes.writeUInt32LE(value % 2 ** 32, at);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

/** The frame of a piece of content that lies in the file the worker was told of. */
export function copyFrame(offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderSize + 16);
  bytes[0] = frameType.copy;
  bytes.writeUInt32LE(16, 1);
  putNumber(bytes, offset, frameHeaderSize);
  putNumber(bytes, length, frameHeaderSize + 8);
  return bytes;
}

/** A byte of flags and a 16-bit number, in front of a path. */
export function optionBytes(flags: { readonly create?: boolean; readonly overwrite: boolean }, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(3);
  bytes[0] = (flags.create === true ? 1 : 0) | (flags.overwrite ? 2 : 0);
  bytes.writeUInt16LE(value, 1);
  return bytes;
}

/** Reads the payload of a status frame. */
export function readStatus(data: Buffer): FileStatus {
  const nameEnd = statusSize + data.readUInt16LE(12);
  const linkEnd = nameEnd + data.readUInt16LE(14);
  const type = fileType(data[0]) ?? 'file';
  const targetType = fileType(data[1]);
  return {
    name: decodeName(data.subarray(statusSize, nameEnd)),
    type,
    size: Number(data.readBigUInt64LE(16)),
    mode: data.readUInt16LE(2),
    uid: data.readUInt32LE(4),
    gid: data.readUInt32LE(8),
    mtimeMs: milliseconds(data.readBigInt64LE(24)),
    ctimeMs: milliseconds(data.readBigInt64LE(32)),
    ...(type === 'symlink' ? { linkTarget: decodeName(data.subarray(nameEnd, linkEnd)) } : {}),
    ...(targetType === undefined ? {} : { targetType }),
  };
}

/** @returns undefined for no type */
function fileType(letter: number | undefined): FileType | undefined {
  const type = types.get(letter ?? 0);
  return type === 'hardlink' ? undefined : type;
}

function milliseconds(ns: bigint): number {
  return Number(ns / 1_000_000n);
}

const changes = new Map<number | undefined, FileChange['type']>([
  [0x63, 'created'],
  [0x6d, 'changed'],
  [0x64, 'deleted'],
]);

/** Reads the payload of a change frame. */
export function readChange(data: Buffer): FileChange {
  return { type: changes.get(data[0]) ?? 'unknown', path: decodeName(data.subarray(1)) };
}
