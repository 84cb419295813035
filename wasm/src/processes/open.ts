// The processes of all containers of an engine: what they share is made once.

import type { LayerReference } from '../files/reference.ts';
import { ThreadPool, type ThreadPoolOptions } from '../threads/pool.ts';
import { ContainerProcesses, type Shared } from './container.ts';
import type { Processes, ProcessesOptions } from './contract.ts';
import type { Machine } from './messages.ts';
import { ModuleCache } from './module-cache.ts';

export interface ProcessHostOptions extends Pick<Shared, 'storage' | 'host' | 'components' | 'onBroken'> {
  /** As programs see it in /proc. */
  readonly machine?: Machine;
  readonly threads: ThreadPoolOptions;
}

const unknownMachine: Machine = { memoryBytes: 4 * 2 ** 30, cpus: 1 };

export class ProcessHost implements AsyncDisposable {
  readonly #shared: Shared;
  /** Numbers of layers, so that a module of one is known in every container. */
  readonly #layers = new WeakMap<WebAssembly.Memory, number>();
  #nextLayer = 1;
  #nextContainer = 1;

  constructor({ threads, machine = unknownMachine, ...rest }: ProcessHostOptions) {
    this.#shared = { ...rest, machine, threads: new ThreadPool(threads), modules: new ModuleCache() };
  }

  /** Makes threads that wait for the first programs. */
  warm(): void {
    this.#shared.threads.warm();
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
    await this.#shared.threads[Symbol.asyncDispose]();
  }
}
