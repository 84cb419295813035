// A terminal in an arena: what is typed becomes lines, with erasing, echo and keys that are signals, as termios(3) has it with its
// usual settings; what is written goes out through a pipe. Call all of it inside the arena.

import type { Arena } from './arena.ts';
import { echo, echoErased, echoText, withoutLast, startOfWord } from './terminal-echo.ts';
import { closeEnd, makePipe, pipeSpace, writePipe } from './pipe.ts';
import { happened } from './wait.ts';

/** Words by their offset in bytes. */
const at = {
  modes: 0,
  rows: 4,
  columns: 8,
  foreground: 12,
  holders: 16,
  /** Counts what comes in. */
  events: 20,
  output: 24,
  /** The line that is being typed. */
  line: 28,
  lineLength: 32,
  /** What can be read: bytes, and a ring with the lengths of lines, 0 for an end of file. */
  input: 36,
  inputLength: 40,
  ends: 44,
  firstEnd: 48,
  endCount: 52,
  isGone: 56,
  /** The next key is no command. */
  isLiteral: 60,
} as const;
const terminalBytes = 64;
const lineRoom = 4096;
const inputRoom = 16_384;
const endRoom = 1024;
const outputRoom = 65_536;

export const modes = { canonical: 1, echo: 2, signals: 4, newlines: 8, output: 16 } as const;
const allModes = 31;

const key = {
  interrupt: 3,
  endOfFile: 4,
  backspace: 8,
  newline: 10,
  return: 13,
  reprint: 18,
  eraseLine: 21,
  literal: 22,
  eraseWord: 23,
  suspend: 26,
  quit: 28,
  erase: 127,
} as const;
const signals = new Map<number, 'INT' | 'QUIT' | 'TSTP'>([
  [key.interrupt, 'INT'],
  [key.quit, 'QUIT'],
  [key.suspend, 'TSTP'],
]);

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** One with one holder; who makes it is the reader of its output (`outputOf`). @returns its address @throws Failure ENOSPC */
export function makeTerminal(arena: Arena, size: Size): number {
  const terminal = arena.allocate(terminalBytes);
  arena.setWord(terminal + at.output, makePipe(arena, outputRoom));
  arena.setWord(terminal + at.line, arena.allocate(lineRoom, false));
  arena.setWord(terminal + at.input, arena.allocate(inputRoom, false));
  arena.setWord(terminal + at.ends, arena.allocate(endRoom * 4, false));
  arena.setWord(terminal + at.modes, allModes);
  arena.setWord(terminal + at.holders, 1);
  resizeTerminal(arena, terminal, size);
  return terminal;
}

export function holdTerminal(arena: Arena, terminal: number): void {
  arena.setWord(terminal + at.holders, arena.word(terminal + at.holders) + 1);
}

export function releaseTerminal(arena: Arena, terminal: number): void {
  const holders = arena.word(terminal + at.holders) - 1;
  arena.setWord(terminal + at.holders, holders);
  if (holders > 0) return;
  closeEnd(arena, arena.word(terminal + at.output), 'writers');
  arena.free(arena.word(terminal + at.line), lineRoom);
  arena.free(arena.word(terminal + at.input), inputRoom);
  arena.free(arena.word(terminal + at.ends), endRoom * 4);
  arena.free(terminal, terminalBytes);
}

/** Nobody is there any more: what reads it is at its end. */
export function hangUp(arena: Arena, terminal: number): void {
  arena.setWord(terminal + at.isGone, 1);
  happened(arena, terminal + at.events);
}

export function sizeOf(arena: Arena, terminal: number): Size {
  return { rows: arena.word(terminal + at.rows), columns: arena.word(terminal + at.columns) };
}

/** @returns whether it is another */
export function resizeTerminal(arena: Arena, terminal: number, { rows, columns }: Size): boolean {
  const before = sizeOf(arena, terminal);
  arena.setWord(terminal + at.rows, rows);
  arena.setWord(terminal + at.columns, columns);
  return before.rows !== rows || before.columns !== columns;
}

export function modesOf(arena: Arena, terminal: number): number {
  return arena.word(terminal + at.modes);
}

export function setModes(arena: Arena, terminal: number, wanted: number): void {
  arena.setWord(terminal + at.modes, wanted & allModes);
  // What was typed of a line can be read without its end then.
  if ((wanted & modes.canonical) === 0 && arena.word(terminal + at.lineLength) > 0) endLine(arena, terminal);
}

