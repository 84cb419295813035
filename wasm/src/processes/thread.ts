// The thread of a process, or of many that take turns: runs one program after another, each in an instance of its own.

import { mayBeKept, type KeptYields } from '../binary/kept-yields.ts';
import type { FileSystem } from '../files/file-system.ts';
import { openFiles } from '../files/reference.ts';
import { writePipe } from '../memory/pipe.ts';
import { openNamespace, showProcesses, type NamespaceDeps } from '../mounts/open.ts';
import type { ProcessesShown } from '../mounts/processes-text.ts';
import { opened } from '../preview1/descriptions.ts';
import { Descriptors } from '../preview1/descriptors.ts';
import { Process } from '../preview1/process.ts';
import { run, runInTurns, UnsupportedModule, type RunOptions } from '../preview1/run.ts';
import {
  ComponentTrap,
  isComponent,
  UnsupportedComponent,
  type CompiledComponent,
  type ComponentParts,
} from '../preview2/parts.ts';
import type { MakeRealm } from '../preview2/realm.ts';
import type { SocketRequest } from '../sockets/request.ts';
import type { PlacedMessage, ShareMessage } from '../threads/docks.ts';
import type { Port } from '../threads/thread.ts';
import { momentOf, Turn, Turns, usedSince, type Clock } from '../threads/turns.ts';
import { Failure } from '../wasi/errno.ts';
import { coracleCalls, Replaced } from './calls.ts';
import { ProcessCrew } from './crew.ts';
import { Ended, ProcessGate } from './gate.ts';
import { processesOf } from './listing.ts';
import type { Compiled, StartMessage, ThreadMessage } from './messages.ts';
import { ModuleCache } from './module-cache.ts';
import {
  BadModule,
  compileModule,
  compileModuleLater,
  compileYielding,
  inTurns,
  keyOf,
  readProgram,
} from './modules.ts';
import { end } from './signals.ts';
import { signal } from './signal-numbers.ts';
import { at, Table, thread } from './table.ts';

/** What a thread has of its host. */
export interface ThreadHost extends NamespaceDeps, Clock {
  /** For components. */
  readonly makeRealm: MakeRealm;
  /** Modules that take turns, as an engine before this one has made them. */
  readonly keptYields?: KeptYields | undefined;
}

/** What all programs of a thread have. */
interface OwnThread {
  readonly host: ThreadHost;
  /** For programs that others become here: the engine gives what begins. */
  readonly modules: ModuleCache;
}

/** Of modules that a thread keeps for that. */
const mostBytes = 16 * 2 ** 20;

/** Its component is taken apart elsewhere; thrown on the way out. */
class Apart extends Error {}

function isRefusal(error: unknown): error is Error {
  return (
    error instanceof BadModule ||
    error instanceof UnsupportedModule ||
    error instanceof UnsupportedComponent ||
    error instanceof WebAssembly.LinkError
  );
}

/** Runs what it is told to. */
export function serveProcesses(port: Port, host: ThreadHost): void {
  let turns: Turns | undefined;
  const own = { host, modules: new ModuleCache(mostBytes) };
  port.onMessage((message) => {
    const told = message as StartMessage | ShareMessage;
    if (told.kind === 'share') turns = new Turns(host, told.shown);
    else void runProcess(told, port, own, turns);
  });
}

async function runProcess(start: StartMessage, port: Port, own: OwnThread, turns: Turns | undefined): Promise<void> {
  const { place } = start;
  if (turns === undefined || place === undefined) {
    await new ProcessThread(start, port, own).run();
    return;
  }
  const post = (placed: PlacedMessage) => port.post(placed);
  const thread = new ProcessThread(start, { post: (message) => post({ place, message }) }, own, turns);
  await thread.run();
  post({ place, hasLeft: true });
}

class ProcessThread {
  readonly #start: StartMessage;
  readonly #port: Pick<Port, 'post'>;
  readonly #host: ThreadHost;
  readonly #modules: ModuleCache;
  readonly #files: FileSystem;
  readonly #table: Table;
  /** Undefined: it has the thread alone. */
  readonly #turn: Turn | undefined;
  #compiled: Compiled | undefined;
  #parts: ComponentParts | string | undefined;
  #entry: string | undefined;
  /** Somebody waits to hear whether it can be run. */
  #isAwaited: boolean;
  /** Messages of the process. */
  #told: number;

  constructor(start: StartMessage, port: Pick<Port, 'post'>, { host, modules }: OwnThread, turns?: Turns) {
    this.#start = start;
    this.#port = port;
    this.#host = host;
    this.#modules = modules;
    this.#compiled = start.compiled;
    this.#parts = start.parts;
    this.#entry = start.entry;
    this.#isAwaited = start.tellsReady;
    this.#told = start.heard;
    const files = openFiles(start.files, host.storage);
    files.arena.owner = start.owner;
    const space = openNamespace(files, start.mounts, host);
    this.#files = files;
    this.#table = Table.open(space);
    const onUsed = (cpuMs: number) => this.#table.setDouble(start.record, at.cpuMs, cpuMs);
    this.#turn = turns === undefined ? undefined : new Turn(turns, start.place ?? 0, onUsed);
  }

