// A socket in an arena: two pipes, between a process's thread and the engine's, and what both must know of it. Each of them lets go of it
// in its own time. All of this is called inside the arena.

import type { Arena } from '../memory/arena.ts';
import {
  closeEnd,
  isReadable,
  isWritable,
  makePipe,
  pipeEvents,
  pipeLength,
  readPipe,
  writePipe,
} from '../memory/pipe.ts';
import { happened } from '../memory/wait.ts';
import { errno, fail, failBy } from '../wasi/errno.ts';
import type { SocketAddress } from './contract.ts';

/** By their offset in bytes; words, but the addresses: a length and text. */
const at = {
  state: 0,
  error: 4,
  input: 8,
  output: 12,
  events: 16,
  holders: 20,
  next: 24,
  first: 28,
  last: 32,
  waiting: 36,
  backlog: 40,
  localPort: 44,
  peerPort: 48,
  local: 64,
  peer: 128,
} as const;
const socketBytes = 192;
const mostText = 62;

/** In each direction. */
const pipeRoom = 32_768;

export const state = { fresh: 0, asked: 1, connected: 2, listening: 3, failed: 4, closed: 5 } as const;

export type Direction = 'input' | 'output';

/** @returns its address; the caller holds it @throws Failure ENOSPC */
export function makeSocket(arena: Arena): number {
  const socket = arena.allocate(socketBytes);
  arena.setWord(socket + at.holders, 1);
  return socket;
}

/** Makes its pipes. @param room of each, in bytes @throws Failure ENOSPC, EISCONN when it has some */
export function openStreams(arena: Arena, socket: number, room = pipeRoom): void {
  if (arena.word(socket + at.input) !== 0) fail(errno.EISCONN);
  const input = makePipe(arena, room);
  try {
    arena.setWord(socket + at.output, makePipe(arena, room));
  } catch (error) {
    for (const end of ['readers', 'writers'] as const) closeEnd(arena, input, end);
    throw error;
  }
  arena.setWord(socket + at.input, input);
}

/** Something was asked of the engine's thread, which holds the socket from now on. */
export function setAsked(arena: Arena, socket: number, backlog = 0): void {
  arena.setWord(socket + at.holders, arena.word(socket + at.holders) + 1);
  arena.setWord(socket + at.backlog, backlog);
  setState(arena, socket, state.asked);
}

/** The engine's thread does nothing of what was asked. */
export function refuseSocket(arena: Arena, socket: number, error: number): void {
  for (const [direction, end] of [
    ['input', 'writers'],
    ['output', 'readers'],
  ] as const) {
    const pipe = socketPipe(arena, socket, direction);
    if (pipe !== 0) closeEnd(arena, pipe, end);
  }
  setError(arena, socket, error);
  setState(arena, socket, state.failed);
  letGo(arena, socket);
}

export function stateOf(arena: Arena, socket: number): number {
  return arena.word(socket + at.state);
}

export function setState(arena: Arena, socket: number, next: number): void {
  arena.setWord(socket + at.state, next);
  happened(arena, socket + at.events);
}

/** What it fails with at the next look, once. */
export function setError(arena: Arena, socket: number, error: number): void {
  arena.setWord(socket + at.error, error);
}

/** @returns 0 for none */
export function takeError(arena: Arena, socket: number): number {
  const error = arena.word(socket + at.error);
  arena.setWord(socket + at.error, 0);
  return error;
}

/** The address of its count of events. */
export function socketEvents(socket: number): number {
  return socket + at.events;
}

/** A pipe of it; 0 when that was shut, or it never had one. */
export function socketPipe(arena: Arena, socket: number, direction: Direction): number {
  return arena.word(socket + at[direction]);
}

/** The program is done with it: what it wrote goes out still. */
export function closeSocket(arena: Arena, socket: number): void {
  for (const direction of ['input', 'output'] as const) shutSocket(arena, socket, direction);
  for (let queued = dequeue(arena, socket); queued !== undefined; queued = dequeue(arena, socket)) {
    closeSocket(arena, queued);
  }
  setState(arena, socket, state.closed);
  letGo(arena, socket);
}

/** The engine's thread, or whoever made it and did not give it away, does not need it any more. */
export function letGo(arena: Arena, socket: number): void {
  const holders = arena.word(socket + at.holders) - 1;
  arena.setWord(socket + at.holders, holders);
  if (holders === 0) arena.free(socket, socketBytes);
}

/** Ends one direction; idempotent. */
export function shutSocket(arena: Arena, socket: number, direction: Direction): void {
  const pipe = socketPipe(arena, socket, direction);
  if (pipe === 0) return;
  arena.setWord(socket + at[direction], 0);
  closeEnd(arena, pipe, direction === 'input' ? 'readers' : 'writers');
}

