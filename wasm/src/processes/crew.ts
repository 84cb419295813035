// Processes that take requests from one listening socket together: whoever gets a request while nobody waits for the next begins another
// process like itself. So one that takes long holds up nobody, and a limit of processes or of memory bounds how many there are.

import type { Crew } from '../preview2/crew.ts';
import { Failure } from '../wasi/errno.ts';
import { bitOf, signal } from './signal-numbers.ts';
import { concat } from '../wasi/bytes.ts';
import { at, serves, thread, type Table } from './table.ts';

/** Each is a thread. */
const most = 16;
/** The descriptor at which one that was begun by another has the listening socket. */
const inherited = 5;

export class ProcessCrew implements Crew {
  readonly listener: number | undefined;
  readonly #table: Table;
  readonly #record: number;
  /** The pid of the one that was there first. */
  readonly #leader: number;

  /** Call it, as all of these, inside the arena. */
  constructor(table: Table, record: number) {
    this.#table = table;
    this.#record = record;
    const isFirst = table.get(record, at.serves) === serves.nothing;
    this.listener = isFirst ? undefined : inherited;
    this.#leader = table.get(record, isFirst ? at.pid : at.parent);
  }

  get isAlone(): boolean {
    return this.#members.length === 1;
  }

  waits(): void {
    this.#table.set(this.#record, at.serves, serves.waits);
  }

  works(description: number): void {
    this.#table.set(this.#record, at.serves, serves.works);
    const members = this.#members;
    if (members.length >= most || members.some((member) => this.#table.get(member, at.serves) === serves.waits)) return;
    try {
      this.#begin(description);
    } catch (error) {
      // There may be no more: the next request waits for one of those that there are.
      if (!(error instanceof Failure)) throw error;
    }
  }

  mayLeave(): boolean {
    return (
      this.listener !== undefined &&
      this.#members.some((member) => member !== this.#record && this.#table.get(member, at.serves) === serves.waits)
    );
  }

  get #members(): readonly number[] {
    const table = this.#table;
    return [...table.visible()].filter(
      (record) =>
        !table.hasEnded(record) &&
        table.get(record, at.serves) !== serves.nothing &&
        (table.get(record, at.pid) === this.#leader || table.get(record, at.parent) === this.#leader),
    );
  }

  /** @throws Failure EAGAIN, ENOSPC */
  #begin(listener: number): void {
    const table = this.#table;
    const own = this.#record;
    const { descriptions } = table;
    const { argv, env } = table.strings(own);
    const text = concat([...argv, ...env]);
    const stdio = [0, 1, 2, 3, 4].map((descriptor) => table.descriptorsOf(own).get(descriptor));
    const held = [table.get(own, at.directory), table.get(own, at.program), ...stdio, listener];
    for (const description of held) if (description !== 0) descriptions.hold(description);
    try {
      const record = table.add({
        parent: this.#leader,
        group: table.get(own, at.group),
        uid: table.get(own, at.uid),
        gid: table.get(own, at.gid),
        umask: table.get(own, at.umask),
        ignored: table.get(own, at.ignored),
        text,
        argvBytes: table.get(own, at.argvBytes),
        directory: table.get(own, at.directory),
        program: table.get(own, at.program),
        descriptors: [...stdio, listener],
        terminal: 0,
      });
      table.set(record, at.serves, serves.waits);
      table.set(record, at.thread, thread.wanted);
      this.#ignoreEnds();
      table.tell();
    } catch (error) {
      for (const description of held) if (description !== 0) descriptions.release(description);
      throw error;
    }
  }

  /** The one that was first never asks how another ended. */
  #ignoreEnds(): void {
    const leader = this.#table.find(this.#leader);
    if (leader !== 0) {
      this.#table.set(leader, at.ignored, this.#table.get(leader, at.ignored) | bitOf(signal.CHLD));
    }
  }
}
