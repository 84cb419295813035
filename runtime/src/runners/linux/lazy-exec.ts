// An exec before its start. It has no shim until somebody attaches to it or runs it: clients create execs that they never
// start, and each shim is a process.

import { EngineError } from '../../spec/errors.ts';
import type { AttachStreams, SandboxExit, SandboxProcess, SandboxStdio } from '../runner.ts';
import type { ShimProcess } from './shim-process.ts';

export class LazyExec implements SandboxProcess {
  readonly exited: Promise<SandboxExit>;
  readonly #make: () => Promise<ShimProcess>;
  readonly #title: string;
  readonly #end = Promise.withResolvers<SandboxExit>();
  #process: Promise<ShimProcess> | undefined;
  #made: ShimProcess | undefined;
  #abandoned = false;

  constructor(make: () => Promise<ShimProcess>, title: string) {
    this.#make = make;
    this.#title = title;
    this.exited = this.#end.promise;
  }

  /** Host's pid while it runs. */
  get pid(): number | undefined {
    return this.#made?.pid;
  }

  async run(): Promise<{ readonly pid: number }> {
    return await (await this.#started()).run();
  }

  async attach(streams: AttachStreams): Promise<SandboxStdio> {
    return await (await this.#started()).attach(streams);
  }

  async resize(rows: number, columns: number): Promise<void> {
    await (await this.#started()).resize(rows, columns);
  }

  async signal(signal: number): Promise<void> {
    await (await this.#started()).signal(signal);
  }

  /** When its container ends: an exec that never ran is forgotten, one that runs ends by itself. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    const process = await this.#process?.catch(() => undefined);
    process?.abandon();
  }

  #started(): Promise<ShimProcess> {
    if (this.#abandoned && this.#process === undefined) {
      return Promise.reject(new EngineError('conflict', `${this.#title}: its container is not running`));
    }
    this.#process ??= this.#make().then(
      (process) => {
        this.#made = process;
        void process.exited.then((exit) => this.#end.resolve(exit));
        return process;
      },
      (error: unknown) => {
        this.#end.resolve({ code: 128, oomKilled: false, finishedAtNs: BigInt(Date.now()) * 1_000_000n });
        throw error;
      },
    );
    return this.#process;
  }
}
