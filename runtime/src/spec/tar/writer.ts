// Writes a tar as docker's clients expect it: ustar where that says everything, PAX records where it does not (long or
// non-ASCII names, large numbers, extended attributes). Content goes through uncopied.

import { concat } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import { type TarEntry, type TarType, blockSize, encodeHeader, fitsOctal } from './header.ts';
import { encodeName } from './path-text.ts';
import { formatPax, formatTime, xattrPrefix } from './pax.ts';

export interface WritableMember extends TarEntry {
  /** Exactly `size` bytes for a file; not looked at for anything else. */
  readonly content?: AsyncIterable<Uint8Array>;
}

export interface TarWriteOptions {
  /** Keep fractions of seconds (a PAX record per member). Docker's own archives have whole seconds. */
  readonly subSecond?: boolean;
}

const flags: Readonly<Record<Exclude<TarType, 'socket'>, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const padding = new Uint8Array(blockSize);
const endMark = new Uint8Array(2 * blockSize);

/**
 * A whole archive with its end mark. Sockets are left out: tar has no word for them.
 * @throws EngineError system when a content is shorter or longer than its `size`
 */
export async function* writeTar(
  members: AsyncIterable<WritableMember> | Iterable<WritableMember>,
  options: TarWriteOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const member of members) {
    if (member.type === 'socket') continue;
    yield tarHeader(member, options);
    if (member.type === 'file' && member.size > 0) yield* contentOf(member);
  }
  yield endMark;
}

async function* contentOf(member: WritableMember): AsyncGenerator<Uint8Array, void, undefined> {
  let written = 0;
  for await (const chunk of member.content ?? []) {
    written += chunk.length;
    if (written > member.size) break;
    yield chunk;
  }
  if (written !== member.size) {
    throw new EngineError('system', `size of ${member.path} changed from ${member.size} while it was read`);
  }
  const rest = (blockSize - (member.size % blockSize)) % blockSize;
  if (rest > 0) yield padding.subarray(0, rest);
}

/** The header of one member with its PAX header before it when it needs one. Not for sockets. */
export function tarHeader(entry: TarEntry, options: TarWriteOptions = {}): Uint8Array {
  if (entry.type === 'socket') throw new EngineError('invalidParameter', `sockets cannot be archived: ${entry.path}`);
  const records: [string, Uint8Array][] = [];
  const typeFlag = flags[entry.type];
  const isDirectory = entry.type === 'directory';
  const name = encodeName(
    isDirectory && !entry.path.endsWith('/') ? `${entry.path === '' ? '.' : entry.path}/` : entry.path,
  );
  const link = encodeName(entry.linkName);
  const split = splitName(name);
  if (split === undefined || !isAscii(name)) records.push(['path', name]);
  if (link.length > 100 || !isAscii(link)) records.push(['linkpath', link]);
  const size = entry.type === 'file' ? entry.size : 0;
  if (!fitsOctal(size, 11)) records.push(['size', encodeName(String(size))]);
  if (!fitsOctal(entry.uid, 7)) records.push(['uid', encodeName(String(entry.uid))]);
  if (!fitsOctal(entry.gid, 7)) records.push(['gid', encodeName(String(entry.gid))]);
  const seconds = floorSeconds(entry.mtimeNs);
  const kept = options.subSecond === true ? entry.mtimeNs : BigInt(seconds) * 1_000_000_000n;
  if (kept % 1_000_000_000n !== 0n || !fitsOctal(seconds, 11)) records.push(['mtime', encodeName(formatTime(kept))]);
  for (const [key, value] of [...entry.xattrs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    records.push([`${xattrPrefix}${key}`, value]);
  }
  const header = encodeHeader({
    name: split?.name ?? name,
    ...(split?.prefix === undefined ? {} : { prefix: split.prefix }),
    typeFlag,
    mode: entry.mode & 0o7777,
    uid: entry.uid,
    gid: entry.gid,
    size,
    mtime: seconds,
    linkName: link,
    deviceMajor: entry.deviceMajor,
    deviceMinor: entry.deviceMinor,
  });
  return records.length === 0 ? header : concat([paxHeader(name, records), header]);
}

function paxHeader(name: Uint8Array, records: readonly [string, Uint8Array][]): Uint8Array {
  const body = formatPax(records);
  const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 0, deviceMajor: 0, deviceMinor: 0 };
  const shown = concat([encodeName('PaxHeaders.0/'), name.subarray(Math.max(0, name.lastIndexOf(0x2f, -2) + 1))]);
  const header = encodeHeader({ ...plain, name: shown, typeFlag: 'x', size: body.length, linkName: new Uint8Array(0) });
  return concat([header, body, padding.subarray(0, (blockSize - (body.length % blockSize)) % blockSize)]);
}

/** A name of up to 100 bytes, or split at a slash into 155 + 100; undefined when it does not fit. */
function splitName(name: Uint8Array): { name: Uint8Array; prefix?: Uint8Array } | undefined {
  if (name.length <= 100) return { name };
  if (name.length > 256) return undefined;
  for (let at = Math.min(155, name.length - 2); at > 0 && name.length - at - 1 <= 100; at--) {
    if (name[at] === 0x2f) return { prefix: name.subarray(0, at), name: name.subarray(at + 1) };
  }
  return undefined;
}

function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80) return false;
  return true;
}

/** Whole seconds, rounded down also before 1970. */
function floorSeconds(timeNs: bigint): number {
  const quotient = timeNs / 1_000_000_000n;
  return Number(timeNs < 0n && timeNs % 1_000_000_000n !== 0n ? quotient - 1n : quotient);
}
