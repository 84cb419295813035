// The processes of all containers of an engine: what they share is made once.

import { canShareMemory } from '../memory/arena.ts';
import type { LayerReference } from '../files/reference.ts';
import { Docks, type DocksOptions } from '../threads/docks.ts';
import { localThread } from '../threads/local.ts';
import { ThreadPool, type ThreadPoolOptions } from '../threads/pool.ts';
import { ContainerProcesses } from './container.ts';
import type { Processes, ProcessesOptions } from './contract.ts';
import { Habits } from './habits.ts';
import type { Machine } from './messages.ts';
import { ModuleCache } from './module-cache.ts';
import type { Shared } from './shared.ts';
import { serveProcesses, type ThreadHost } from './thread.ts';

export interface ProcessHostOptions extends Pick<
  Shared,
  'storage' | 'host' | 'components' | 'keepYields' | 'onBroken'
> {
  /** As programs see it in /proc. */
  readonly machine?: Machine;
  readonly threads: ThreadPoolOptions;
  /** For containers whose memory is not shared: their processes run on this thread. Absent: there are none. */
  readonly here?: ThreadHost | undefined;
  /** Threads that processes share. */
  readonly shared?: Partial<Pick<DocksOptions, 'most' | 'ready' | 'crowd'>> | undefined;
}

/** As many as there are processors, within these; more would only take memory. */
const [leastShared, mostShared] = [2, 8];
const usualCrowd = 32;
/** To make a thread takes a processor for tens of milliseconds. */
const betweenThreadsMs = 250;

const unknownMachine: Machine = { memoryBytes: 4 * 2 ** 30, cpus: 1 };

export class ProcessHost implements AsyncDisposable {
  readonly #shared: Shared;
  /** Numbers of layers, so that a module of one is known in every container. */
  readonly #layers = new WeakMap<WebAssembly.Memory, number>();
  #nextLayer = 1;
  #nextContainer = 1;

  constructor({ threads, machine = unknownMachine, here, shared = {}, ...rest }: ProcessHostOptions) {
    const pool = new ThreadPool(threads);
    const nextNumber = () => pool.nextNumber();
    const { makeThread } = threads;
    const most = Math.min(mostShared, Math.max(leastShared, machine.cpus));
    const makeLocal = () => {
      if (here === undefined) throw new Error('the memory of this container cannot be shared with threads');
      return localThread((port) => serveProcesses(port, here));
    };
    this.#shared = {
      ...rest,
      machine,
      threads: pool,
      docks: new Docks({
        most,
        ready: canShareMemory ? leastShared : 0,
        crowd: usualCrowd,
        ...shared,
        makeThread,
        nextNumber,
      }),
      here: new Docks({ most: 1, ready: 0, crowd: 1, makeThread: makeLocal, nextNumber }),
      modules: new ModuleCache(),
      habits: new Habits(),
    };
  }

  /** Makes threads that wait for the first programs: one at once, the others when that program has had its time. */
  warm(): void {
    void this.#warm();
  }

  async #warm(): Promise<void> {
    const { docks, threads } = this.#shared;
    await docks.warmOne();
    for (const each of [threads, docks, threads]) {
      await pause(betweenThreadsMs);
      await each.warmOne();
    }
  }

  /** The processes of a container: none yet. @throws MountError, Failure ENOSPC */
  open(options: ProcessesOptions): Processes {
    const container = this.#nextContainer;
    this.#nextContainer += 1;
    const layers = options.files.layers.map((layer) => this.#numberOf(layer));
    return ContainerProcesses.open(this.#shared, options, { container, layers });
  }

  #numberOf({ memory }: LayerReference): number {
    const known = this.#layers.get(memory);
    if (known !== undefined) return known;
    const number = this.#nextLayer;
    this.#nextLayer += 1;
    this.#layers.set(memory, number);
    return number;
  }

  /** After all containers have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { threads, docks, here } = this.#shared;
    await Promise.all([threads, docks, here].map((each) => each[Symbol.asyncDispose]()));
  }
}

/** Keeps nobody running. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref?.());
}
