// The processes of a container without control groups: what descends from its first process and its execs and, where they
// share a process namespace with others, everything whose root is the container's. They are stopped one by one, and end
// with their namespace's first process.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { EngineError } from '../../spec/errors.ts';
import { killProcess } from './kill-process.ts';
import type { ProcessGroup } from './process-group.ts';
import { childrenOf, readProcess, sum, type ProcessStat } from './process-stat.ts';

/** Kernels may be built without these files. */
const tellsChildren = existsSync('/proc/thread-self/children');

const pollMs = 2;
const stopTimeoutMs = 10_000;

export interface ProcessTreeOptions {
  /** Where the container's root is mounted. */
  readonly root: string;
  /** Its process namespace is its own: when the first process ends, the kernel ends all. */
  readonly ownPids: boolean;
  /** First processes, of the container and of its execs, as far as they run. */
  readonly firsts: () => readonly number[];
  /** What the container's first process was once; the number may be a stranger's by now. */
  readonly first: () => number | undefined;
}

export class ProcessTree implements ProcessGroup {
  readonly path = '';
  readonly directories: readonly string[] = [];
  readonly #options: ProcessTreeOptions;
  /** The file system of its root, by which its processes are told. */
  #device: number | undefined;
  /** What the last sample was: processes that end take their times with them, and a counter must not go back. */
  #times = { userTicks: 0, kernelTicks: 0 };

  constructor(options: ProcessTreeOptions) {
    this.#options = options;
  }

  /** With a process namespace of its own only when its shim died before it. */
  exists(): boolean {
    const { ownPids, first } = this.#options;
    if (!ownPids) return this.#strays().length > 0;
    const pid = first();
    return pid !== undefined && this.#isStray(pid);
  }

  processes(): readonly number[] {
    return this.list().map(({ pid }) => pid);
  }

  /** What the kernel tells of each process; parents before their children. */
  list(): readonly ProcessStat[] {
    const found = new Map<number, ProcessStat>();
    const add = (pid: number): void => {
      if (found.has(pid)) return;
      const process = readProcess(pid);
      if (process === undefined) return;
      found.set(pid, process);
      for (const child of childrenOf(pid)) add(child);
    };
    for (const pid of this.#options.firsts()) add(pid);
    if (!this.#options.ownPids || !tellsChildren) for (const pid of this.#strays()) add(pid);
    return [...found.values()];
  }

  /** Processor time of all of them together, in ticks of 10 ms. */
  times(processes: readonly ProcessStat[]): { readonly userTicks: number; readonly kernelTicks: number } {
    const userTicks = sum(processes.map((process) => process.userTicks));
    const kernelTicks = sum(processes.map((process) => process.kernelTicks));
    this.#times = {
      userTicks: Math.max(this.#times.userTicks, userTicks),
      kernelTicks: Math.max(this.#times.kernelTicks, kernelTicks),
    };
    return this.#times;
  }

  async freeze(): Promise<void> {
    const end = Date.now() + stopTimeoutMs;
    // A process may have made another one before it was stopped.
    for (let moving = this.#moving(); moving.length > 0; moving = this.#moving()) {
      if (Date.now() > end) {
        await this.thaw();
        throw new EngineError('deadlineExceeded', 'cannot pause: timed out');
      }
      for (const pid of moving) sendSignal(pid, 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** Children first: a shell that waits for them shall not see that they were stopped. */
  thaw(): Promise<void> {
    for (const { pid } of this.list().toReversed()) sendSignal(pid, 'SIGCONT');
    return Promise.resolve();
  }

  isFrozen(): boolean {
    return this.#moving().length === 0;
  }

  kill(): number {
    const pids = this.#all();
    for (const pid of pids) killProcess(pid);
    return pids.length;
  }

  remove(): boolean {
    return this.#all().length === 0;
  }

  #moving(): readonly number[] {
    return this.list()
      .filter(({ state }) => !'TtZXx'.includes(state))
      .map(({ pid }) => pid);
  }

  #all(): readonly number[] {
    const alive = this.list().filter(({ state }) => !'ZXx'.includes(state));
    return [...new Set([...alive.map(({ pid }) => pid), ...this.#strays()])];
  }

  /** Every process of the machine whose root is the container's. */
  #strays(): readonly number[] {
    if (this.#rootDevice() === undefined) return [];
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && this.#isStray(pid));
  }

  #isStray(pid: number): boolean {
    const device = this.#rootDevice();
    return device !== undefined && deviceOf(`/proc/${pid}/root`) === device;
  }

  #rootDevice(): number | undefined {
    const { root } = this.#options;
    if (this.#device !== undefined) return this.#device;
    const device = deviceOf(root);
    // Nothing is mounted there: no process can have it as its root.
    if (device === undefined || device === deviceOf(`${root}/..`)) return undefined;
    this.#device = device;
    return device;
  }
}

function deviceOf(path: string): number | undefined {
  try {
    return statSync(path).dev;
  } catch {
    // It has gone, or is none of ours.
    return undefined;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
