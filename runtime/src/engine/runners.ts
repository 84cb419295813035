// What runs containers here: OCI runtimes where Linux lets us, and WebAssembly beside them or alone.

import { RunnerByRuntime } from '../runners/by-runtime.ts';
import { createWasmRunner, type WasmRunnerOptions } from '../runners/wasm/runner.ts';
import { wasmRuntime, wasmRuntimes } from '../runners/wasm/runtime-name.ts';
import type { UserNetwork } from '../host/portable/network/user-network.ts';
import type { Runner } from '../runners/runner.ts';
import { type Platform, wasmPlatform } from '../spec/platform.ts';
import { EngineError } from '../spec/errors.ts';
import type { EngineOptions } from './config.ts';
import type { LinuxParts, MachineFacts, Runtimes } from './linux-runner.ts';

/** What the lightweight mode stands on; how threads are made and where files lie is the host's. */
export interface WasmParts extends Omit<WasmRunnerOptions, 'host' | 'logger'> {
  readonly networks: UserNetwork;
}

export interface Made {
  readonly runner: Runner;
  readonly runtimes: Runtimes;
  readonly facts: MachineFacts;
  /** What the engine holds, where that says anything. */
  readonly capabilities: readonly string[] | undefined;
  /** Begins what the first start would wait for. */
  warmUp(): void;
}

/** Whether containers are WebAssembly only. */
export function isWasmOnly({ config }: Pick<EngineOptions, 'config'>): boolean {
  return config.mode === 'wasm';
}

/** What is run when nobody says otherwise, and what besides. */
export function platformsOf(options: EngineOptions): {
  readonly platform: Platform;
  readonly others: readonly Platform[];
} {
  if (isWasmOnly(options)) return { platform: wasmPlatform, others: [] };
  const platform = { os: 'linux', architecture: linuxOf(options).architecture() };
  return { platform, others: options.wasm === undefined ? [] : [wasmPlatform] };
}

/** @throws EngineError unavailable when nothing can be run here */
export async function makeRunner(options: EngineOptions): Promise<Made> {
  const { host, logger, wasm } = options;
  const light =
    wasm === undefined ? undefined : createWasmRunner({ ...wasm, host, logger: logger.child({ room: 'runner' }) });
  if (isWasmOnly(options)) {
    if (light === undefined || wasm === undefined) {
      throw new EngineError('unavailable', 'this build has no lightweight mode');
    }
    const runtimes = { found: new Map(wasmEntries), default: wasmRuntime };
    const facts = lightFacts(wasm);
    // Beside what the engine itself has still to do until it stands.
    wasm.warmUp?.();
    return { runner: light, runtimes, facts, capabilities: undefined, warmUp: () => undefined };
  }
  const parts = linuxOf(options);
  const runtimes = parts.findRuntimes(options.config);
  const linux = await parts.makeLinuxRunner(options, runtimes);
  const common = {
    facts: parts.machineFacts(linux),
    capabilities: linux.facts.capabilities,
    warmUp: () => linux.warmUp(),
  };
  if (light === undefined) return { runner: linux, runtimes, ...common };
  const found = new Map([...runtimes.found, ...wasmEntries]);
  return { runner: new RunnerByRuntime(linux, light), runtimes: { ...runtimes, found }, ...common };
}

/** @throws EngineError unavailable */
function linuxOf({ linux }: EngineOptions): LinuxParts {
  if (linux === undefined) throw new EngineError('unavailable', 'this build runs containers of WebAssembly only');
  return linux;
}

/** They are no programs: as dockerd shows runtimes that shims bring. */
const wasmEntries = wasmRuntimes.map((name) => [name, { path: name, args: [] }] as const);

/** Where no kernel limits anything, the engine does. */
function lightFacts({ machine }: WasmParts): MachineFacts {
  return {
    arch: 'wasm',
    cpuCount: machine.cpuCount,
    memoryTotal: machine.memoryTotal,
    cgroupVersion: 2,
    cgroupDriver: 'none',
    rootDriver: wasmRuntime,
    userAttributes: true,
    limits: {
      memory: true,
      swap: false,
      oomKillDisable: false,
      pids: true,
      cpuShares: false,
      cpuCfs: true,
      cpuset: false,
      blkioWeight: false,
    },
    hasAppArmor: false,
  };
}
