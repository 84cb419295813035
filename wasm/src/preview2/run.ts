// Runs a component on this thread, to its end.

import { Exit, type Process } from '../preview1/process.ts';
import { refuse, Sockets, type Ask } from '../preview1/sockets.ts';
import { suspendingFault, type Turn } from '../preview1/suspending.ts';
import { openGate, Waiter, type Gate } from '../preview1/waiting.ts';
import { Calls } from './calls.ts';
import { alone, type Crew } from './crew.ts';
import { cli } from './cli.ts';
import { clocks, random } from './clocks.ts';
import { filesystem } from './filesystem/filesystem.ts';
import { IncomingRequest } from './http/messages.ts';
import { ResponseOutparam } from './http/responding.ts';
import type { Asked } from './http/server.ts';
import { http } from './http/types.ts';
import { Membrane } from './membrane.ts';
import { RealmError } from './p3/async-side.ts';
import type { Host } from './p3/flows.ts';
import { handleLater } from './p3/http-serving.ts';
import { Loop } from './p3/loop.ts';
import { laterWorld } from './p3/world.ts';
import { ComponentTrap, UnsupportedComponent, type CompiledComponent } from './parts.ts';
import type { MakeRealm } from './realm.ts';
import { serve } from './serve.ts';
import { sockets } from './sockets/network.ts';
import { io } from './streams.ts';
import { standing, suspended } from './turns.ts';
import type { HostWorld } from './world.ts';

export interface ComponentOptions {
  readonly makeRealm: MakeRealm;
  readonly gate?: Gate | undefined;
  /** Absent: no network. */
  readonly ask?: Ask | undefined;
  /** Of one that handles requests. Absent: it has no others. */
  readonly crew?: Crew | undefined;
  /** Of a process that shares its thread: the component was made ready for that. */
  readonly turn?: Turn | undefined;
}

type Exports = Readonly<Record<string, unknown>>;
type Instantiate = (get: unknown, imports: object, instantiate: unknown) => Exports;

/**
 * A command runs to its end; one that handles HTTP requests listens until the process ends.
 * @returns its exit code
 * @throws ComponentTrap, UnsupportedComponent, or what a call of ours ended it with
 */
export async function runComponent(
  component: CompiledComponent,
  process: Process,
  options: ComponentOptions,
): Promise<number> {
  const { turn } = options;
  const fault = component.isLater ? suspendingFault() : undefined;
  if (fault !== undefined) throw new UnsupportedComponent(fault);
  const calls = new Calls(new Waiter(process, options.gate ?? openGate), turn);
  const sockets = new Sockets(process, options.ask ?? refuse(process));
  const setUp = () => makeStage(component, calls, sockets, options.makeRealm);
  return await exitCodeOf(async () => {
    const crew = options.crew ?? alone;
    if (component.kind === 'command') return await runCommand(setUp());
    await serve(calls, sockets, crew, component.isLater ? laterHandler(setUp) : handler(setUp(), calls));
  });
}

/** Where instances of a component run. */
interface Stage {
  readonly membrane: Membrane;
  /** Of components that go on while calls are made: of WASI 0.3, or suspended where they wait. */
  readonly host: Host | undefined;
  readonly instance: () => Exports;
}

function makeStage(component: CompiledComponent, calls: Calls, made: Sockets, makeRealm: MakeRealm): Stage {
  const realm = makeRealm();
  const { isLater } = component;
  const loop = isLater || calls.turn !== undefined ? new Loop(calls) : undefined;
  const host = loop && { calls, loop };
  const make = loop === undefined || calls.turn === undefined ? standing(calls) : suspended(calls, loop);
  const membrane = new Membrane(realm, make, loop);
  const later = isLater && host !== undefined ? laterWorld(host, made) : {};
  const imports = membrane.imports({ ...worldFor(calls, made), ...later });
  const modules = membrane.modules(component.cores, (memory) => calls.addMemory(memory));
  const instantiate = realm.evaluate(component.source, 'component.js') as Instantiate;
  const instance = () => {
    calls.forgetMemories();
    return instantiate(modules.get, imports, modules.instantiate);
  };
  return { membrane, host, instance };
}

