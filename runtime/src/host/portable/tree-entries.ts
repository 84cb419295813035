// Places as the entries that a `Tree` gives and takes. Of a layer, whiteouts and opaque directories are shown as overlayfs keeps them.

import { attributesOf, setAttributes } from '../../../../wasm/src/files/attributes.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { at, flag, get, hasFlag, kind, set } from '../../../../wasm/src/files/inode.ts';
import type { Place } from '../../../../wasm/src/mounts/mount.ts';
import type { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { EngineError } from '../../spec/errors.ts';
import { decodeName, encodeName } from '../../spec/tar/path-text.ts';
import type { EntryType, TreeEntry } from '../kernel.ts';
import { filesAt } from './tree-paths.ts';

/** What a directory of a layer has that hides those of the layers below. */
export const opaqueName = 'trusted.overlay.opaque';
const opaqueNames = new Set([opaqueName, 'user.overlay.opaque']);
const yes = new TextEncoder().encode('y');
const mostAttributeBytes = 1_000_000;

type PlainType = Exclude<EntryType, 'hardlink'>;

export const kinds: Readonly<Record<PlainType, number>> = kind;
const types = new Map<number, PlainType>(Object.entries(kinds).map(([name, value]) => [value, name as PlainType]));

export function typeOf(what: number): PlainType {
  const type = types.get(what);
  if (type === undefined) throw new EngineError('dataLoss', 'there is a file of no known kind');
  return type;
}

/** Call it inside. */
export function entryOf(space: Namespace, place: Place, path: string): TreeEntry {
  const stat = space.treeAt(place).stat(place.node);
  const type = typeOf(stat.kind);
  const device = stat.special >>> 0;
  const isDevice = type === 'character' || type === 'block';
  return {
    path,
    type,
    mode: stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    size: type === 'file' || type === 'symlink' ? stat.size : 0,
    mtimeNs: stat.modifiedNs,
    linkName: type === 'symlink' ? decodeName(space.readTarget(place)) : '',
    deviceMajor: isDevice ? (device >>> 8) & 0xfff : 0,
    deviceMinor: isDevice ? (device & 0xff) | ((device >>> 12) & 0xfff00) : 0,
    xattrs: xattrsOf(place),
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

/** Owner, mode, times, and where they are kept attributes and a device's number. @throws Failure ENOSPC, EROFS, EPERM */
export function applyEntry(space: Namespace, place: Place, entry: TreeEntry, attributes: Uint8Array): void {
  const tree = space.treeToChange(place);
  const files = filesAt(place);
  if (place.mount.hasOwners) tree.setOwner(place.node, entry.uid, entry.gid);
  if (entry.type !== 'symlink') tree.setMode(place.node, entry.mode & 0o7777);
  if (files !== undefined) {
    if (entry.type === 'character' || entry.type === 'block') set(files.arena, place.node, at.device, deviceOf(entry));
    setAttributes(files.arena, place.node, attributes);
  }
  if (files !== undefined || entry.type !== 'symlink') setTime(space, place, entry.mtimeNs);
}

/** When it was changed last, which is when it was read last as well. */
export function setTime(space: Namespace, place: Place, mtimeNs: bigint): void {
  space.treeToChange(place).setTimes(place.node, { accessedNs: mtimeNs, modifiedNs: mtimeNs });
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

function xattrsOf(place: Place): ReadonlyMap<string, Uint8Array> {
  const files = filesAt(place);
  return files === undefined ? noXattrs : attributesAt(files, place.node);
}

function attributesAt({ arena }: FileSystem, inode: number): ReadonlyMap<string, Uint8Array> {
  const isHiding = hasFlag(arena, inode, flag.opaque);
  if (get(arena, inode, at.attributes) === 0 && !isHiding) return noXattrs;
  const all = attributesOf(arena, inode);
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
