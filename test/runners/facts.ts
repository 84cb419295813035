// A machine for tests of what is pure: everything can be limited, two processors, the engine holds all capabilities.

import { capabilitiesOfMask } from '../../runtime/src/runners/linux/capabilities.ts';
import type { HostFacts } from '../../runtime/src/runners/linux/probe.ts';

export const machine: HostFacts = {
  cgroups: { mode: 'v1', base: '', hierarchies: [], unifiedControllers: [] },
  support: {
    memory: true,
    swap: true,
    memoryReservation: true,
    swappiness: true,
    oomKillDisable: true,
    pids: true,
    cpuShares: true,
    cpuCfs: true,
    cpuRealtime: false,
    cpuset: true,
    blkioWeight: true,
    blkioWeightDevice: true,
    blkioThrottle: true,
  },
  capabilities: capabilitiesOfMask('1fffeffffff'),
  rlimits: new Map([['nofile', { soft: 1024, hard: 20_000 }]]),
  oomScoreAdj: 0,
  rights: {
    isMachineRoot: true,
    ids: {
      uids: [{ first: 0, outside: 0, count: 4294967295 }],
      gids: [{ first: 0, outside: 0, count: 4294967295 }],
    },
  },
  cpus: '0-1',
  mems: '0',
  cpuCount: 2,
  memoryTotal: 2 ** 34,
  arch: 'amd64',
  kernel: [6, 1],
  thermalPaths: [],
};

/** The same machine without any limit. */
export const poorMachine: HostFacts = {
  ...machine,
  support: Object.fromEntries(
    Object.keys(machine.support).map((name) => [name, false]),
  ) as unknown as HostFacts['support'],
};