/** Whether one more connection may wait. */
export function hasPlace(arena: Arena, listener: number): boolean {
  return (
    stateOf(arena, listener) === state.listening &&
    arena.word(listener + at.waiting) < arena.word(listener + at.backlog)
  );
}

/** A connection waits for `dequeue`. @returns false when too many do */
export function enqueue(arena: Arena, listener: number, socket: number): boolean {
  if (!hasPlace(arena, listener)) return false;
  const waiting = arena.word(listener + at.waiting);
  const last = arena.word(listener + at.last);
  arena.setWord(waiting === 0 ? listener + at.first : last + at.next, socket);
  arena.setWord(listener + at.last, socket);
  arena.setWord(listener + at.waiting, waiting + 1);
  happened(arena, listener + at.events);
  return true;
}

/** The connection that has waited longest. */
export function dequeue(arena: Arena, listener: number): number | undefined {
  const waiting = arena.word(listener + at.waiting);
  if (waiting === 0) return undefined;
  const socket = arena.word(listener + at.first);
  arena.setWord(listener + at.first, arena.word(socket + at.next));
  arena.setWord(listener + at.waiting, waiting - 1);
  return socket;
}

/** @returns bytes; 0 at the end; undefined when there may be more later @throws Failure ENOTCONN, ECONNRESET */
export function readSocket(arena: Arena, socket: number, into: Uint8Array): number | undefined {
  if (stateOf(arena, socket) === state.asked) return undefined;
  checkConnected(arena, socket);
  const pipe = socketPipe(arena, socket, 'input');
  const count = pipe === 0 ? 0 : readPipe(arena, pipe, into);
  if (count === 0 && into.length > 0) failWhereCut(arena, socket);
  return count;
}

/** @returns bytes; undefined when there may be room later @throws Failure ENOTCONN, EPIPE, ECONNRESET */
export function writeSocket(arena: Arena, socket: number, from: Uint8Array): number | undefined {
  if (stateOf(arena, socket) === state.asked) return undefined;
  checkConnected(arena, socket);
  failWhereCut(arena, socket);
  const pipe = socketPipe(arena, socket, 'output');
  return pipe === 0 ? fail(errno.EPIPE) : writePipe(arena, pipe, from);
}

/** Bytes that can be read, or connections that wait; undefined where that would be waited for. */
export function readableAt(arena: Arena, socket: number): number | undefined {
  const now = stateOf(arena, socket);
  if (now === state.listening) return arena.word(socket + at.waiting) || undefined;
  if (now === state.asked) return undefined;
  const pipe = socketPipe(arena, socket, 'input');
  if (pipe === 0) return 0;
  return isReadable(arena, pipe) ? pipeLength(arena, pipe) : undefined;
}

/** Whether a small write would not wait. */
export function isSocketWritable(arena: Arena, socket: number): boolean {
  if (stateOf(arena, socket) === state.asked) return false;
  const pipe = socketPipe(arena, socket, 'output');
  return pipe === 0 || isWritable(arena, pipe);
}

/** The word to sleep for until it can be read or written. */
export function eventsFor(arena: Arena, socket: number, direction: Direction): number {
  const pipe = stateOf(arena, socket) === state.connected ? socketPipe(arena, socket, direction) : 0;
  return pipe === 0 ? socketEvents(socket) : pipeEvents(pipe);
}

export function addressOf(arena: Arena, socket: number, side: 'local' | 'peer'): SocketAddress {
  const start = socket + at[side];
  const bytes = arena.u8.slice(start + 1, start + 1 + (arena.u8[start] ?? 0));
  return { address: new TextDecoder().decode(bytes), port: arena.word(socket + at[`${side}Port`]) };
}

export function setAddress(arena: Arena, socket: number, side: 'local' | 'peer', value: SocketAddress): void {
  const bytes = new TextEncoder().encode(value.address).subarray(0, mostText);
  arena.u8[socket + at[side]] = bytes.length;
  arena.u8.set(bytes, socket + at[side] + 1);
  arena.setWord(socket + at[`${side}Port`], value.port);
}

function checkConnected(arena: Arena, socket: number): void {
  const now = stateOf(arena, socket);
  if (now === state.failed) failBy(takeError(arena, socket) || errno.ENOTCONN);
  if (now !== state.connected) fail(errno.ENOTCONN);
}

function failWhereCut(arena: Arena, socket: number): void {
  const error = takeError(arena, socket);
  if (error !== 0) failBy(error);
}
