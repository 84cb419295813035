// The table of a container's processes, in its arena: all threads see it, and whoever ends a process ends it for all of them.
// Call everything inside the arena; records are named by their addresses.

import { ownWords, type Arena } from '../memory/arena.ts';
import { happened, wake } from '../memory/wait.ts';
import type { Namespace } from '../mounts/namespace.ts';
import { Descriptions } from '../preview1/descriptions.ts';
import { Descriptors } from '../preview1/descriptors.ts';
import { errno, fail, Failure } from '../wasi/errno.ts';

/** Fields of a record by their offset in bytes: words, but where said otherwise. */
export const at = {
  pid: 0,
  /** 0: the engine. */
  parent: 4,
  group: 8,
  state: 12,
  /** Bits of `control`; while one is set it does not come past its gate. */
  control: 16,
  /** How it ended, as wait(2) says it. */
  status: 20,
  uid: 24,
  gid: 28,
  umask: 32,
  /** Counts what concerns it: signals, children. */
  events: 36,
  pending: 40,
  ignored: 44,
  caught: 48,
  /** Its descriptors (`preview1/descriptors.ts`), two words. */
  descriptors: 52,
  /** argv and then env, each string ended by a zero. */
  text: 60,
  argvBytes: 64,
  textBytes: 68,
  /** Descriptions: of its working directory as it was started, of its program. */
  directory: 72,
  program: 76,
  next: 80,
  thread: 84,
  /** The word that it sleeps for. */
  sleepsFor: 88,
  /** That it was stopped or goes on, as wait(2) says it, until its parent has heard of it. */
  report: 92,
  /** Doubles: milliseconds since the epoch, CPU milliseconds, bytes of linear memory. */
  startedAt: 96,
  cpuMs: 104,
  memory: 112,
  /** Its terminal, 0 without. */
  terminal: 120,
  flags: 124,
  /** A double: CPU milliseconds that its thread had used before. */
  cpuStart: 128,
  /** How many messages its thread had for the engine's when it let go of it. */
  told: 136,
  /** What it does of `serves`. */
  serves: 140,
} as const;
const recordBytes = 144;

export const state = { running: 1, sleeping: 2, stopped: 3, ended: 4 } as const;
export const control = { ended: 1, stopped: 2, paused: 4 } as const;
/** Who runs it: nobody yet; one is wanted; one does; one has let go of it. */
export const thread = { none: 0, wanted: 1, runs: 2, left: 3 } as const;
/** Of a process that handles requests (`crew.ts`): none, it waits for the next, it has one. */
export const serves = { nothing: 0, waits: 1, works: 2 } as const;
export const flag = {
  /** Nobody asks for its status any more; its record goes with its thread. */
  reaped: 1,
  /** It knows of children, so it will ask for the status of orphans as well. */
  spawns: 2,
  /** It was ended for want of memory. */
  outOfMemory: 4,
  /** What it began as did not begin. */
  failed: 8,
} as const;

/** Of the table, at the address that a word of the arena keeps. */
const own = { first: 0, lastPid: 4, news: 8, count: 12, mostProcesses: 16, memory: 24, mostMemory: 32 } as const;
const tableBytes = 64;
const tableWord = ownWords.first + 64;
const mostPid = 2 ** 22;

export interface NewProcess {
  readonly parent: number;
  /** Undefined: one of its own. */
  readonly group?: number | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly umask: number;
  readonly ignored: number;
  /** argv and env, each string ended by a zero, and the bytes of argv. */
  readonly text: Uint8Array;
  readonly argvBytes: number;
  /** Descriptions, which become its own. */
  readonly directory: number;
  readonly program: number;
  /** By descriptor; 0 is closed. */
  readonly descriptors: readonly number[];
  readonly terminal: number;
}

export class Table {
  /** What this thread sees of the container's files. */
  readonly space: Namespace;
  readonly arena: Arena;
  readonly descriptions: Descriptions;
  readonly #table: number;

  private constructor(space: Namespace, table: number) {
    this.space = space;
    this.arena = space.arena;
    this.descriptions = new Descriptions(space);
    this.#table = table;
  }

  /** @throws Failure ENOSPC */
  static create(space: Namespace): Table {
    const { arena } = space;
    const table = arena.allocate(tableBytes);
    arena.setWord(tableWord, table);
    return new Table(space, table);
  }

  static open(space: Namespace): Table {
    return new Table(space, space.arena.word(tableWord));
  }

