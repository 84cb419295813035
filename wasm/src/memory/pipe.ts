// A pipe in an arena: bytes from writers to readers, of whatever threads. Who finds nothing to do looks at the pipe's count of events
// while inside the arena, and sleeps outside until it is another (`wait.ts`).

import { errno, fail } from '../wasi/errno.ts';
import type { Arena } from './arena.ts';
import { happened } from './wait.ts';

/** Words by their offset in bytes. */
const at = { content: 0, room: 4, start: 8, length: 12, writers: 16, readers: 20, events: 24 } as const;
const pipeBytes = 32;

/** Writes of at most so many bytes are not mixed with others. POSIX's PIPE_BUF on Linux. */
export const wholeWrite = 4096;

/**
 * A pipe with one writer and one reader. As all of these, call it inside the arena.
 * @param room bytes that it holds, at least `wholeWrite`
 * @returns its address
 * @throws Failure ENOSPC
 */
export function makePipe(arena: Arena, room: number): number {
  const pipe = arena.allocate(pipeBytes);
  try {
    arena.setWord(pipe + at.content, arena.allocate(room, false));
  } catch (error) {
    arena.free(pipe, pipeBytes);
    throw error;
  }
  arena.setWord(pipe + at.room, room);
  arena.setWord(pipe + at.writers, 1);
  arena.setWord(pipe + at.readers, 1);
  return pipe;
}

export type PipeEnd = 'writers' | 'readers';

export function addEnd(arena: Arena, pipe: number, end: PipeEnd): void {
  arena.setWord(pipe + at[end], arena.word(pipe + at[end]) + 1);
  happened(arena, pipe + at.events);
}

/** The pipe goes with its last end. */
export function closeEnd(arena: Arena, pipe: number, end: PipeEnd): void {
  arena.setWord(pipe + at[end], arena.word(pipe + at[end]) - 1);
  happened(arena, pipe + at.events);
  if (arena.word(pipe + at.writers) > 0 || arena.word(pipe + at.readers) > 0) return;
  arena.free(arena.word(pipe + at.content), arena.word(pipe + at.room));
  arena.free(pipe, pipeBytes);
}

/** How many there are of an end. */
export function endsOf(arena: Arena, pipe: number, end: PipeEnd): number {
  return arena.word(pipe + at[end]);
}

/** Reads what is there. @returns bytes; 0 at the end, when it is empty and has no writer; undefined when there may be more later */
export function readPipe(arena: Arena, pipe: number, into: Uint8Array): number | undefined {
  const length = arena.word(pipe + at.length);
  if (length === 0) return arena.word(pipe + at.writers) === 0 || into.length === 0 ? 0 : undefined;
  const room = arena.word(pipe + at.room);
  const start = arena.word(pipe + at.start);
  const content = arena.word(pipe + at.content);
  const count = Math.min(length, into.length);
  const first = Math.min(count, room - start);
  into.set(arena.u8.subarray(content + start, content + start + first));
  into.set(arena.u8.subarray(content, content + count - first), first);
  arena.setWord(pipe + at.start, (start + count) % room);
  arena.setWord(pipe + at.length, length - count);
  happened(arena, pipe + at.events);
  return count;
}

/**
 * Writes as much as there is room for; a small piece whole or not at all.
 * @returns bytes; undefined when there may be room later
 * @throws Failure EPIPE when nobody can read it any more
 */
export function writePipe(arena: Arena, pipe: number, from: Uint8Array): number | undefined {
  if (arena.word(pipe + at.readers) === 0) fail(errno.EPIPE);
  const room = arena.word(pipe + at.room);
  const length = arena.word(pipe + at.length);
  const count = Math.min(from.length, room - length);
  if (count < from.length && (count === 0 || from.length <= wholeWrite)) return undefined;
  const content = arena.word(pipe + at.content);
  const end = (arena.word(pipe + at.start) + length) % room;
  const first = Math.min(count, room - end);
  arena.u8.set(from.subarray(0, first), content + end);
  arena.u8.set(from.subarray(first, count), content);
  arena.setWord(pipe + at.length, length + count);
  happened(arena, pipe + at.events);
  return count;
}

/** Whether a read would not wait. */
export function isReadable(arena: Arena, pipe: number): boolean {
  return arena.word(pipe + at.length) > 0 || arena.word(pipe + at.writers) === 0;
}

/** Whether a small write would not wait. */
export function isWritable(arena: Arena, pipe: number): boolean {
  return arena.word(pipe + at.readers) === 0 || arena.word(pipe + at.room) - arena.word(pipe + at.length) >= wholeWrite;
}

/** Bytes that can be read now. */
export function pipeLength(arena: Arena, pipe: number): number {
  return arena.word(pipe + at.length);
}

/** The address of its count of events. */
export function pipeEvents(pipe: number): number {
  return pipe + at.events;
}

/** Bytes that can be written now. */
export function pipeSpace(arena: Arena, pipe: number): number {
  return arena.word(pipe + at.room) - arena.word(pipe + at.length);
}