/** The group of processes that may read it, and gets its signals; 0 for none. */
export function foregroundOf(arena: Arena, terminal: number): number {
  return arena.word(terminal + at.foreground);
}

export function setForeground(arena: Arena, terminal: number, group: number): void {
  arena.setWord(terminal + at.foreground, group);
}

export function outputOf(arena: Arena, terminal: number): number {
  return arena.word(terminal + at.output);
}

/** The address of its count of events for readers. */
export function terminalEvents(terminal: number): number {
  return terminal + at.events;
}

/** Bytes that a read gives now; undefined when it would wait. */
export function readableOf(arena: Arena, terminal: number): number | undefined {
  if (arena.word(terminal + at.endCount) > 0) return lengthOfLine(arena, terminal);
  return arena.word(terminal + at.isGone) === 0 ? undefined : 0;
}

/** Reads a line, or a part of it; without lines what is there. @returns bytes; 0 for an end of file; undefined when more may come */
export function readTerminal(arena: Arena, terminal: number, into: Uint8Array): number | undefined {
  if (into.length === 0) return 0;
  if (arena.word(terminal + at.endCount) === 0) return arena.word(terminal + at.isGone) === 0 ? undefined : 0;
  const isCanonical = (modesOf(arena, terminal) & modes.canonical) !== 0;
  let done = takeFromLine(arena, terminal, into);
  while (!isCanonical && done < into.length && arena.word(terminal + at.endCount) > 0) {
    done += takeFromLine(arena, terminal, into.subarray(done));
  }
  happened(arena, terminal + at.events);
  return done;
}

function lengthOfLine(arena: Arena, terminal: number): number {
  return arena.word(arena.word(terminal + at.ends) + arena.word(terminal + at.firstEnd) * 4);
}

function takeFromLine(arena: Arena, terminal: number, into: Uint8Array): number {
  const length = lengthOfLine(arena, terminal);
  const count = Math.min(length, into.length);
  const input = arena.word(terminal + at.input);
  const all = arena.word(terminal + at.inputLength);
  into.set(arena.u8.subarray(input, input + count));
  arena.u8.copyWithin(input, input + count, input + all);
  arena.setWord(terminal + at.inputLength, all - count);
  const first = arena.word(terminal + at.firstEnd);
  arena.setWord(arena.word(terminal + at.ends) + first * 4, length - count);
  if (count === length) {
    arena.setWord(terminal + at.firstEnd, (first + 1) % endRoom);
    arena.setWord(terminal + at.endCount, arena.word(terminal + at.endCount) - 1);
  }
  return count;
}

/** Writes as much as there is room for. @returns bytes of `from`; undefined when there may be room later @throws Failure EPIPE */
export function writeTerminal(arena: Arena, terminal: number, from: Uint8Array): number | undefined {
  const output = outputOf(arena, terminal);
  if ((modesOf(arena, terminal) & modes.output) === 0 || !from.includes(key.newline)) {
    return writePipe(arena, output, from.subarray(0, Math.max(1, pipeSpace(arena, output))));
  }
  const room = Math.min(pipeSpace(arena, output), outputRoom);
  const translated = new Uint8Array(Math.min(room, from.length * 2));
  let [taken, made] = [0, 0];
  for (const byte of from) {
    const wide = byte === key.newline ? 2 : 1;
    if (made + wide > room) break;
    if (wide === 2) translated[made] = key.return;
    translated[made + wide - 1] = byte;
    made += wide;
    taken += 1;
  }
  // An empty write tells when nobody reads it any more.
  writePipe(arena, output, translated.subarray(0, made));
  return taken === 0 ? undefined : taken;
}

/**
 * Somebody types. Keys that are signals are told to `onSignal`, as termios' names of them.
 * @returns how many bytes were taken; what is left waits until something was read
 */
export function typeInto(
  arena: Arena,
  terminal: number,
  bytes: Uint8Array,
  onSignal: (name: 'INT' | 'QUIT' | 'TSTP') => void,
): number {
  let done = 0;
  for (const typed of bytes) {
    if (!takeKey(arena, terminal, typed, onSignal)) break;
    done += 1;
  }
  if (done > 0) happened(arena, terminal + at.events);
  return done;
}

