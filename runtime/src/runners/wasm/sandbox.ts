// One running container of WebAssembly: its processes, its root, its network, and how all of it ends.

import type { Processes, ProcessState, ProgramSpec } from '../../../../wasm/src/processes/contract.ts';
import type { Host } from '../../host/host.ts';
import type { WritableRoot } from '../../host/portable/contract.ts';
import type { HostConfig } from '../../spec/api/containers.ts';
import { EngineError } from '../../spec/errors.ts';
import type {
  AttachStreams,
  ExecSpec,
  NetworkCounters,
  ProcessTable,
  Sandbox,
  SandboxExit,
  SandboxProcess,
  SandboxStats,
  SandboxStdio,
} from '../runner.ts';
import { checkWasmSettings } from './check.ts';
import { limitsOf } from './limits.ts';
import { WasmProcess } from './process.ts';
import { processTable } from './process-table.ts';
import { type Users, withHome, type WasmUser } from './user.ts';

export interface MachineUse {
  readonly cpuCount: number;
  readonly memoryTotal: number;
  /** All that processors of this machine have done since some moment, idling included. */
  systemCpuNs(): bigint;
}

export interface WasmSandboxParts {
  readonly id: string;
  readonly host: Pick<Host, 'clock'>;
  readonly machine: MachineUse;
  /** `opened` once it runs. */
  readonly processes: { readonly opened: Processes | undefined };
  readonly root: WritableRoot;
  readonly first: WasmProcess;
  readonly user: WasmUser;
  /** Finds those of execs. */
  readonly users: Users;
  readonly hostConfig: HostConfig;
  readonly counters: () => Readonly<Record<string, NetworkCounters>>;
  /** Lets go of root and network once nothing runs. */
  readonly release: () => Promise<void>;
}

export class WasmSandbox implements Sandbox {
  readonly endsWithEngine = true;
  readonly #parts: WasmSandboxParts;
  readonly #execs = new Map<string, WasmProcess>();
  #hostConfig: HostConfig;
  #destroyed: Promise<void> | undefined;

  constructor(parts: WasmSandboxParts) {
    this.#parts = parts;
    this.#hostConfig = parts.hostConfig;
  }

  get exited(): Promise<SandboxExit> {
    return this.#parts.first.exited;
  }

  get execs(): ReadonlyMap<string, SandboxProcess> {
    return this.#execs;
  }

  run(): Promise<{ readonly pid: number }> {
    return this.#parts.first.run();
  }

  attach(streams: AttachStreams): Promise<SandboxStdio> {
    return this.#parts.first.attach(streams);
  }

  async signal(signal: number): Promise<void> {
    await this.#parts.first.signal(signal);
  }

  resize(rows: number, columns: number): Promise<void> {
    return this.#parts.first.resize(rows, columns);
  }

  async pause(): Promise<void> {
    await this.#running().pause();
  }

  async resume(): Promise<void> {
    await this.#running().resume();
  }

  async update(hostConfig: HostConfig): Promise<void> {
    const processes = this.#running();
    const next = { ...this.#hostConfig, ...hostConfig };
    checkWasmSettings({}, next);
    await processes.setLimits(limitsOf(next));
    this.#hostConfig = next;
  }

  async stats(): Promise<SandboxStats> {
    const { machine, counters } = this.#parts;
    const { cpuNs, memoryBytes, processes: current } = await this.#running().usage();
    const limits = limitsOf(this.#hostConfig);
    return {
      cpuTotalNs: cpuNs,
      cpuKernelNs: 0n,
      cpuUserNs: cpuNs,
      perCpuNs: [],
      onlineCpus: machine.cpuCount,
      systemCpuNs: machine.systemCpuNs(),
      throttling: { periods: 0, throttledPeriods: 0, throttledNs: 0n },
      memory: {
        usage: memoryBytes,
        maxUsage: 0,
        limit: limits.memoryBytes ?? machine.memoryTotal,
        failures: 0,
        stats: {},
      },
      pids: { current, limit: limits.pids ?? 0 },
      blkio: [],
      networks: counters(),
    };
  }

  async processes(): Promise<readonly number[]> {
    return (await this.#alive()).map(({ pid }) => pid);
  }

  async table(words: readonly string[]): Promise<ProcessTable> {
    return processTable(await this.#alive(), words, this.#parts.host.clock.now());
  }

  async exec(spec: ExecSpec): Promise<SandboxProcess> {
    const processes = this.#running();
    const { host, users, root } = this.#parts;
    const user = spec.user === '' ? this.#parts.user : await users.userOf(root, spec.user);
    const program: ProgramSpec = {
      argv: spec.argv,
      env: withHome(spec.env, user),
      workingDirectory: spec.workingDir || '/',
      uid: user.uid,
      gid: user.gid,
      stdin: spec.stdin,
    };
    const process = new WasmProcess({
      kind: 'exec',
      title: `exec ${spec.execId}`,
      argv: spec.argv,
      isTerminal: spec.terminal,
      stdin: spec.stdin,
      stdinOnce: spec.stdin,
      nowNs: () => host.clock.nowNs(),
      prepare: async (size) => {
        const terminal = spec.terminal ? { terminal: size ?? spec.consoleSize ?? noSize } : {};
        return await processes.prepare({ ...program, ...terminal });
      },
    });
    this.#execs.set(spec.execId, process);
    void process.exited.then(() => this.#execs.delete(spec.execId));
    return process;
  }

  /** Names are known to the network itself. */
  openDns(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy().catch((error: unknown) => {
      this.#destroyed = undefined;
      throw error;
    });
    return this.#destroyed;
  }

  async #destroy(): Promise<void> {
    const { processes, first, release } = this.#parts;
    await processes.opened?.[Symbol.asyncDispose]();
    for (const process of [first, ...this.#execs.values()]) await process.abandon();
    await release();
  }

  /** While programs keep the table busy what was known a moment ago is told: nothing, before anybody could look. */
  async #alive(): Promise<readonly ProcessState[]> {
    const { processes, first, host } = this.#parts;
    for (;;) {
      const found = (processes.opened?.list() ?? []).filter(({ state }) => state !== 'ended');
      if (found.length > 0 || !first.isRunning) return found;
      await host.clock.sleep(1);
    }
  }

  /** @throws EngineError conflict */
  #running(): Processes {
    const { first, id, processes } = this.#parts;
    if (first.isRunning && processes.opened !== undefined) return processes.opened;
    throw new EngineError('conflict', `container ${id} is not running`);
  }
}

/** Of a terminal whose client has not told its size yet. */
export const noSize = { rows: 24, columns: 80 };
