// The processes of one container, on the engine's thread: it gives them threads, and takes those back.

import { openFiles } from '../files/reference.ts';
import type { FileSystem } from '../files/file-system.ts';
import { ArenaBroken, Visits } from '../memory/visits.ts';
import { sleepAsync } from '../memory/wait.ts';
import type { Namespace } from '../mounts/namespace.ts';
import { openNamespace } from '../mounts/open.ts';
import { sizeOf } from '../mounts/places.ts';
import { prepareMounts, releaseMounts } from '../mounts/prepare.ts';
import type { MountsReference } from '../mounts/reference.ts';
import type { ComponentParts } from '../preview2/parts.ts';
import { SocketService } from '../sockets/service.ts';
import type { Berth, Berths } from '../threads/berth.ts';
import { NeighbourEnded } from '../threads/docks.ts';
import type {
  Processes,
  ProcessesOptions,
  ProcessLimits,
  ProcessState,
  ProcessUsage,
  ProgramSpec,
} from './contract.ts';
import { nameOf } from './habits.ts';
import { processesOf } from './listing.ts';
import type { Compiled, StartMessage, ThreadMessage } from './messages.ts';
import { inTurns, keyOf, type Identity } from './modules.ts';
import { Pauses } from './pauses.ts';
import { prepareProgram } from './preparing.ts';
import { StartedProgram, type ProgramOwner } from './program.ts';
import { berthsFor, partsOf, type Shared } from './shared.ts';
import { end } from './signals.ts';
import { signal } from './signal-numbers.ts';
import { Throttle, type Throttled } from './throttle.ts';
import { at, flag, Table, thread } from './table.ts';
import { Task } from './task.ts';

/** A process that has ended sleeps, or comes to its gate soon; else its thread is ended with it. */
const graceMs = 50;
const usualMostProcesses = 4096;
/** To make larger programs take turns takes longer than to make a thread: those are tried on one first. */
const mostTriedBytes = 4 * 2 ** 20;

export class ContainerProcesses implements Processes, ProgramOwner {
  readonly visits: Visits;
  readonly table: Table;
  readonly #shared: Shared;
  readonly #options: ProcessesOptions;
  readonly #files: FileSystem;
  readonly #mounts: MountsReference;
  readonly #space: Namespace;
  readonly #identity: Omit<Identity, 'memoryBytes'>;
  readonly #sockets: SocketService;
  readonly #pauses: Pauses;
  readonly #berths: Berths;
  readonly #programs = new Map<number, StartedProgram>();
  readonly #tasks = new Map<number, Task>();
  readonly #endings = new Set<Promise<void>>();
  readonly #watching: Promise<void>;
  #limits: ProcessLimits;
  readonly #startedAtMs = Date.now();
  readonly #throttle = new Throttle(this.#throttled());
  #cpuMs = 0;
  #isOver = false;
  #isPaused = false;