function takeKey(arena: Arena, terminal: number, typed: number, onSignal: (name: 'INT' | 'QUIT' | 'TSTP') => void) {
  const mode = modesOf(arena, terminal);
  const isLiteral = arena.word(terminal + at.isLiteral) !== 0;
  const name = (mode & modes.signals) === 0 || isLiteral ? undefined : signals.get(typed);
  if (name !== undefined) {
    flush(arena, terminal);
    show(arena, terminal, echoText(typed));
    onSignal(name);
    return true;
  }
  const byte = typed === key.return && (mode & modes.newlines) !== 0 && !isLiteral ? key.newline : typed;
  if ((mode & modes.canonical) !== 0) return takeOfLine(arena, terminal, byte, isLiteral);
  if (!hasRoom(arena, terminal, 1)) return false;
  append(arena, terminal, byte);
  show(arena, terminal, echoText(byte));
  endLine(arena, terminal);
  return true;
}

function takeOfLine(arena: Arena, terminal: number, byte: number, isLiteral: boolean): boolean {
  arena.setWord(terminal + at.isLiteral, 0);
  const length = arena.word(terminal + at.lineLength);
  if (isLiteral) add(arena, terminal, byte);
  else if (byte === key.literal) arena.setWord(terminal + at.isLiteral, 1);
  else if (byte === key.erase || byte === key.backspace) eraseTo(arena, terminal, withoutLast(lineOf(arena, terminal)));
  else if (byte === key.eraseWord) eraseTo(arena, terminal, startOfWord(lineOf(arena, terminal)));
  else if (byte === key.eraseLine) eraseTo(arena, terminal, 0);
  else if (byte === key.reprint) show(arena, terminal, [...echoText(byte), 13, 10, ...echo(lineOf(arena, terminal))]);
  else if (byte === key.newline || byte === key.endOfFile) {
    if (!hasRoom(arena, terminal, length + 1)) return false;
    if (byte === key.newline) {
      append(arena, terminal, byte);
      show(arena, terminal, [13, 10]);
    }
    endLine(arena, terminal);
  } else add(arena, terminal, byte);
  return true;
}

function add(arena: Arena, terminal: number, byte: number): void {
  // The last place is for the end of the line.
  if (arena.word(terminal + at.lineLength) >= lineRoom - 1) return;
  append(arena, terminal, byte);
  show(arena, terminal, echoText(byte));
}

function append(arena: Arena, terminal: number, byte: number): void {
  const length = arena.word(terminal + at.lineLength);
  arena.u8[arena.word(terminal + at.line) + length] = byte;
  arena.setWord(terminal + at.lineLength, length + 1);
}

function lineOf(arena: Arena, terminal: number): Uint8Array {
  const line = arena.word(terminal + at.line);
  return arena.u8.subarray(line, line + arena.word(terminal + at.lineLength));
}

function eraseTo(arena: Arena, terminal: number, length: number): void {
  show(arena, terminal, echoErased(lineOf(arena, terminal).subarray(length)));
  arena.setWord(terminal + at.lineLength, length);
}

function hasRoom(arena: Arena, terminal: number, bytes: number): boolean {
  return arena.word(terminal + at.endCount) < endRoom && arena.word(terminal + at.inputLength) + bytes <= inputRoom;
}

/** The line can be read. */
function endLine(arena: Arena, terminal: number): void {
  const line = lineOf(arena, terminal);
  if (!hasRoom(arena, terminal, line.length)) return;
  const all = arena.word(terminal + at.inputLength);
  arena.u8.set(line, arena.word(terminal + at.input) + all);
  const last = (arena.word(terminal + at.firstEnd) + arena.word(terminal + at.endCount)) % endRoom;
  arena.setWord(arena.word(terminal + at.ends) + last * 4, line.length);
  arena.setWord(terminal + at.endCount, arena.word(terminal + at.endCount) + 1);
  arena.setWord(terminal + at.inputLength, all + line.length);
  arena.setWord(terminal + at.lineLength, 0);
}

function flush(arena: Arena, terminal: number): void {
  for (const field of [at.lineLength, at.inputLength, at.firstEnd, at.endCount]) arena.setWord(terminal + field, 0);
}

/** What has no room is lost, as with any terminal. */
function show(arena: Arena, terminal: number, bytes: readonly number[]): void {
  if ((modesOf(arena, terminal) & modes.echo) === 0 || bytes.length === 0) return;
  const output = outputOf(arena, terminal);
  if (pipeSpace(arena, output) >= bytes.length) writePipe(arena, output, Uint8Array.from(bytes));
}
