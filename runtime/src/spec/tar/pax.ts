// PAX extended headers: `<length> <key>=<value>\n`, values kept as bytes, since extended attributes are no text.

import { concat } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import { invalidHeader } from './header.ts';
import { decodeName, encodeName } from './path-text.ts';

export type PaxRecords = Map<string, Uint8Array>;

/** An extended header larger than this is refused, as in Docker. */
export const maximumPaxSize = 1024 * 1024;
export const xattrPrefix = 'SCHILY.xattr.';

/**
 * Reads all records; a later one wins, an empty value means "not set".
 * @throws EngineError invalidParameter
 */
export function parsePax(bytes: Uint8Array): PaxRecords {
  const records: PaxRecords = new Map();
  let at = 0;
  while (at < bytes.length) {
    let length = 0;
    let space = at;
    for (; space < bytes.length && bytes[space] !== 0x20; space++) {
      const digit = (bytes[space] ?? 0) - 0x30;
      if (digit < 0 || digit > 9 || space - at > 9) throw invalidHeader('pax');
      length = length * 10 + digit;
    }
    const end = at + length;
    if (length < space - at + 4 || end > bytes.length || bytes[end - 1] !== 0x0a) throw invalidHeader('pax');
    const equals = bytes.indexOf(0x3d, space + 1);
    if (equals <= space + 1 || equals >= end) throw invalidHeader('pax');
    const key = decodeName(bytes.subarray(space + 1, equals));
    const value = bytes.slice(equals + 1, end - 1);
    const isName = key === 'path' || key === 'linkpath';
    if (key.includes('\0') || (isName && value.includes(0))) throw invalidHeader('pax');
    records.set(key, value);
    at = end;
  }
  return records;
}

/** The bytes of the records, in the order given. */
export function formatPax(records: Iterable<readonly [string, Uint8Array]>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [key, value] of records) {
    const keyBytes = encodeName(key);
    const body = keyBytes.length + value.length + 3;
    let length = body + String(body).length;
    if (String(length).length !== String(body).length) length = body + String(length).length;
    parts.push(encodeName(`${length} `), keyBytes, encodeName('='), value, encodeName('\n'));
  }
  return concat(parts);
}

/** A record that holds text; undefined when absent or empty. */
export function paxText(records: PaxRecords, key: string): string | undefined {
  const value = records.get(key);
  return value === undefined || value.length === 0 ? undefined : decodeName(value);
}

/** @throws EngineError invalidParameter when it is not a whole number from 0 to 2^53 */
export function paxNumber(records: PaxRecords, key: string): number | undefined {
  const text = paxText(records, key);
  if (text === undefined) return undefined;
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(Number(text))) throw invalidHeader(key);
  return Number(text);
}

/** Seconds with a fraction, to nanoseconds. */
export function paxTimeNs(records: PaxRecords, key: string): bigint | undefined {
  const text = paxText(records, key);
  if (text === undefined) return undefined;
  const match = /^(-?)(\d{1,15})(?:\.(\d{0,40}))?$/.exec(text);
  if (match === null) throw invalidHeader(key);
  const [, sign, seconds = '0', fraction = ''] = match;
  const value = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -value : value;
}

/** The time as PAX writes it, without needless zeros. */
export function formatTime(timeNs: bigint): string {
  const positive = timeNs < 0n ? -timeNs : timeNs;
  const fraction = (positive % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  const seconds = (positive / 1_000_000_000n).toString();
  return (timeNs < 0n ? '-' : '') + seconds + (fraction === '' ? '' : `.${fraction}`);
}

/** Extended attributes among the records. */
export function paxXattrs(records: PaxRecords): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of records) {
    if (!key.startsWith(xattrPrefix)) continue;
    const name = key.slice(xattrPrefix.length);
    if (name === '' || name.length > 255)
      throw new EngineError('invalidParameter', 'archive/tar: invalid tar header (xattr)');
    xattrs.set(name, value);
  }
  return xattrs;
}
