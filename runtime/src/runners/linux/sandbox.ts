// One running container: its first process through the shim, its control group, its execs, and how all of it ends.

import type { Kernel } from '../../host/kernel.ts';
import { EngineError } from '../../spec/errors.ts';
import type { HostConfig } from '../../spec/api/containers.ts';
import type {
  AttachStreams,
  ExecSpec,
  Sandbox,
  SandboxExit,
  SandboxProcess,
  SandboxStats,
  SandboxStdio,
} from '../runner.ts';
import { CgroupGroup } from './cgroup-group.ts';
import { updateLimits } from './cgroup-update.ts';
import { dnsRedirect } from './dns-redirect.ts';
import { endGroup } from './end-group.ts';
import { createExec } from './exec.ts';
import type { LazyExec } from './lazy-exec.ts';
import type { RuntimeSpec } from './oci-runtime-spec.ts';
import type { MoveWarmer } from './move-warmer.ts';
import type { HostFacts } from './probe.ts';
import type { ProcessGroup } from './process-group.ts';
import { checkLimits } from './limits.ts';
import type { RunFolder } from './run-folder.ts';
import type { Runtime } from './runtimes.ts';
import type { ShimProcess } from './shim-process.ts';
import { readStats } from './stats.ts';

export interface SandboxParts {
  readonly id: string;
  readonly folder: RunFolder;
  readonly group: ProcessGroup;
  readonly kernel: Kernel;
  readonly facts: HostFacts;
  readonly warmer: MoveWarmer;
  readonly runtime: Runtime;
  readonly execRoot: string;
  /** The document it was started from. */
  readonly spec: RuntimeSpec;
  readonly hostConfig: HostConfig;
  readonly process: ShimProcess;
  readonly execs?: ReadonlyMap<string, ShimProcess>;
  /** Removes mounts, namespace and folder once nothing runs. */
  readonly release: () => Promise<void>;
}

export class LinuxSandbox implements Sandbox {
  readonly #parts: SandboxParts;
  readonly #execs: Map<string, ShimProcess | LazyExec>;
  #dns: Promise<void> | undefined;
  #destroyed: Promise<void> | undefined;

  constructor(parts: SandboxParts) {
    this.#parts = parts;
    this.#execs = new Map(parts.execs);
    for (const [id, exec] of parts.execs ?? []) if (!exec.hasEnded) this.#forgetAtEnd(id, exec);
  }

  get exited(): Promise<SandboxExit> {
    return this.#parts.process.exited;
  }

  get execs(): ReadonlyMap<string, SandboxProcess> {
    return this.#execs;
  }

  /** Host's pids of its own first process and those of its execs, while they run. */
  get firsts(): readonly number[] {
    const pids = [this.#parts.process, ...this.#execs.values()].map(({ pid }) => pid);
    return pids.filter((pid) => pid !== undefined);
  }

  /** Host's pid of the first process while it runs. */
  get pid(): number | undefined {
    return this.#parts.process.pid;
  }

  run(): Promise<{ readonly pid: number }> {
    return this.#parts.process.run();
  }

  attach(streams: AttachStreams): Promise<SandboxStdio> {
    return this.#parts.process.attach(streams);
  }

  async signal(signal: number): Promise<void> {
    await this.#parts.process.signal(signal);
  }

  resize(rows: number, columns: number): Promise<void> {
    return this.#parts.process.resize(rows, columns);
  }

  async pause(): Promise<void> {
    this.#requirePid();
    await this.#parts.group.freeze();
  }

  async resume(): Promise<void> {
    this.#requirePid();
    await this.#parts.group.thaw();
  }

  async update(hostConfig: HostConfig): Promise<void> {
    this.#requirePid();
    const { facts, group } = this.#parts;
    const { limits } = checkLimits(hostConfig, facts, true);
    // Without control groups nothing is left of them.
    if (group instanceof CgroupGroup) updateLimits(group, limits);
    await Promise.resolve();
  }

  stats(): Promise<SandboxStats> {
    const { group, facts, process, spec } = this.#parts;
    const hostNetwork = spec.linux.namespaces.every((namespace) => namespace.type !== 'network');
    const networkPid = hostNetwork ? undefined : process.pid;
    return Promise.resolve(readStats({ group, memoryTotal: facts.memoryTotal, networkPid }));
  }

  processes(): Promise<readonly number[]> {
    return Promise.resolve(this.#parts.group.processes());
  }

  async exec(spec: ExecSpec): Promise<SandboxProcess> {
    this.#parts.warmer.expectMove();
    const process = await createExec(spec, { ...this.#parts, pid: this.#requirePid() });
    this.#execs.set(spec.execId, process);
    this.#forgetAtEnd(spec.execId, process);
    return process;
  }

  openDns(daemonSocket: string): Promise<void> {
    this.#dns ??= this.#openDns(daemonSocket).catch((error: unknown) => {
      this.#dns = undefined;
      throw error;
    });
    return this.#dns;
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy().catch((error: unknown) => {
      this.#destroyed = undefined;
      throw error;
    });
    return this.#destroyed;
  }

  async #openDns(daemonSocket: string): Promise<void> {
    const { process, kernel, folder } = this.#parts;
    const ports = await process.openDns(folder.netns, daemonSocket);
    await kernel.nft(dnsRedirect(ports), folder.netns);
  }

  async #destroy(): Promise<void> {
    const { process, group, release } = this.#parts;
    // After an orderly end the shim has removed the group.
    if (!process.hasEnded || group.exists()) await endGroup(group);
    if (!process.hasEnded) process.close();
    for (const exec of this.#execs.values()) await exec.abandon();
    await release();
  }

  #forgetAtEnd(execId: string, process: SandboxProcess): void {
    void process.exited.then(() => this.#execs.delete(execId));
  }

  #requirePid(): number {
    const { pid } = this.#parts.process;
    if (pid === undefined) throw new EngineError('conflict', `container ${this.#parts.id} is not running`);
    return pid;
  }
}
