// Datagrams in the pipes of a socket: each with its address before it, whole or not at all. Call all of it inside the arena.

import type { Arena } from '../memory/arena.ts';
import { pipeLength, pipeSpace, readPipe, writePipe } from '../memory/pipe.ts';
import { mostDatagram, type Datagram } from './contract.ts';

/** Of a header, by their offset in bytes: bytes of content, port, bytes of the address as text. */
const at = { length: 0, port: 2, address: 4 } as const;
const headerBytes = 5;
/** Of an IPv6 address. */
const mostText = 45;

/** Of each pipe of a socket for datagrams: more than one of the largest. */
export const datagramRoom = 131_072;

/** Whether any datagram would find room. */
export function hasRoomForAny(arena: Arena, pipe: number): boolean {
  return pipeSpace(arena, pipe) >= headerBytes + mostText + mostDatagram;
}

/** @returns false where there is no room for it, or it is none @throws Failure EPIPE when nobody reads */
export function putDatagram(arena: Arena, pipe: number, { bytes, peer }: Datagram): boolean {
  const address = new TextEncoder().encode(peer.address);
  const length = headerBytes + address.length + bytes.length;
  if (address.length > mostText || bytes.length > mostDatagram || pipeSpace(arena, pipe) < length) return false;
  const frame = new Uint8Array(length);
  const view = new DataView(frame.buffer);
  view.setUint16(at.length, bytes.length);
  view.setUint16(at.port, peer.port);
  frame[at.address] = address.length;
  frame.set(address, headerBytes);
  frame.set(bytes, headerBytes + address.length);
  writePipe(arena, pipe, frame);
  return true;
}

/** The one that came first; undefined where there is none. */
export function takeDatagram(arena: Arena, pipe: number): Datagram | undefined {
  // They are never there in part.
  if (pipeLength(arena, pipe) < headerBytes) return undefined;
  const header = read(arena, pipe, headerBytes);
  const view = new DataView(header.buffer);
  const address = new TextDecoder().decode(read(arena, pipe, view.getUint8(at.address)));
  return { peer: { address, port: view.getUint16(at.port) }, bytes: read(arena, pipe, view.getUint16(at.length)) };
}

function read(arena: Arena, pipe: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (length > 0) readPipe(arena, pipe, bytes);
  return bytes;
}
