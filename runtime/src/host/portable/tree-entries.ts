// Inodes as the entries that a `Tree` gives and takes. Of a layer, whiteouts and opaque directories are shown as overlayfs keeps them.

import { attributesOf, setAttributes } from '../../../../wasm/src/files/attributes.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import {
  at,
  flag,
  get,
  getDouble,
  hasFlag,
  kind,
  kindOf,
  nanosecondsOf,
  set,
  setDouble,
  setFlag,
} from '../../../../wasm/src/files/inode.ts';
import { readTarget } from '../../../../wasm/src/files/operations.ts';
import { EngineError } from '../../spec/errors.ts';
import { decodeName, encodeName } from '../../spec/tar/path-text.ts';
import type { EntryType, TreeEntry } from '../kernel.ts';

/** What a directory of a layer has that hides those of the layers below. */
export const opaqueName = 'trusted.overlay.opaque';
const opaqueNames = new Set([opaqueName, 'user.overlay.opaque']);
const yes = new TextEncoder().encode('y');
const mostAttributeBytes = 1_000_000;
const second = 1_000_000_000n;

type PlainType = Exclude<EntryType, 'hardlink'>;

export const kinds: Readonly<Record<PlainType, number>> = kind;
const types = new Map<number, PlainType>(Object.entries(kinds).map(([name, value]) => [value, name as PlainType]));

export function typeOf(files: FileSystem, inode: number): PlainType {
  const type = types.get(kindOf(files.arena, inode));
  if (type === undefined) throw new EngineError('dataLoss', 'a file system has a file of no known kind');
  return type;
}

/** Call it inside. */
export function entryOf(files: FileSystem, inode: number, path: string): TreeEntry {
  const { arena } = files;
  const type = typeOf(files, inode);
  const device = get(arena, inode, at.device) >>> 0;
  const isDevice = type === 'character' || type === 'block';
  return {
    path,
    type,
    mode: get(arena, inode, at.mode),
    uid: get(arena, inode, at.uid) >>> 0,
    gid: get(arena, inode, at.gid) >>> 0,
    size: sizeOf(files, inode),
    mtimeNs: timeOf(files, inode, at.modified),
    linkName: type === 'symlink' ? decodeName(readTarget(files, inode)) : '',
    deviceMajor: isDevice ? (device >>> 8) & 0xfff : 0,
    deviceMinor: isDevice ? (device & 0xff) | ((device >>> 12) & 0xfff00) : 0,
    xattrs: xattrsOf(files, inode),
  };
}

/** That of a name which a layer hides. */
export function whiteoutEntry(path: string): TreeEntry {
  const nothing = { mode: 0, uid: 0, gid: 0, size: 0, mtimeNs: 0n, linkName: '', deviceMajor: 0, deviceMinor: 0 };
  return { path, type: 'character', ...nothing, xattrs: new Map() };
}

export function isWhiteout({ type, deviceMajor, deviceMinor }: TreeEntry): boolean {
  return type === 'character' && deviceMajor === 0 && deviceMinor === 0;
}

/** Of a file and of a link, as `stat` shows them; a directory's is nobody's affair. */
export function sizeOf(files: FileSystem, inode: number): number {
  const type = typeOf(files, inode);
  return type === 'file' || type === 'symlink' ? getDouble(files.arena, inode, at.size) : 0;
}

/** Nanoseconds since the epoch. */
export function timeOf({ arena }: FileSystem, inode: number, time: number): bigint {
  return BigInt(getDouble(arena, inode, time)) * second + BigInt(get(arena, inode, nanosecondsOf(time)));
}

export function setTime({ arena }: FileSystem, inode: number, time: number, ns: bigint): void {
  const rest = ((ns % second) + second) % second;
  setDouble(arena, inode, time, Number((ns - rest) / second));
  set(arena, inode, nanosecondsOf(time), Number(rest));
}

/** Owner, mode, times and attributes. @throws Failure ENOSPC */
export function applyEntry(files: FileSystem, inode: number, entry: TreeEntry, attributes: Uint8Array): void {
  const { arena } = files;
  set(arena, inode, at.uid, entry.uid);
  set(arena, inode, at.gid, entry.gid);
  if (entry.type !== 'symlink') set(arena, inode, at.mode, entry.mode & 0o7777);
  if (entry.type === 'character' || entry.type === 'block') set(arena, inode, at.device, deviceOf(entry));
  setAttributes(arena, inode, attributes);
  for (const time of [at.accessed, at.modified]) setTime(files, inode, time, entry.mtimeNs);
  files.touch(inode, at.changed);
  setFlag(arena, inode, flag.touched);
}

function deviceOf({ deviceMajor, deviceMinor }: TreeEntry): number {
  return (deviceMinor & 0xff) | ((deviceMajor & 0xfff) << 8) | ((deviceMinor & 0xfff00) << 12);
}

/** Whether an entry is a directory that hides what the layers below have in it. */
export function isOpaque({ type, xattrs }: TreeEntry): boolean {
  return type === 'directory' && [...xattrs.keys()].some((name) => opaqueNames.has(name));
}

/** As an inode keeps them: for each the lengths of name and value, 16 and 32 bits, and both. @throws EngineError invalidParameter */
export function encodeXattrs(entry: TreeEntry): Uint8Array {
  const kept = [...entry.xattrs]
    .filter(([name]) => !opaqueNames.has(name))
    .map(([name, value]) => ({ name: encodeName(name), value }));
  const bytes = kept.reduce((sum, { name, value }) => sum + 6 + name.length + value.length, 0);
  if (bytes > mostAttributeBytes || kept.some(({ name }) => name.length > 255)) {
    throw new EngineError('invalidParameter', `${entry.path}: too many extended attributes`);
  }
  const all = new Uint8Array(bytes);
  const view = new DataView(all.buffer);
  let position = 0;
  for (const { name, value } of kept) {
    view.setUint16(position, name.length, true);
    view.setUint32(position + 2, value.length, true);
    all.set(name, position + 6);
    all.set(value, position + 6 + name.length);
    position += 6 + name.length + value.length;
  }
  return all;
}

export const noXattrs: ReadonlyMap<string, Uint8Array> = new Map();

function xattrsOf(files: FileSystem, inode: number): ReadonlyMap<string, Uint8Array> {
  const isHiding = hasFlag(files.arena, inode, flag.opaque);
  if (get(files.arena, inode, at.attributes) === 0 && !isHiding) return noXattrs;
  const all = attributesOf(files.arena, inode);
  const view = new DataView(all.buffer);
  const xattrs = new Map<string, Uint8Array>();
  for (let position = 0; position < all.length;) {
    const valueAt = position + 6 + view.getUint16(position, true);
    const end = valueAt + view.getUint32(position + 2, true);
    xattrs.set(decodeName(all.slice(position + 6, valueAt)), all.slice(valueAt, end));
    position = end;
  }
  if (isHiding) xattrs.set(opaqueName, yes);
  return xattrs;
}

/** @throws EngineError invalidParameter for numbers that no file can have */
export function checkEntry(entry: TreeEntry): void {
  const isWord = (value: number) => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
  const isSound = isWord(entry.uid) && isWord(entry.gid) && Number.isSafeInteger(entry.size) && entry.size >= 0;
  if (!isSound) throw new EngineError('invalidParameter', `${entry.path}: an owner or a size is out of range`);
}