  private constructor(shared: Shared, options: ProcessesOptions, identity: Omit<Identity, 'memoryBytes'>) {
    this.#shared = shared;
    this.#options = options;
    this.#identity = identity;
    this.#limits = options.limits;
    this.#files = openFiles(options.files, shared.storage);
    const { arena } = this.#files;
    const { isReadOnly, mounts } = options;
    // Nobody else is in there yet.
    this.#mounts = prepareMounts(this.#files, mounts, { ...shared, isReadOnly });
    this.#space = openNamespace(this.#files, this.#mounts, shared);
    this.visits = new Visits(arena, () => this.#space.leave());
    arena.enter();
    this.table = Table.create(this.#space);
    this.#pauses = new Pauses(this.visits, this.table);
    this.#berths = berthsFor(shared, arena.isShared);
    this.#applyLimits();
    arena.leave();
    this.#sockets = new SocketService(this.visits, options.network);
    this.#watching = this.#watch();
  }

  static open(shared: Shared, options: ProcessesOptions, identity: Omit<Identity, 'memoryBytes'>): ContainerProcesses {
    return new ContainerProcesses(shared, options, identity);
  }

  async prepare(spec: ProgramSpec): Promise<StartedProgram> {
    const { isReadOnly } = this.#options;
    return await this.visits.inside(() => {
      const program = new StartedProgram(this, prepareProgram(this.visits, this.table, spec, !isReadOnly));
      this.#programs.set(program.record, program);
      return program;
    });
  }

  async start(program: StartedProgram): Promise<void> {
    await this.visits.inside(() => {
      if (program.hasEnded) return;
      this.table.set(program.record, at.thread, thread.wanted);
      this.#look();
    });
  }

  /** Looks at the table whenever something has happened there. */
  async #watch(): Promise<void> {
    const { arena } = this.visits;
    try {
      for (;;) {
        const seen = await this.visits.inside(() => {
          this.#look();
          return arena.word(this.table.news);
        });
        // Whoever ends it says so first, and tells after.
        if (this.#isOver) return;
        await sleepAsync(arena, this.table.news, seen);
      }
    } catch (error) {
      // Whoever broke it has ended all.
      if (!(error instanceof ArenaBroken)) throw error;
    }
  }

  /** Inside the arena. */
  #look(): void {
    const { table } = this;
    for (const record of table.records()) {
      if (table.get(record, at.thread) === thread.wanted) this.#begin(record);
      if (table.get(record, at.thread) === thread.left) this.#takeBack(record);
      if (!table.hasEnded(record)) continue;
      this.#tellEnd(record);
      if (table.get(record, at.thread) === thread.runs) this.#endThread(record);
      else if (table.has(record, flag.reaped)) table.forget(record);
    }
  }

  /** Gives a process a thread. */
  #begin(record: number): void {
    const { table } = this;
    if (table.hasEnded(record)) {
      table.set(record, at.thread, thread.none);
      return;
    }
    table.set(record, at.thread, thread.runs);
    const { berths, compiled, name } = this.#place(record);
    const berth = berths.take();
    const task = new Task(record, berth, this.#programs.get(record), name);
    this.#tasks.set(record, task);
    if (compiled !== undefined && task.entry === undefined) task.program?.ready();
    this.#startAt(berth, task, compiled);
    this.#throttle.watch();
  }

  #startAt(berth: Berth, task: Task, compiled: Compiled | undefined, parts?: ComponentParts | string): void {
    task.berth = berth;
    berth.use({
      onMessage: (message) => this.#hear(task, message as ThreadMessage),
      onLost: (error) => this.#lost(task, error),
    });
    const message = { ...this.#startMessage(task, compiled), ...(parts === undefined ? {} : { parts }) };
    // Outside the arena: the thread comes in at once, and would wait.
    queueMicrotask(() => berth.post(message));
  }

  /** Where a process is to run, and as what when that is known. Components stand still where they wait. */
  #place(record: number): { berths: Berths; compiled: Compiled | undefined; name: string | undefined } {
    const { table } = this;
    const { modules, habits } = this.#shared;
    const place = table.descriptions.fileOf(table.get(record, at.program));
    const key = keyOf(this.#files, this.#space, place, this.#identityNow);
    const name = key === undefined ? undefined : nameOf(key, table.strings(record).argv);
    const compiled = key === undefined ? undefined : modules.get(key);
    const isComponent = compiled !== undefined && !(compiled instanceof WebAssembly.Module);
    const isBound = isComponent || (key !== undefined && modules.isAlone(key));
    const computes = name === undefined ? undefined : habits.computes(name);
    const isAlone = isBound || this.#isApart(computes, () => sizeOf(this.#space, place));
    if (isAlone && this.visits.arena.isShared) return { berths: this.#shared.threads, compiled, name };
    return { berths: this.#berths, compiled: key === undefined ? undefined : modules.get(inTurns(key)), name };
  }

  /** Whether it is to have a thread of its own though it may be able to take turns. @param computes as far as that is known */
  #isApart(computes: boolean | undefined, size: () => number): boolean {
    const { placement = 'auto' } = this.#options;
    if (placement !== 'auto') return placement === 'own';
    return computes ?? size() > mostTriedBytes;
  }

  /** Of their own. */
  get #threads(): Berths {
    return this.visits.arena.isShared ? this.#shared.threads : this.#berths;
  }

  get #identityNow(): Identity {
    return { ...this.#identity, memoryBytes: this.#limits.memoryBytes };
  }

  #startMessage(
    { record, berth: { number, place }, program, heard, entry }: Task,
    compiled: Compiled | undefined,
  ): StartMessage {
    return {
      kind: 'start',
      files: this.#options.files,
      mounts: this.#mounts,
      identity: this.#identityNow,
      hostname: this.#options.hostname,
      record,
      startedAtMs: this.#startedAtMs,
      machine: this.#shared.machine,
      owner: number,
      place,
      memoryBytes: this.#limits.memoryBytes,
      compiled,
      entry,
      tellsReady: program !== undefined && (compiled === undefined || entry !== undefined),
      heard,
    };
  }

