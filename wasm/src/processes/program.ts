// A program that was started from outside: a container's own, or an exec's.

import type { Visits } from '../memory/visits.ts';
import { resizeTerminal } from '../memory/terminal.ts';
import { StartError, type OutputPiece, type Program, type ProgramExit, type TerminalSize } from './contract.ts';
import type { Input } from './input.ts';
import type { Output } from './output.ts';
import { send, sendToGroup } from './signals.ts';
import { signal } from './signal-numbers.ts';
import { at, type Table } from './table.ts';
import { foregroundOf } from '../memory/terminal.ts';

export interface ProgramParts {
  readonly pid: number;
  readonly record: number;
  readonly input: Input;
  readonly output: Output;
  /** 0 without. */
  readonly terminal: number;
  /** Undefined: as programs of WASI begin. */
  readonly entry?: string | undefined;
}

export interface ProgramOwner {
  readonly visits: Visits;
  readonly table: Table;
  start(program: StartedProgram): Promise<void>;
}

export class StartedProgram implements Program {
  readonly pid: number;
  readonly record: number;
  readonly exited: Promise<ProgramExit>;
  readonly output: AsyncIterable<OutputPiece>;
  readonly #owner: ProgramOwner;
  readonly #parts: ProgramParts;
  readonly #ended = Promise.withResolvers<ProgramExit>();
  readonly #ready = Promise.withResolvers<void>();
  #hasEnded = false;

  constructor(owner: ProgramOwner, parts: ProgramParts) {
    this.#owner = owner;
    this.#parts = parts;
    this.pid = parts.pid;
    this.record = parts.record;
    this.output = parts.output;
    this.exited = this.#exit();
    // Nobody need wait for it.
    this.#ready.promise.catch(() => undefined);
  }

  async #exit(): Promise<ProgramExit> {
    const exit = await this.#ended.promise;
    await this.#parts.output.drained;
    return exit;
  }

  /** The function that begins, where that is said. */
  get entry(): string | undefined {
    return this.#parts.entry;
  }

  async start(): Promise<void> {
    await this.#owner.start(this);
    await this.#ready.promise;
  }

  /** It runs. */
  ready(): void {
    this.#ready.resolve();
  }

  /** It did not begin, and has ended with that. */
  refused(words: string): void {
    this.#ready.reject(new StartError(126, words));
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Call it inside the arena, unless that is broken. @param status as wait(2) says it */
  ended(status: number, oomKilled: boolean, isBroken = false): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (!isBroken) this.#parts.input.close();
    this.#parts.output.end();
    this.#ready.resolve();
    const number = status & 0x7f;
    this.#ended.resolve({ code: number === 0 ? (status >> 8) & 0xff : 128 + number, oomKilled });
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#parts.input.write(chunk);
  }

  endInput(): void {
    void this.#parts.input.end(this.#parts.terminal === 0);
  }

  resize(size: TerminalSize): void {
    const { terminal } = this.#parts;
    if (terminal === 0) return;
    this.#atOnce((table) => {
      if (!resizeTerminal(table.arena, terminal, size)) return;
      const group = foregroundOf(table.arena, terminal);
      if (group !== 0) sendToGroup(table, group, signal.WINCH);
    });
  }

  signal(number: number): void {
    this.#atOnce((table) => send(table, this.record, number));
  }

  /** As soon as nobody else is inside; what has ended meanwhile is left alone. */
  #atOnce(action: (table: Table) => void): void {
    const { visits, table } = this.#owner;
    const act = () => {
      if (!this.#hasEnded && table.get(this.record, at.pid) === this.pid) action(table);
    };
    visits.inside(act).catch((error: unknown) => {
      // It is ended as well.
      if (!visits.isBroken) throw error;
    });
  }
}
