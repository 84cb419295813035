// Signals, and the end of a process: done at once by whoever sends or ends; its own thread finds out at its next call.

import { foregroundOf, hangUp, releaseTerminal } from '../memory/terminal.ts';
import { happened } from '../memory/wait.ts';
import { closeAll, Descriptors } from '../preview1/descriptors.ts';
import { errno, fail } from '../wasi/errno.ts';
import { bitOf, defaultAction, isAbsolute, mostSignal, signal } from './signal-numbers.ts';
import { at, control, flag, serves, state, type Table } from './table.ts';

/** Status of wait(2) for a process that goes on. */
const continued = 0xffff;

/**
 * Ends a process for all others: what it had open is closed, its parent hears of it, and its thread never comes past its gate again.
 * Call it, as all of these, inside the arena.
 * @param status as wait(2) says it: 256 times an exit code, or a signal
 */
export function end(table: Table, record: number, status: number): void {
  if (table.hasEnded(record)) {
    table.tell();
    return;
  }
  table.set(record, at.status, status);
  table.set(record, at.control, table.get(record, at.control) | control.ended);
  table.set(record, at.state, state.ended);
  closeAll(table.descriptions, new Descriptors(table.arena, record + at.descriptors));
  for (const field of [at.directory, at.program]) {
    table.descriptions.release(table.get(record, field));
    table.set(record, field, 0);
  }
  table.setMemory(record, 0);
  leaveTerminal(table, record);
  table.wake(record);
  if (table.get(record, at.pid) === 1) for (const other of table.visible()) end(table, other, signal.KILL);
  else leaveChildren(table, record);
  tellParent(table, record);
  table.tell();
}

function leaveTerminal(table: Table, record: number): void {
  const { arena } = table;
  const terminal = table.get(record, at.terminal);
  if (terminal === 0) return;
  table.set(record, at.terminal, 0);
  // Who began with the terminal takes it along.
  if (table.get(record, at.parent) === 0) {
    hangUp(arena, terminal);
    const group = foregroundOf(arena, terminal);
    if (group !== 0) sendToGroup(table, group, signal.HUP);
  }
  releaseTerminal(arena, terminal);
}

function leaveChildren(table: Table, record: number): void {
  const pid = table.get(record, at.pid);
  for (const child of table.visible()) {
    if (table.get(child, at.parent) !== pid) continue;
    // What it began to handle requests with it.
    if (table.get(child, at.serves) !== serves.nothing) end(table, child, signal.KILL);
    table.set(child, at.parent, 1);
    if (table.hasEnded(child)) tellParent(table, child);
  }
}

/** Who ended waits for its parent to ask, unless that never will. */
function tellParent(table: Table, record: number): void {
  const pid = table.get(record, at.parent);
  if (pid === 0) return;
  const parent = table.find(pid);
  const isHeard = parent !== 0 && !table.hasEnded(parent) && (table.get(parent, at.ignored) & bitOf(signal.CHLD)) === 0;
  if (isHeard && (pid !== 1 || table.has(parent, flag.spawns))) childEvent(table, parent);
  else table.remove(record);
}

function childEvent(table: Table, parent: number): void {
  happened(table.arena, parent + at.events);
  send(table, parent, signal.CHLD);
}

/** Sends a signal to a process. @param number from 1 to 64; those without a bit in the words of a record end it */
export function send(table: Table, record: number, number: number): void {
  if (table.hasEnded(record)) return;
  if (number === signal.CONT || number === signal.KILL) goOn(table, record);
  if (isAbsolute(number) || number > mostSignal) return act(table, record, number);
  const bit = bitOf(number);
  if ((table.get(record, at.caught) & bit) !== 0) {
    table.set(record, at.pending, table.get(record, at.pending) | bit);
    table.wake(record);
  } else if ((table.get(record, at.ignored) & bit) === 0) act(table, record, number);
}

function act(table: Table, record: number, number: number): void {
  const action = defaultAction(number);
  if (action === 'end') end(table, record, number & 0x7f);
  else if (action === 'stop') stop(table, record, number);
}

function stop(table: Table, record: number, number: number): void {
  if ((table.get(record, at.control) & control.stopped) !== 0) return;
  table.set(record, at.control, table.get(record, at.control) | control.stopped);
  report(table, record, (number << 8) | 0x7f);
}

function goOn(table: Table, record: number): void {
  if ((table.get(record, at.control) & control.stopped) === 0) return;
  table.set(record, at.control, table.get(record, at.control) & ~control.stopped);
  report(table, record, continued);
  table.wake(record);
}

function report(table: Table, record: number, status: number): void {
  table.set(record, at.report, status);
  const pid = table.get(record, at.parent);
  const parent = pid === 0 ? 0 : table.find(pid);
  if (parent !== 0) childEvent(table, parent);
}

/**
 * As kill(2).
 * @param sender the record of who sends it
 * @param which a pid, 0 the sender's group, -1 all but the first and the sender, else group -which
 * @throws Failure ESRCH, EINVAL
 */
export function kill(table: Table, sender: number, which: number, number: number): void {
  if (number < 0 || number > 64) fail(errno.EINVAL);
  const found = [...table.visible()].filter((record) => isMeant(table, sender, record, which));
  if (found.length === 0) fail(errno.ESRCH);
  if (number === 0) return;
  for (const record of found) send(table, record, number);
}

function isMeant(table: Table, sender: number, record: number, which: number): boolean {
  const pid = table.get(record, at.pid);
  if (which > 0) return pid === which;
  if (which === -1) return pid !== 1 && record !== sender;
  return table.get(record, at.group) === (which === 0 ? table.get(sender, at.group) : -which);
}

export function sendToGroup(table: Table, group: number, number: number): void {
  for (const record of table.visible()) if (table.get(record, at.group) === group) send(table, record, number);
}

/** What it is doing, as others see it: a value of `state`. */
export function stateOf(table: Table, record: number): number {
  const bits = table.get(record, at.control);
  if ((bits & control.ended) !== 0) return state.ended;
  return (bits & (control.stopped | control.paused)) !== 0 ? state.stopped : table.get(record, at.state);
}
