// The heads of HTTP/1.1's messages, to and from bytes. What could be read in two ways is refused: a body must have one length.
// https://www.rfc-editor.org/rfc/rfc9112

import { concat } from '../../wasi/bytes.ts';

export type Field = readonly [name: string, value: Uint8Array];

export interface RequestHead {
  readonly method: string;
  /** As it is on the request line. */
  readonly target: string;
  readonly isOld: boolean;
  readonly fields: readonly Field[];
}

export interface ResponseHead {
  readonly status: number;
  readonly isOld: boolean;
  readonly fields: readonly Field[];
}

/** A message that cannot be understood. */
export class BadMessage extends Error {}

export const mostHeadBytes = 65_536;
const mostFields = 512;
const [space, tab, lineFeed, carriageReturn, colon] = [32, 9, 10, 13, 58];

/** Visible ASCII, as RFC 9110 has it for names. */
export const token = /^[-!#$%&'*+.^_`|~\da-zA-Z]+$/u;

/** Where the head ends: what follows is the body. @returns undefined when more is to come @throws BadMessage when it is too long */
export function endOfHead(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
    const next = bytes[at + 1] === carriageReturn ? at + 2 : at + 1;
    if (bytes[next] === lineFeed) return next + 1;
  }
  if (bytes.length > mostHeadBytes) throw new BadMessage('the head is too long');
  return undefined;
}

/** @param bytes a head to its end @throws BadMessage */
export function parseRequest(bytes: Uint8Array): RequestHead {
  const { first, fields } = parse(bytes);
  const match = /^(?<method>\S{1,64}) (?<target>\S{1,16384}) HTTP\/1\.(?<minor>[01])$/v.exec(first);
  const { method = '', target = '', minor } = match?.groups ?? {};
  if (match === null || !token.test(method)) throw new BadMessage('this is no request of HTTP/1.1');
  return { method, target, isOld: minor === '0', fields };
}

/** @param bytes a head to its end @throws BadMessage */
export function parseResponse(bytes: Uint8Array): ResponseHead {
  const { first, fields } = parse(bytes);
  const match = /^HTTP\/1\.(?<minor>[01]) (?<status>[1-9]\d{2})(?: .*)?$/v.exec(first);
  if (match === null) throw new BadMessage('this is no response of HTTP/1.1');
  return { status: Number(match.groups?.['status']), isOld: match.groups?.['minor'] === '0', fields };
}

export function requestBytes(method: string, target: string, fields: readonly Field[]): Uint8Array {
  return headBytes(`${method} ${target} HTTP/1.1`, fields);
}

export function responseBytes(status: number, fields: readonly Field[]): Uint8Array {
  return headBytes(`HTTP/1.1 ${String(status)} `, fields);
}

/** Lines of fields, to be read as they are after a body as well. @throws BadMessage */
export function parseFields(lines: readonly Uint8Array[]): Field[] {
  if (lines.length > mostFields) throw new BadMessage('it has too many fields');
  return lines.map(parseField);
}

/** The lines of a head or of trailers, without what ends them. */
export function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const feed = bytes.indexOf(lineFeed, start);
    const end = feed < 0 ? bytes.length : feed;
    const line = bytes.subarray(start, end > start && bytes[end - 1] === carriageReturn ? end - 1 : end);
    if (line.length === 0 && lines.length > 0) break;
    // An empty line before a message is none.
    if (line.length > 0) lines.push(line);
    start = end + 1;
  }
  return lines;
}

function parse(bytes: Uint8Array) {
  const [first = new Uint8Array(0), ...rest] = linesOf(bytes);
  return { first: latin1(first), fields: parseFields(rest) };
}

function parseField(line: Uint8Array): Field {
  const end = line.indexOf(colon);
  const name = latin1(line.subarray(0, Math.max(0, end)));
  // A space at the beginning goes on with the field before it, one before the colon hides the name from others.
  if (!token.test(name)) throw new BadMessage('a field has no name');
  const value = trim(line.subarray(end + 1));
  if (!isValue(value)) throw new BadMessage(`the field ${name} has characters that none may have`);
  return [name, value.slice()];
}

function trim(bytes: Uint8Array): Uint8Array {
  let [start, end] = [0, bytes.length];
  const isBlank = (byte: number | undefined) => byte === space || byte === tab;
  while (start < end && isBlank(bytes[start])) start++;
  while (end > start && isBlank(bytes[end - 1])) end--;
  return bytes.subarray(start, end);
}

/** Whether bytes may be a field's value. */
export function isValue(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === tab || (byte >= space && byte !== 127));
}

function headBytes(first: string, fields: readonly Field[]): Uint8Array {
  const pieces = [ascii(`${first}\r\n`)];
  for (const [name, value] of fields) pieces.push(ascii(`${name}: `), value, ascii('\r\n'));
  pieces.push(ascii('\r\n'));
  return concat(pieces);
}

export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** Values of a field, in their order. @param name lower case */
export function valuesOf(fields: readonly Field[], name: string): string[] {
  return fields.filter(([each]) => each.toLowerCase() === name).map(([, value]) => latin1(value));
}
