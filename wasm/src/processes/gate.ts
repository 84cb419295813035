// What stands between a process and its next call: it waits there while it is stopped, and does not come past once it has ended.

import { foregroundOf } from '../memory/terminal.ts';
import type { Gate, Waiting } from '../preview1/waiting.ts';
import { errno, fail } from '../wasi/errno.ts';
import { end, kill, send, sendToGroup } from './signals.ts';
import { bitOf, mostSignal, signal } from './signal-numbers.ts';
import { at, control, flag, state, type Table } from './table.ts';

/** The process has ended; thrown through the program. */
export class Ended extends Error {}

export class ProcessGate implements Gate {
  readonly table: Table;
  readonly record: number;

  constructor(table: Table, record: number) {
    this.table = table;
    this.record = record;
  }

  /** @throws Ended */
  isShut(): boolean {
    const bits = this.table.get(this.record, at.control);
    if ((bits & control.ended) !== 0) throw new Ended();
    return bits !== 0;
  }

  *pass(): Waiting<void> {
    const { table, record } = this;
    while (this.isShut()) {
      table.set(record, at.state, state.sleeping);
      yield { address: record + at.control, seen: table.get(record, at.control), timeoutMs: Infinity };
      if (!table.hasEnded(record)) table.set(record, at.state, state.running);
    }
  }

  umask(): number {
    return this.table.get(this.record, at.umask);
  }

  sleeps(events: number): void {
    const { table, record } = this;
    this.#interrupt();
    table.set(record, at.sleepsFor, events);
    table.set(record, at.state, state.sleeping);
  }

  *wakes(): Waiting<void> {
    const { table, record } = this;
    table.set(record, at.sleepsFor, 0);
    // Who has ended says so in its state.
    if (!table.hasEnded(record)) table.set(record, at.state, state.running);
    yield* this.pass();
    this.#interrupt();
  }

  #interrupt(): void {
    const { table, record } = this;
    if ((table.get(record, at.pending) & table.get(record, at.caught)) !== 0) fail(errno.EINTR);
  }

  brokenPipe(): void {
    send(this.table, this.record, signal.PIPE);
    this.isShut();
  }

  *raise(number: number): Waiting<void> {
    kill(this.table, this.record, this.table.get(this.record, at.pid), number);
    yield* this.pass();
  }

  *readsTerminal(terminal: number): Waiting<void> {
    const { table, record } = this;
    for (;;) {
      const [own, foreground] = [table.get(record, at.group), foregroundOf(table.arena, terminal)];
      if (foreground === 0 || foreground === own) return;
      if ((table.get(record, at.ignored) & bitOf(signal.TTIN)) !== 0) fail(errno.EIO);
      sendToGroup(table, own, signal.TTIN);
      yield* this.pass();
      this.#interrupt();
    }
  }

  grown(bytes: number): void {
    const { table, record } = this;
    if (table.setMemory(record, bytes)) return;
    table.mark(record, flag.outOfMemory);
    end(table, record, signal.KILL);
    this.isShut();
  }
}

/** What a process wishes of a signal. */
export const mode = { default: 0, ignore: 1, catch: 2 } as const;

/** @returns what it wished before @throws Failure EINVAL */
export function setMode(table: Table, record: number, number: number, wish: number): number {
  if (number < 1 || number > mostSignal || number === signal.KILL || number === signal.STOP) fail(errno.EINVAL);
  const bit = bitOf(number);
  const [ignored, caught] = [table.get(record, at.ignored), table.get(record, at.caught)];
  const former = (ignored & bit) !== 0 ? mode.ignore : (caught & bit) !== 0 ? mode.catch : mode.default;
  if (wish !== mode.default && wish !== mode.ignore && wish !== mode.catch) fail(errno.EINVAL);
  table.set(record, at.ignored, wish === mode.ignore ? ignored | bit : ignored & ~bit);
  table.set(record, at.caught, wish === mode.catch ? caught | bit : caught & ~bit);
  if (wish !== mode.catch) table.set(record, at.pending, table.get(record, at.pending) & ~bit);
  return former;
}

/** @returns the lowest signal that waits for it, which does not wait any more; 0 for none */
export function takeSignal(table: Table, record: number): number {
  const pending = table.get(record, at.pending);
  if (pending === 0) return 0;
  const number = 32 - Math.clz32(pending & -pending);
  table.set(record, at.pending, pending & ~bitOf(number));
  return number;
}