  async run(): Promise<void> {
    await this.#turn?.begin();
    try {
      await this.#runAll();
    } finally {
      // The process's record may be something else already.
      this.#turn?.leave();
    }
  }

  async #runAll(): Promise<void> {
    const { record } = this.#start;
    const table = this.#table;
    const before = momentOf(this.#host);
    this.#inside(() => {
      table.setDouble(record, at.cpuStart, before.cpuMs);
      table.space.credentials = { uid: table.get(record, at.uid), gid: table.get(record, at.gid) };
    });
    let ended = await this.#runProgram();
    while (ended === 'replaced') ended = await this.#runProgram();
    const status = ended;
    if (status === 'apart') return;
    // At once: nobody thinks of ending a thread that is done.
    this.#inside(() => {
      table.setDouble(record, at.cpuMs, this.#turn?.usedMs ?? usedSince(before, this.#host));
      table.set(record, at.told, this.#told);
      table.set(record, at.thread, thread.left);
      if (status === 'by others') table.tell();
      else end(table, record, status);
    });
  }

  /** @returns its status; `apart`: it is a component, and is started again once it was taken apart */
  async #runProgram(): Promise<number | 'by others' | 'replaced' | 'apart'> {
    try {
      return await this.#runToEnd();
    } catch (error) {
      if (error instanceof Ended) return 'by others';
      if (error instanceof Apart) return 'apart';
      if (!(error instanceof Replaced)) throw error;
      this.#compiled = undefined;
      this.#parts = undefined;
      this.#entry = undefined;
      return 'replaced';
    }
  }

  /** @returns its status, as wait(2) says it */
  async #runToEnd(): Promise<number> {
    const table = this.#table;
    const { record } = this.#start;
    const gate = new ProcessGate(table, record);
    const process = this.#inside(() => {
      gate.pass();
      return new Process(table.space, table.strings(record), new Descriptors(table.arena, record + at.descriptors));
    });
    showProcesses(table.space, this.#shown(process));
    try {
      const compiled = this.#compiled ?? (await this.#compile());
      const ask = (request: SocketRequest) => this.#tell({ kind: 'socket', request });
      const more = new Map([['coracle_1', coracleCalls(gate, ask, this.#start.hostname)]]);
      if (compiled instanceof WebAssembly.Module) {
        const code = await this.#runModule(compiled, process, {
          gate,
          ask,
          more,
          entry: this.#entry,
          onReady: () => this.#ready(),
        });
        return (code & 0xff) << 8;
      }
      if (this.#entry !== undefined) {
        throw new UnsupportedComponent(`it is a component: no function of it can be named ("${this.#entry}")`);
      }
      // Most threads never see one.
      const { runComponent } = await import('../preview2/run.ts');
      this.#ready();
      const crew = this.#inside(() => new ProcessCrew(table, record));
      return (
        ((await runComponent(compiled, process, {
          makeRealm: this.#host.makeRealm,
          gate,
          ask,
          crew,
          turn: this.#turn,
        })) &
          0xff) <<
        8
      );
    } catch (error) {
      if (isRefusal(error)) return this.#refuse(error.message);
      if (error instanceof Ended || error instanceof Replaced || error instanceof Apart) throw error;
      return this.#trap(error);
    }
  }

  async #runModule(module: WebAssembly.Module, process: Process, options: RunOptions): Promise<number> {
    return this.#turn === undefined
      ? run(module, process, options)
      : await runInTurns(module, process, this.#turn, options);
  }

  /** What it sees of others in /proc. */
  #shown({ descriptors }: Process): ProcessesShown {
    const table = this.#table;
    const { record, memoryBytes, startedAtMs, machine } = this.#start;
    return {
      self: this.#inside(() => table.get(record, at.pid)),
      list: () => processesOf(table),
      descriptors: () => descriptors.open(),
      startedAtMs,
      memoryBytes: memoryBytes ?? machine.memoryBytes,
      cpus: machine.cpus,
    };
  }

  /** @throws BadModule, Apart */
  async #compile(): Promise<Compiled> {
    const { record, identity, memoryBytes } = this.#start;
    const { space, descriptions } = this.#table;
    const modules = this.#modules;
    const turn = this.#turn;
    const { key, bytes } = this.#inside(() => {
      const place = descriptions.fileOf(this.#table.get(record, at.program));
      const found = keyOf(this.#files, space, place, identity);
      const known = found === undefined ? undefined : modules.get(turn === undefined ? found : inTurns(found));
      return { key: found, bytes: known ?? readProgram(space, place) };
    });
    if (!(bytes instanceof Uint8Array)) return bytes;
    const tell = (known: string | undefined, compiled: Compiled, yielding?: Uint8Array<ArrayBuffer>) => {
      if (known === undefined) return compiled;
      modules.add(known, compiled, bytes.length);
      const made = yielding === undefined ? undefined : { module: bytes, yielding };
      // Copied on its way: not for nothing.
      const kept = made !== undefined && this.#host.keptYields !== undefined && mayBeKept(made) ? made : undefined;
      this.#tell({ kind: 'compiled', key: known, compiled, bytes: bytes.length, made: kept });
      return compiled;
    };
    if (isComponent(bytes)) {
      const parts = this.#partsOf(bytes);
      if (turn === undefined) return tell(key, await compileParts(parts, (core) => compileModule(core, memoryBytes)));
      const compiled = await this.#whileOthersRun(turn, () =>
        compileParts(parts, (core) => compileModuleLater(core, memoryBytes)),
      );
      return tell(key === undefined ? undefined : inTurns(key), compiled);
    }
    if (turn === undefined) return tell(key, compileModule(bytes, memoryBytes));
    const { keptYields } = this.#host;
    const yielding = await this.#whileOthersRun(turn, () => compileYielding(bytes, memoryBytes, keptYields));
    if (yielding !== undefined) {
      return tell(key === undefined ? undefined : inTurns(key), yielding.compiled, yielding.made);
    }
    // What no host can compile is said of it as it is.
    const plain = await this.#whileOthersRun(turn, () => compileModuleLater(bytes, memoryBytes));
    if (!this.#files.arena.isShared) return plain;
    tell(key, plain);
    this.#tell({ kind: 'alone', key, entry: this.#entry });
    throw new Apart();
  }

  async #whileOthersRun<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    turn.end();
    try {
      return await work();
    } finally {
      await turn.begin();
    }
  }

  #ready(): void {
    if (this.#isAwaited) this.#tell({ kind: 'ready' });
    this.#isAwaited = false;
  }

  /** @throws BadModule, Apart */
  #partsOf(bytes: Uint8Array): ComponentParts {
    const parts = this.#parts;
    if (typeof parts === 'string') throw new BadModule(parts);
    if (parts === undefined) {
      this.#tell({ kind: 'component', bytes, entry: this.#entry });
      throw new Apart();
    }
    return parts;
  }

  /** It cannot be run: told to who started it from outside, or written where a shell would. */
  #refuse(words: string): number {
    const table = this.#table;
    const { record } = this.#start;
    this.#inside(() => {
      if (this.#isAwaited) table.fail(record, words);
      else this.#write(`${this.#name()}: ${words}\n`);
    });
    return 126 << 8;
  }

  /** What went wrong in the program is said in one line. */
  #trap(error: unknown): number {
    if (!(
      error instanceof WebAssembly.RuntimeError ||
      error instanceof ComponentTrap ||
      error instanceof RangeError ||
      error instanceof WebAssembly.Exception
    )) {
      this.#tell({ kind: 'broken', words: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    const words = error instanceof Error ? error.message : 'an exception that nothing caught';
    this.#inside(() => this.#write(`${this.#name()}: WebAssembly trap: ${words}\n`));
    return signal.SEGV;
  }

  #name(): string {
    return new TextDecoder().decode(this.#table.strings(this.#start.record).argv[0]?.subarray(0, -1));
  }

  /** To its standard error, as far as that takes it at once. */
  #write(text: string): void {
    const { descriptions, arena } = this.#table;
    const description = new Descriptors(arena, this.#start.record + at.descriptors).get(2);
    if (description === 0 || descriptions.kindOf(description) !== opened.writer) return;
    try {
      writePipe(arena, descriptions.target(description), new TextEncoder().encode(text).subarray(0, 4096));
    } catch (error) {
      // Nobody reads it.
      if (!(error instanceof Failure)) throw error;
    }
  }

  #inside<T>(work: () => T): T {
    const { space } = this.#table;
    space.enter();
    try {
      return work();
    } finally {
      space.leave();
    }
  }

  #tell(message: ThreadMessage): void {
    this.#told += 1;
    this.#port.post(message);
  }
}

async function compileParts(
  { source, kind, isLater, cores }: ComponentParts,
  compile: (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module | Promise<WebAssembly.Module>,
): Promise<CompiledComponent> {
  const made = cores.map(async ({ name, bytes }) => ({
    name,
    module: await compile(bytes as Uint8Array<ArrayBuffer>),
  }));
  return { source, kind, isLater, cores: await Promise.all(made) };
}
