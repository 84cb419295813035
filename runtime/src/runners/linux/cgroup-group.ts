// One container's control group in all hierarchies: its processes, freezing, killing, removing. The files are the kernel's
// and answer from memory, so calls are synchronous.

import { existsSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { EngineError } from '../../spec/errors.ts';
import { controllerDirectory, groupDirectories, type CgroupLayout } from './cgroup-layout.ts';
import { killProcess } from './kill-process.ts';
import type { ProcessGroup } from './process-group.ts';

/** How often a freezer is asked whether it is done, and how long. */
const pollMs = 2;
const freezeTimeoutMs = 10_000;
const roundsToThaw = 20;

export class CgroupGroup implements ProcessGroup {
  readonly layout: CgroupLayout;
  /** Absolute path as in the OCI document. */
  readonly path: string;

  constructor(layout: CgroupLayout, path: string) {
    this.layout = layout;
    this.path = path;
  }

  /** All directories of the group, whether they exist or not. */
  get directories(): readonly string[] {
    return groupDirectories(this.layout, this.path);
  }

  /** Directory for a controller, if the host has it. */
  directory(controller: string): string | undefined {
    return controllerDirectory(this.layout, controller, this.path);
  }

  /** Content of a file, trimmed; undefined when the host does not have it or the group is gone. */
  read(controller: string, file: string): string | undefined {
    const directory = this.directory(controller);
    if (directory === undefined) return undefined;
    try {
      return readFileSync(`${directory}/${file}`, 'utf8').trim();
    } catch (error) {
      if (isGone(error) || (error as NodeJS.ErrnoException).code === 'EOPNOTSUPP') return undefined;
      throw error;
    }
  }

  /** @throws EngineError system naming the file and the reason */
  write(controller: string, file: string, value: string): void {
    const directory = this.directory(controller);
    if (directory === undefined) throw new EngineError('system', `cgroup controller ${controller} is not available`);
    try {
      writeFileSync(`${directory}/${file}`, value);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code === 'EBUSY' ? 'device or resource busy' : String(error);
      throw new EngineError('system', `failed to write ${JSON.stringify(value)} to ${file}: ${reason}`, {
        cause: error,
      });
    }
  }

  /** Whether processes may be in it: one look, since all hierarchies hold the same ones. */
  exists(): boolean {
    const directory = this.#processDirectory();
    return directory !== undefined && existsSync(directory);
  }

  /** Pids on the host of all processes, those of groups made inside included. */
  processes(): readonly number[] {
    const directory = this.#processDirectory();
    return directory === undefined ? [] : [...new Set(processesBelow(directory))];
  }

  /** Stops all processes; resolves when they stand still. */
  async freeze(): Promise<void> {
    await this.#setFrozen(true);
  }

  async thaw(): Promise<void> {
    await this.#setFrozen(false);
  }

  isFrozen(): boolean {
    if (this.layout.mode === 'v2') return /^frozen 1$/m.test(this.read('freezer', 'cgroup.events') ?? '');
    return this.read('freezer', 'freezer.state') === 'FROZEN';
  }

  /** Kills every process in the group and below. @returns how many there were */
  kill(): number {
    const pids = this.processes();
    for (const pid of pids) killProcess(pid);
    return pids.length;
  }

  /** Removes the directories that are left, deepest first. @returns false when one is still in use */
  remove(): boolean {
    return this.directories.map(removeBelow).every(Boolean);
  }

  #processDirectory(): string | undefined {
    if (this.layout.mode === 'v2') return this.directory('');
    const controllers = ['pids', 'memory', 'freezer', 'name=systemd'];
    return controllers.map((controller) => this.directory(controller)).find((directory) => directory !== undefined);
  }

  async #setFrozen(frozen: boolean): Promise<void> {
    this.#write(frozen);
    const end = Date.now() + freezeTimeoutMs;
    for (let round = 1; this.isFrozen() !== frozen; round += 1) {
      if (Date.now() > end) {
        if (frozen) this.#write(false);
        throw new EngineError('deadlineExceeded', `cannot ${frozen ? 'pause' : 'resume'}: timed out`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      if (!frozen || this.layout.mode === 'v2') continue;
      // A version 1 freezer stays half frozen when a process forks meanwhile: writing again takes the newcomers. Some
      // kernels never finish without a thaw in between.
      if (round % roundsToThaw === 0) this.#write(false);
      this.#write(true);
    }
  }

  #write(frozen: boolean): void {
    if (this.layout.mode === 'v2') this.write('freezer', 'cgroup.freeze', frozen ? '1' : '0');
    else this.write('freezer', 'freezer.state', frozen ? 'FROZEN' : 'THAWED');
  }
}

function processesBelow(directory: string): readonly number[] {
  try {
    const own = readFileSync(`${directory}/cgroup.procs`, 'utf8')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0);
    const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...own, ...below.flatMap((entry) => processesBelow(`${directory}/${entry.name}`))];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function removeBelow(directory: string): boolean {
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) removeBelow(`${directory}/${entry.name}`);
    }
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENODEV' || code === 'ENOTDIR';
}