  #hear(task: Task, message: ThreadMessage): void {
    task.hear();
    if (message.kind === 'component' || message.kind === 'alone') task.entry = message.entry;
    if (message.kind === 'compiled') this.#keep(message);
    else if (message.kind === 'component') void this.#takeApart(task, message.bytes);
    else if (message.kind === 'alone') this.#setApart(task, message.key);
    else if (message.kind === 'ready') task.program?.ready();
    else if (message.kind === 'socket') this.#sockets.handle(message.request);
    else this.#shared.onBroken(message.words);
  }

  #keep({ key, compiled, bytes, made }: Extract<ThreadMessage, { readonly kind: 'compiled' }>): void {
    this.#shared.modules.add(key, compiled, bytes);
    if (made !== undefined) this.#shared.keepYields?.(made);
  }

  /** Starts a process again where it is alone. */
  #setApart(task: Task, key: string | undefined): void {
    if (key !== undefined) this.#shared.modules.addAlone(key);
    this.#later(() => {
      if (task.isEnding || this.#tasks.get(task.record) !== task) return;
      this.#startAt(this.#threads.take(), task, key === undefined ? undefined : this.#shared.modules.get(key));
    });
  }

  /** Starts a process again, with what its component is made of. */
  async #takeApart(task: Task, bytes: Uint8Array): Promise<void> {
    const parts = await partsOf(this.#shared, bytes, this.visits.arena.isShared);
    this.#later(() => {
      if (task.isEnding || this.#tasks.get(task.record) !== task) return;
      const { berth } = task;
      const isAlone = berth.place === undefined;
      this.#startAt(isAlone ? berth : this.#threads.take(), task, undefined, parts);
    });
  }

  #takeBack(record: number): void {
    const { table } = this;
    table.set(record, at.thread, thread.none);
    this.#cpuMs += table.getDouble(record, at.cpuMs);
    const task = this.#tasks.get(record);
    this.#tasks.delete(record);
    if (task === undefined) return;
    if (task.name !== undefined) {
      const lifeMs = Date.now() - table.getDouble(record, at.startedAt);
      this.#shared.habits.tell(task.name, table.getDouble(record, at.cpuMs), lifeMs);
    }
    task.left(table.get(record, at.told));
    if (!task.isEnding) this.#give(task);
  }

  /** Not before all that it told is here: the thread's next user would not know what to do with it. */
  #give(task: Task): void {
    if (task.hasHeardAll) task.berth.leave();
    else this.#await(task.allHeard().then(() => task.berth.leave()));
  }

  /** Somebody outside waits for it. */
  #tellEnd(record: number): void {
    const { table } = this;
    const program = this.#programs.get(record);
    if (program === undefined) return;
    if (table.has(record, flag.failed) && !table.has(record, flag.outOfMemory)) program.refused(table.failure(record));
    this.#programs.delete(record);
    program.ended(table.get(record, at.status), table.has(record, flag.outOfMemory));
    table.remove(record);
  }

  #endThread(record: number): void {
    const task = this.#tasks.get(record);
    if (task === undefined || task.isEnding) return;
    task.isEnding = true;
    this.#await(this.#endAfterGrace(task));
  }

  /** Whoever disposes of this waits for it. */
  #await(ending: Promise<void>): void {
    const settled = ending
      .catch((error: unknown) => {
        if (!(error instanceof ArenaBroken)) throw error;
      })
      .finally(() => this.#endings.delete(settled));
    this.#endings.add(settled);
  }

  async #endAfterGrace(task: Task): Promise<void> {
    const { table } = this;
    // One of several on a thread is given its time there.
    if (task.berth.place === undefined) {
      await new Promise((resolve) => setTimeout(resolve, graceMs));
      // Its record may be another process's by now.
      const hasLeft = await this.visits.inside(() => this.#tasks.get(task.record) !== task);
      if (hasLeft) {
        this.#give(task);
        return;
      }
    }
    const isGone = await task.berth.end();
    // It came no further than its gate: nothing is by half.
    if (isGone) this.visits.arena.abandon(task.berth.number);
    await this.visits.inside(() => {
      if (isGone && this.#tasks.get(task.record) === task) {
        this.#tasks.delete(task.record);
        table.set(task.record, at.thread, thread.none);
      }
      this.#look();
    });
  }

  /** A thread has ended that was not asked to: it went beyond what its heap may take, or was ended for another process's sake. */
  #lost(task: Task, error: Error | undefined): void {
    if (error !== undefined) this.#shared.onBroken(error.message);
    const { record } = task;
    const wasInside = this.visits.arena.abandon(task.berth.number);
    task.lost();
    // What it ran has left it already, and its record may be another's.
    if (this.#tasks.get(record) !== task) return;
    if (wasInside && !task.isEnding) this.#break();
    this.#later(() => {
      if (this.#tasks.get(record) !== task) return;
      this.#tasks.delete(record);
      this.table.set(record, at.thread, thread.none);
      if (!(error instanceof NeighbourEnded)) this.table.mark(record, flag.outOfMemory);
      end(this.table, record, signal.KILL);
      this.#look();
    });
  }

  /** As soon as nobody else is inside, unless it is broken: then all is ended already. */
  #later(action: () => void): void {
    this.visits.inside(action).catch((error: unknown) => {
      if (!(error instanceof ArenaBroken)) throw error;
    });
  }

  /** Its memory cannot be relied on: all is ended. */
  #break(): void {
    this.visits.break();
    this.#files.break();
    this.#shared.onBroken('a process ended in the middle of a call: its container is ended');
    for (const { berth } of this.#tasks.values()) this.#await(berth.endThread());
    this.#tasks.clear();
    for (const program of this.#programs.values()) program.ended(signal.KILL, true, true);
    this.#programs.clear();
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#pauses.pause([...this.#tasks.values()]);
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    await this.#pauses.resume([...this.#tasks.values()]);
  }

  /** While it is paused, whoever asked for that lets it go on. */
  #throttled(): Throttled {
    return {
      cpus: () => this.#limits.cpus,
      usedMs: async () => {
        if (this.#tasks.size === 0 || this.visits.isBroken) return undefined;
        return Number((await this.usage()).cpuNs) / 1_000_000;
      },
      pause: async () => {
        if (!this.#isPaused && !this.visits.isBroken) await this.#pauses.pause([...this.#tasks.values()]);
      },
      resume: async () => {
        if (!this.#isPaused && !this.visits.isBroken) await this.#pauses.resume([...this.#tasks.values()]);
      },
    };
  }

  #known: readonly ProcessState[] = [];

  list(): readonly ProcessState[] {
    // What was known a moment ago does as well while somebody is inside.
    this.#known = this.visits.tryInside(() => processesOf(this.table)) ?? this.#known;
    return this.#known;
  }

  async usage(): Promise<ProcessUsage> {
    await this.#readCpu();
    return await this.visits.inside(() => {
      let cpuMs = this.#cpuMs;
      for (const { record } of this.#tasks.values()) cpuMs += this.table.getDouble(record, at.cpuMs);
      return {
        cpuNs: BigInt(Math.round(cpuMs * 1_000_000)),
        memoryBytes: this.table.memory + this.visits.arena.used,
        processes: [...this.table.visible()].filter((record) => !this.table.hasEnded(record)).length,
      };
    });
  }

  /** What those have used that still run. */
  async #readCpu(): Promise<void> {
    const tasks = [...this.#tasks.values()];
    const used = await Promise.all(tasks.map(async (task) => await task.berth.cpuMs()));
    await this.visits.inside(() => {
      for (const [index, task] of tasks.entries()) {
        const all = used[index];
        if (all === undefined || this.#tasks.get(task.record) !== task) continue;
        const start = this.table.getDouble(task.record, at.cpuStart);
        this.table.setDouble(task.record, at.cpuMs, Math.max(0, all - start));
      }
    });
  }

  async setLimits(limits: ProcessLimits): Promise<void> {
    this.#limits = limits;
    await this.visits.inside(() => this.#applyLimits());
    if (this.#tasks.size > 0) this.#throttle.watch();
  }

  #applyLimits(): void {
    const { pids, memoryBytes } = this.#limits;
    this.table.setLimits(pids ?? usualMostProcesses, memoryBytes ?? Number.MAX_VALUE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#throttle.stop();
    if (!this.visits.isBroken) {
      await this.visits.inside(() => {
        for (const record of this.table.visible()) end(this.table, record, signal.KILL);
        this.#look();
        this.table.tell();
      });
    }
    await this.#watching;
    while (this.#endings.size > 0) await Promise.all(this.#endings);
    await this.#sockets[Symbol.asyncDispose]();
    if (!this.visits.isBroken) releaseMounts(this.#files, this.#mounts, this.#shared, this.#space);
  }
}
