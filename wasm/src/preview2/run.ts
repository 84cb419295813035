// Runs a component on this thread, to its end.

import { Exit, type Process } from '../preview1/process.ts';
import { refuse, Sockets, type Ask } from '../preview1/sockets.ts';
import { openGate, Waiter, type Gate } from '../preview1/waiting.ts';
import { Calls } from './calls.ts';
import { cli } from './cli.ts';
import { clocks, random } from './clocks.ts';
import { filesystem } from './filesystem/filesystem.ts';
import { Membrane } from './membrane.ts';
import { UnsupportedComponent, type CompiledComponent } from './parts.ts';
import type { MakeRealm } from './realm.ts';
import { sockets } from './sockets/network.ts';
import { io } from './streams.ts';
import type { HostWorld } from './world.ts';

export interface ComponentOptions {
  readonly makeRealm: MakeRealm;
  readonly gate?: Gate | undefined;
  /** Absent: no network. */
  readonly ask?: Ask | undefined;
}

/** A component that came to an end it did not ask for; the message says which, in the words of WebAssembly or of the language. */
export class ComponentTrap extends Error {}

type Instantiate = (get: unknown, imports: object, instantiate: unknown) => Readonly<Record<string, unknown>>;

/**
 * @returns its exit code
 * @throws ComponentTrap, UnsupportedComponent, or what a call of ours ended it with
 */
export function runComponent(component: CompiledComponent, process: Process, options: ComponentOptions): number {
  const calls = new Calls(new Waiter(process, options.gate ?? openGate));
  const realm = options.makeRealm();
  const membrane = new Membrane(realm);
  const imports = membrane.imports(worldFor(calls, new Sockets(process, options.ask ?? refuse(process))));
  const modules = membrane.modules(new Map(component.cores.map(({ name, module }) => [name, module])));
  const instantiate = realm.evaluate(component.source, 'component.js') as Instantiate;
  return untilItsEnd(membrane, () => {
    const exports = instantiate(modules.get, imports, modules.instantiate);
    functionOf(exports, 'wasi:cli/run', 'run')();
  });
}

function worldFor(calls: Calls, made: Sockets): HostWorld {
  return {
    ...io(calls),
    ...cli(calls),
    ...clocks(calls),
    ...random(),
    ...filesystem(calls),
    ...sockets(calls, made),
  };
}

function functionOf(exports: Readonly<Record<string, unknown>>, name: string, key: string): () => unknown {
  const found = Object.keys(exports).find((each) => each.split('@')[0] === name);
  const part = found === undefined ? undefined : (exports[found] as Readonly<Record<string, unknown>> | undefined);
  const value = part?.[key];
  if (typeof value !== 'function') throw new UnsupportedComponent(`it exports no function "${key}" of "${name}"`);
  return value as () => unknown;
}

function untilItsEnd(membrane: Membrane, run: () => void): number {
  try {
    run();
    return 0;
  } catch (error) {
    const reason = membrane.ended?.reason ?? error;
    if (reason instanceof Exit) return reason.code;
    // `run` gave its error, which has no content.
    if (reason === undefined) return 1;
    if (membrane.ended !== undefined || reason instanceof UnsupportedComponent) throw reason;
    throw new ComponentTrap(wordsOf(reason), { cause: reason });
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