async function runCommand({ membrane, host, instance }: Stage): Promise<void> {
  const find = () => functionOf(instance(), 'wasi:cli/run', 'run');
  if (host === undefined) return inRealm(membrane, () => find()());
  let outcome: (() => unknown) | undefined;
  inRealm(membrane, () => {
    membrane.later.call(find()).onSettled((given) => {
      outcome = given;
    });
  });
  await runLater(membrane, () => outcome !== undefined);
  inRealm(membrane, () => outcome?.());
}

function handler({ membrane, instance }: Stage, calls: Calls): (asked: Asked) => void {
  return ({ head, source, give }) => {
    inRealm(membrane, () => {
      const handle = functionOf(instance(), 'wasi:http/incoming-handler', 'handle');
      const request = new IncomingRequest(calls, head, source);
      return handle(membrane.standIn(request), membrane.standIn(new ResponseOutparam(give)));
    });
  };
}

/** What a request leaves unfinished ends with the stage that it had. */
function laterHandler(setUp: () => Stage): (asked: Asked) => Promise<void> {
  let stage: Stage | undefined;
  return async (asked) => {
    const { membrane, host, instance } = (stage ??= setUp());
    let isClean = false;
    try {
      let isDone = () => false;
      inRealm(membrane, () => {
        if (host === undefined) throw new TypeError('it has no loop');
        isDone = handleLater(membrane, host, functionOf(instance(), 'wasi:http/handler', 'handle'), asked);
      });
      await runLater(membrane, isDone);
      isClean = membrane.later.isIdle;
    } finally {
      if (!isClean) {
        stage = undefined;
        membrane.later.abandon();
      }
    }
  };
}

/** Until that is so, and what was begun has come to its end where it does by itself. */
async function runLater(membrane: Membrane, isDone: () => boolean): Promise<void> {
  const { later } = membrane;
  const driven = later.driven(() => inRealm(membrane, () => membrane.check()));
  try {
    await later.loop.run(driven, isDone);
  } catch (error) {
    // What the component did; all else is about the process.
    const isItsOwn = error instanceof RealmError || error instanceof TypeError || error instanceof RangeError;
    if (!isItsOwn) throw error;
    inRealm(membrane, () => {
      throw error;
    });
  }
}

function worldFor(calls: Calls, made: Sockets): HostWorld {
  return {
    ...io(calls),
    ...cli(calls),
    ...clocks(calls),
    ...random(),
    ...filesystem(calls),
    ...sockets(calls, made),
    ...http(calls, made),
  };
}

function functionOf(exports: Exports, name: string, key: string): (...values: object[]) => unknown {
  const found = Object.keys(exports).find((each) => each.split('@')[0] === name);
  const part = found === undefined ? undefined : (exports[found] as Exports | undefined);
  const value = part?.[key];
  if (typeof value !== 'function') throw new UnsupportedComponent(`it exports no function "${key}" of "${name}"`);
  return value as () => unknown;
}

/** It failed as `run` may: with an error that has no content. */
class Failed extends Error {}

/** @throws ComponentTrap for what ends the component only, or what ends the process */
function inRealm(membrane: Membrane, run: () => unknown): void {
  try {
    run();
  } catch (thrown) {
    const error = thrown instanceof RealmError ? thrown.value : thrown;
    const { ended } = membrane;
    membrane.ended = undefined;
    if (ended === undefined && error === undefined) throw new Failed();
    const reason = ended?.reason ?? error;
    // A call that was not as the component's types say; all else that a call throws is about the process.
    if (ended !== undefined && !(reason instanceof TypeError || reason instanceof RangeError)) throw reason;
    if (reason instanceof UnsupportedComponent) throw reason;
    throw new ComponentTrap(wordsOf(reason), { cause: reason });
  }
}

async function exitCodeOf(run: () => Promise<void>): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof Failed) return 1;
    throw error;
  }
}

/** What is thrown in a realm may be anything. */
function wordsOf(error: unknown): string {
  try {
    return String((error as Partial<Error> | null)?.message).slice(0, 500);
  } catch {
    return 'it threw what has no words';
  }
}