  /** Those that are, or were and are still asked for. */
  *records(): Generator<number> {
    let next = 0;
    for (let record = this.arena.word(this.#table + own.first); record !== 0; record = next) {
      next = this.arena.word(record + at.next);
      yield record;
    }
  }

  /** Those that somebody can see. */
  *visible(): Generator<number> {
    for (const record of this.records()) if (!this.has(record, flag.reaped)) yield record;
  }

  /** 0 where there is none. */
  find(pid: number): number {
    for (const record of this.visible()) if (this.get(record, at.pid) === pid) return record;
    return 0;
  }

  get(record: number, field: number): number {
    return this.arena.word(record + field);
  }

  set(record: number, field: number, value: number): void {
    this.arena.setWord(record + field, value);
  }

  descriptorsOf(record: number): Descriptors {
    return new Descriptors(this.arena, record + at.descriptors);
  }

  getDouble(record: number, field: number): number {
    return this.arena.f64[(record + field) >> 3] ?? 0;
  }

  setDouble(record: number, field: number, value: number): void {
    this.arena.f64[(record + field) >> 3] = value;
  }

  has(record: number, bit: number): boolean {
    return (this.get(record, at.flags) & bit) !== 0;
  }

  mark(record: number, bit: number): void {
    this.set(record, at.flags, this.get(record, at.flags) | bit);
  }

  hasEnded(record: number): boolean {
    return (this.get(record, at.control) & control.ended) !== 0;
  }

  /** The address of the word that counts what the engine's thread has to look at. */
  get news(): number {
    return this.#table + own.news;
  }

  tell(): void {
    happened(this.arena, this.news);
  }

  /** Processes at once, and bytes of all linear memories. */
  setLimits(processes: number, memory: number): void {
    this.arena.setWord(this.#table + own.mostProcesses, Math.min(processes, mostPid));
    this.setDouble(this.#table, own.mostMemory, memory);
  }

  get count(): number {
    return this.arena.word(this.#table + own.count);
  }

  /** Bytes of all linear memories. */
  get memory(): number {
    return this.getDouble(this.#table, own.memory);
  }

  /** Says how much linear memory a process has. @returns whether all may have that much */
  setMemory(record: number, bytes: number): boolean {
    const all = this.memory - this.getDouble(record, at.memory) + bytes;
    this.setDouble(this.#table, own.memory, all);
    this.setDouble(record, at.memory, bytes);
    return all <= this.getDouble(this.#table, own.mostMemory);
  }

  /** @throws Failure EAGAIN for one too many */
  checkRoom(): void {
    if (this.count >= this.arena.word(this.#table + own.mostProcesses)) fail(errno.EAGAIN);
  }

  /** A process that nobody runs yet. @throws Failure EAGAIN, ENOSPC; then nothing has become its own */
  add(made: NewProcess): number {
    this.checkRoom();
    const { arena } = this;
    const record = arena.allocate(recordBytes);
    const descriptors = this.descriptorsOf(record);
    let text = 0;
    try {
      descriptors.set(4, 0);
      text = arena.allocate(made.text.length, false);
      for (const [descriptor, description] of made.descriptors.entries()) descriptors.set(descriptor, description);
    } catch (error) {
      descriptors.clear();
      if (text !== 0) arena.free(text, made.text.length);
      arena.free(record, recordBytes);
      throw error;
    }
    arena.u8.set(made.text, text);
    const pid = this.#freePid();
    const words = {
      pid,
      parent: made.parent,
      group: made.group ?? pid,
      state: state.running,
      uid: made.uid,
      gid: made.gid,
      umask: made.umask,
      ignored: made.ignored,
      text,
      argvBytes: made.argvBytes,
      textBytes: made.text.length,
      directory: made.directory,
      program: made.program,
      next: arena.word(this.#table + own.first),
      terminal: made.terminal,
    };
    for (const [name, value] of Object.entries(words)) this.set(record, at[name as keyof typeof words], value);
    this.setDouble(record, at.startedAt, Date.now());
    arena.setWord(this.#table + own.first, record);
    arena.setWord(this.#table + own.count, this.count + 1);
    return record;
  }

  #freePid(): number {
    const last = this.#table + own.lastPid;
    do this.arena.setWord(last, (this.arena.word(last) % mostPid) + 1);
    while ([...this.records()].some((record) => this.get(record, at.pid) === this.arena.word(last)));
    return this.arena.word(last);
  }

  /** It looks again at what it sleeps for. */
  wake(record: number): void {
    const events = this.get(record, at.sleepsFor);
    if (events !== 0) happened(this.arena, events);
    wake(this.arena, record + at.control);
  }

  /** Nobody wants to know of it any more. */
  remove(record: number): void {
    this.mark(record, flag.reaped);
    this.tell();
  }

  /** Frees its place; no thread looks at it any more. Only the engine's thread does, so that nobody finds a record gone that it goes over. */
  forget(record: number): void {
    const { arena } = this;
    let link = this.#table + own.first;
    while (arena.word(link) !== record) link = arena.word(link) + at.next;
    arena.setWord(link, this.get(record, at.next));
    arena.free(this.get(record, at.text), this.get(record, at.textBytes));
    arena.free(record, recordBytes);
    arena.setWord(this.#table + own.count, this.count - 1);
  }

  /** @throws Failure ENOSPC */
  setText(record: number, made: Uint8Array, argvBytes: number): void {
    const { arena } = this;
    const text = arena.allocate(made.length, false);
    arena.u8.set(made, text);
    arena.free(this.get(record, at.text), this.get(record, at.textBytes));
    this.set(record, at.text, text);
    this.set(record, at.argvBytes, argvBytes);
    this.set(record, at.textBytes, made.length);
  }

  /** It did not begin. Why is told in place of its arguments, which nobody asks for any more. */
  fail(record: number, why: string): void {
    this.mark(record, flag.failed);
    this.set(record, at.argvBytes, 0);
    const words = new TextEncoder().encode(why);
    try {
      this.setText(record, words, words.length);
    } catch (error) {
      // There is no room for words.
      if (!(error instanceof Failure)) throw error;
    }
  }

  /** Why it did not begin. */
  failure(record: number): string {
    const [words] = this.strings(record).argv;
    return words === undefined ? 'exec format error' : new TextDecoder().decode(words);
  }

  /** argv and env, each ended by a zero. */
  strings(record: number): { readonly argv: readonly Uint8Array[]; readonly env: readonly Uint8Array[] } {
    const text = this.get(record, at.text);
    const middle = text + this.get(record, at.argvBytes);
    return {
      argv: split(this.arena.u8.slice(text, middle)),
      env: split(this.arena.u8.slice(middle, text + this.get(record, at.textBytes))),
    };
  }
}

/** Strings with the zeros that end them. */
export function split(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const zero = bytes.indexOf(0, start);
    const end = zero < 0 ? bytes.length : zero + 1;
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}
