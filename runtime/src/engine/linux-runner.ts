// The runner of this machine: which OCI runtimes there are, which is the default, and what the probe found, in the words
// that /info and doctor use.

import type { Host } from '../host/host.ts';
import type { Kernel } from '../host/kernel.ts';
import { firstExisting } from '../runners/linux/first-existing.ts';
import { architecture } from '../runners/linux/probe.ts';
import { createLinuxRunner, type LinuxRunner } from '../runners/linux/runner.ts';
import { EngineError } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import type { EngineConfig } from './config.ts';
import type { Machine } from './info.ts';

export interface Runtimes {
  readonly found: ReadonlyMap<string, { readonly path: string; readonly args: readonly string[] }>;
  readonly default: string;
}

/** In order of preference. */
const known = ['crun', 'runc', 'runsc'];

/**
 * Configured runtimes and those on the search path.
 * @throws EngineError unavailable when there is none, invalidParameter when the default is not among them
 */
export function findRuntimes(config: EngineConfig): Runtimes {
  const found = new Map<string, { readonly path: string; readonly args: readonly string[] }>();
  for (const name of known) {
    const path = firstExisting(config.searchPath.map((folder) => `${folder}/${name}`));
    if (path !== undefined) found.set(name, { path, args: [] });
  }
  for (const [name, { path, runtimeArgs }] of Object.entries(config.runtimes)) {
    found.set(name, { path, args: runtimeArgs ?? [] });
  }
  const wanted = config.defaultRuntime ?? known.find((name) => found.has(name)) ?? [...found.keys()][0];
  if (wanted === undefined) {
    throw new EngineError('unavailable', 'no OCI runtime found: install crun or runc, or name one with --add-runtime');
  }
  if (!found.has(wanted)) {
    throw new EngineError('invalidParameter', `specified default runtime '${wanted}' does not exist`);
  }
  return { found, default: wanted };
}

export async function makeLinuxRunner(
  parts: { readonly host: Host; readonly kernel: Kernel; readonly logger: Logger; readonly config: EngineConfig },
  runtimes: Runtimes,
): Promise<LinuxRunner> {
  const { host, kernel, logger, config } = parts;
  return createLinuxRunner({
    host,
    kernel,
    execRoot: config.execRoot,
    dataRoot: config.dataRoot,
    storageDriver: config.storageDriver,
    searchPath: config.searchPath,
    runtimes: Object.fromEntries(runtimes.found),
    defaultRuntime: runtimes.default,
    cgroupParent: '/coracle',
    initPaths: config.initPaths,
    logger: logger.child({ room: 'runner' }),
  });
}

/** The path of the init binary that `--init` takes, '' without one. */
export function initBinary(config: EngineConfig): string {
  return firstExisting(config.initPaths) ?? '';
}

/** Whether a program of that name is on the search path. */
export function hasProgram(config: EngineConfig, name: string): boolean {
  return firstExisting(config.searchPath.map((folder) => `${folder}/${name}`)) !== undefined;
}

export type MachineFacts = Omit<
  Machine,
  'id' | 'name' | 'kernelVersion' | 'operatingSystem' | 'osVersion' | 'osRelease' | 'machine' | 'backingFilesystem'
>;

export function machineFacts({ facts, rootDriver, rootRefusal }: LinuxRunner): MachineFacts {
  const { support } = facts;
  return {
    arch: facts.arch,
    cpuCount: facts.cpuCount,
    memoryTotal: facts.memoryTotal,
    cgroupVersion: facts.cgroups.mode === 'v2' ? 2 : 1,
    cgroupDriver: facts.cgroups.mode === 'none' ? 'none' : 'cgroupfs',
    rootDriver,
    ...(rootRefusal === undefined ? {} : { rootRefusal }),
    userAttributes: !facts.rights.isMachineRoot,
    limits: {
      memory: support.memory,
      swap: support.swap,
      oomKillDisable: support.oomKillDisable,
      pids: support.pids,
      cpuShares: support.cpuShares,
      cpuCfs: support.cpuCfs,
      cpuset: support.cpuset,
      blkioWeight: support.blkioWeight,
    },
    hasAppArmor: facts.appArmorProfiles !== undefined,
  };
}

/** All that an engine needs for native containers; handed to it, since it is built for hosts without Linux too. */
export const linuxParts = {
  architecture,
  findRuntimes,
  makeLinuxRunner,
  machineFacts,
  initBinary,
  hasProgram,
} as const;
export type LinuxParts = typeof linuxParts;
