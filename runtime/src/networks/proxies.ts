// The processes that hold published ports. They outlive the daemon, so each has a note on tmpfs that says who it is: a
// daemon that was killed between starting one and telling anybody about it would leave the port taken for ever.

import { messageOf } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import type { Files } from '../host/host.ts';
import type { NetworkKernel, PortForward } from '../host/kernel.ts';
import { textOf } from './text-of.ts';

export class Proxies {
  readonly #kernel: Pick<NetworkKernel, 'startProxy' | 'stopProxy'>;
  readonly #files: Files;
  /** `<exec-root>/proxies`; a file per process, its content the time at which that started. */
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #known = new Set<number>();

  constructor(
    kernel: Pick<NetworkKernel, 'startProxy' | 'stopProxy'>,
    files: Files,
    directory: string,
    logger: Logger,
  ) {
    this.#kernel = kernel;
    this.#files = files;
    this.#directory = directory;
    this.#logger = logger;
  }

  /** @returns its process id. @throws EngineError conflict when a port is taken */
  async start(forwards: readonly PortForward[]): Promise<number> {
    const { pid } = await this.#kernel.startProxy(forwards);
    this.#known.add(pid);
    try {
      await this.#files.makeDirectory(this.#directory, { recursive: true, mode: 0o700 });
      await this.#files.writeAtomic(`${this.#directory}/${pid}`, await this.#startTime(pid), { durable: false });
    } catch (error) {
      await this.stop(pid);
      throw error;
    }
    return pid;
  }

  async stop(pid: number): Promise<void> {
    this.#known.delete(pid);
    await this.#kernel.stopProxy(pid);
    await this.#files.remove(`${this.#directory}/${pid}`);
  }

  /** Takes in the proxy of an earlier daemon, or starts another when it has gone. @returns its process id */
  async adopt(pid: number, forwards: readonly PortForward[]): Promise<number> {
    if (pid > 0 && (await this.#isOurs(pid))) {
      this.#known.add(pid);
      return pid;
    }
    return this.start(forwards);
  }

  /** Ends proxies that nobody has taken in: their containers are gone. */
  async sweep(): Promise<void> {
    for (const name of await this.#files.list(this.#directory)) {
      const pid = Number(name);
      if (this.#known.has(pid)) continue;
      try {
        if (Number.isInteger(pid) && (await this.#isOurs(pid))) await this.#kernel.stopProxy(pid);
        await this.#files.remove(`${this.#directory}/${name}`);
      } catch (error) {
        this.#logger.warn('a proxy was left over and did not end', { process: name, reason: messageOf(error) });
      }
    }
  }

  /** The same process still: numbers are given again, start times are not. */
  async #isOurs(pid: number): Promise<boolean> {
    const noted = await textOf(this.#files, `${this.#directory}/${pid}`);
    return noted !== '' && noted === (await this.#startTime(pid));
  }

  /** Field 22 of /proc/<pid>/stat, in ticks since the boot; empty when there is no such process. */
  async #startTime(pid: number): Promise<string> {
    const text = await textOf(this.#files, `/proc/${pid}/stat`);
    // The name in parentheses may hold anything, blanks and parentheses too.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  }
}
