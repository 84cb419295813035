// Addresses of the network, between text and the types of wasi:sockets.

import type { SocketAddress } from '../../sockets/contract.ts';

export type IpFamily = 'ipv4' | 'ipv6';

/** Four bytes, or eight groups of 16 bits. */
export interface IpAddress {
  readonly tag: IpFamily;
  readonly val: readonly number[];
}

export interface IpSocketAddress {
  readonly tag: IpFamily;
  readonly val: { readonly port: number; readonly address: readonly number[] };
}

const groups = 8;

/** @returns undefined for what is no address */
export function parseAddress(text: string): IpAddress | undefined {
  const four = parseIpv4(text);
  if (four !== undefined) return { tag: 'ipv4', val: four };
  const six = parseIpv6(text);
  return six === undefined ? undefined : { tag: 'ipv6', val: six };
}

export function textOfAddress(family: IpFamily, numbers: readonly number[]): string {
  return family === 'ipv4' ? numbers.join('.') : numbers.map((group) => group.toString(16)).join(':');
}

export function fromText({ address, port }: SocketAddress, family: IpFamily): IpSocketAddress {
  const parsed = parseAddress(address);
  const numbers = parsed?.tag === family ? parsed.val : unspecified(family);
  return toSocketAddress(family, numbers, port);
}

export function toSocketAddress(family: IpFamily, address: readonly number[], port: number): IpSocketAddress {
  return family === 'ipv4'
    ? { tag: family, val: { port, address } }
    : { tag: family, val: { port, address, flowInfo: 0, scopeId: 0 } as IpSocketAddress['val'] };
}

export function unspecified(family: IpFamily): readonly number[] {
  return Array.from({ length: family === 'ipv4' ? 4 : groups }, () => 0);
}

export function isUnspecified(numbers: readonly number[]): boolean {
  return numbers.every((number) => number === 0);
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/v.test(part))) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= 255) ? numbers : undefined;
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (text.length > 45 || halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === groups ? head : undefined;
  const gap = groups - head.length - (tail ?? []).length;
  return gap < 1 ? undefined : [...head, ...Array.from({ length: gap }, () => 0), ...(tail ?? [])];
}

function parseGroups(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const four = last.includes('.') ? parseIpv4(last) : [];
  if (four === undefined) return undefined;
  const plain = last.includes('.') ? parts.slice(0, -1) : parts;
  if (!plain.every((part) => /^[\da-fA-F]{1,4}$/v.test(part))) return undefined;
  const [a, b, c, d] = four;
  const mapped =
    a === undefined || b === undefined || c === undefined || d === undefined ? [] : [a * 256 + b, c * 256 + d];
  return [...plain.map((part) => parseInt(part, 16)), ...mapped];
}
