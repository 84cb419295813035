// Runs a program of preview 1, or of `wasi_unstable` before it, on this thread, to its end.

import { errno } from '../wasi/errno.ts';
import { descriptorCalls } from './descriptor-calls.ts';
import { GuestMemory } from './guest-memory.ts';
import { Host } from './host.ts';
import { preview1, unstable, type Layout } from './layout.ts';
import { pathCalls } from './path-calls.ts';
import { Exit, type Process } from './process.ts';
import { socketCalls } from './socket-calls.ts';
import { refuse, type Ask } from './sockets.ts';
import { suspendingFault, SuspendingHost, type Turn } from './suspending.ts';
import { systemCalls } from './system-calls.ts';
import { wasmEdgeCalls } from './wasmedge-calls.ts';
import { openGate, type Gate } from './waiting.ts';
import { answerYields } from './yielding.ts';

const layouts = new Map([
  ['wasi_snapshot_preview1', preview1],
  ['wasi_unstable', unstable],
]);

/** A module that cannot be run as a program here; the message says what it lacks or wants. */
export class UnsupportedModule extends Error {}

/** Calls by the module that a program imports them from. */
export type MoreCalls = ReadonlyMap<string, (host: Host) => Readonly<Record<string, unknown>>>;

export interface RunOptions {
  readonly gate?: Gate;
  /** How sockets get to the network; absent: there is none. */
  readonly ask?: Ask;
  /** Beyond WASI. */
  readonly more?: MoreCalls;
  /** The exported function that begins; absent: `_start`. What a library has to be called first for is called before it. */
  readonly entry?: string | undefined;
  /** It is whole, and about to begin. */
  readonly onReady?: () => void;
}

/**
 * @returns its exit code
 * @throws UnsupportedModule, or what ended it: WebAssembly.RuntimeError for a trap, RangeError when it went too deep
 */
export function run(module: WebAssembly.Module, process: Process, options: RunOptions = {}): number {
  const steps = instantiate(module, options, (...rest) => new Host(process, ...rest));
  try {
    for (const step of steps) step();
    return 0;
  } catch (error) {
    return exitCode(error);
  }
}

/** As `run`, for a program that shares its thread with others: it begins in its turn, and ends it. */
export async function runInTurns(
  module: WebAssembly.Module,
  process: Process,
  turn: Turn,
  options: RunOptions = {},
): Promise<number> {
  const fault = suspendingFault();
  if (fault !== undefined) throw new UnsupportedModule(fault);
  const makeHost = (...rest: Parameters<MakeHost>) => new SuspendingHost(turn, process, ...rest);
  const steps = instantiate(module, options, makeHost, (exports, ...rest) => answerYields(exports, makeHost(...rest)));
  try {
    for (const step of steps) await WebAssembly.promising(step)();
    return 0;
  } catch (error) {
    return exitCode(error);
  }
}

function exitCode(error: unknown): number {
  if (error instanceof Exit) return error.code;
  throw error;
}

type MakeHost = (memory: GuestMemory, layout: Layout, gate: Gate) => Host;
type Made = (exports: Readonly<Record<string, unknown>>, ...rest: Parameters<MakeHost>) => void;

/** @returns what the program begins with, one after another */
function instantiate(
  module: WebAssembly.Module,
  { gate = openGate, ask, more = new Map(), entry, onReady }: RunOptions,
  makeHost: MakeHost,
  made: Made = () => undefined,
): readonly (() => void)[] {
  const memory = new GuestMemory((bytes) => gate.grown(bytes));
  const hostOf = (from: string) => makeHost(memory, layouts.get(from) ?? preview1, gate);
  const instance = new WebAssembly.Instance(module, importsOf(module, hostOf, ask, more));
  const { memory: exported } = instance.exports;
  if (!(exported instanceof WebAssembly.Memory)) throw new UnsupportedModule('it exports no memory named "memory"');
  const steps = entry === undefined ? [startOf(instance.exports)] : callsTo(instance.exports, entry);
  memory.attach(exported);
  made(instance.exports, memory, preview1, gate);
  onReady?.();
  return steps;
}

type Exports = Readonly<Record<string, unknown>>;

/** @throws UnsupportedModule */
function startOf({ _start: start }: Exports): () => void {
  if (typeof start !== 'function') {
    throw new UnsupportedModule('it exports no function named "_start": it is a library, not a command');
  }
  return start as () => void;
}

/** @throws UnsupportedModule */
function callsTo(exports: Exports, name: string): readonly (() => void)[] {
  const call = Object.hasOwn(exports, name) ? exports[name] : undefined;
  if (typeof call !== 'function') {
    throw new UnsupportedModule(`it exports no function named "${name}", with which it is to begin`);
  }
  if (call.length > 0) {
    throw new UnsupportedModule(
      `its function "${name}", with which it is to begin, takes arguments: those that begin take none`,
    );
  }
  const { _initialize: initialize } = exports;
  return [...(typeof initialize === 'function' ? [initialize] : []), call] as (() => void)[];
}

type Import = (...args: never[]) => number;

/** What a module asks for. A call that is not known fails when it is made: many a program never makes it. */
function importsOf(
  module: WebAssembly.Module,
  hostOf: (from: string) => Host,
  ask: Ask | undefined,
  more: MoreCalls,
): WebAssembly.Imports {
  const wanted = WebAssembly.Module.imports(module);
  const other = wanted.find(({ module: from, kind }) => !(layouts.has(from) || more.has(from)) || kind !== 'function');
  if (other !== undefined) {
    throw new UnsupportedModule(
      `it imports the ${other.kind} "${other.name}" of "${other.module}", which is not of WASI preview 1`,
    );
  }
  const imports: Record<string, Record<string, Import>> = {};
  for (const from of new Set(wanted.map(({ module: name }) => name))) {
    const host = hostOf(from);
    const calls = more.get(from)?.(host) ?? callsOf(host, ask ?? refuse(host.process));
    const names = wanted.filter((entry) => entry.module === from).map(({ name }) => name);
    imports[from] = Object.fromEntries(names.map((name) => [name, asImport(host, calls, name)]));
  }
  return imports;
}

function callsOf(host: Host, ask: Ask): Readonly<Record<string, unknown>> {
  const descriptors = descriptorCalls(host);
  return {
    ...descriptors.calls,
    ...pathCalls(host, descriptors),
    ...systemCalls(host),
    ...socketCalls(host, ask),
    ...wasmEdgeCalls(host, ask),
  };
}

function asImport(host: Host, calls: Readonly<Record<string, unknown>>, name: string): Import {
  if (!Object.hasOwn(calls, name)) return () => errno.ENOSYS;
  return host.asImport(calls[name] as (...args: never[]) => unknown);
}
