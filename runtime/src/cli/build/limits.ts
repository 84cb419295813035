// What the container of each RUN may have: docker's flags, and what they ask of the engine.

import type { BuildLimits } from '../../spec/api/builds.ts';
import { parseUlimit } from '../../text/values.ts';
import type { Values } from '../flags/types.ts';
import { list, string } from '../flags/types.ts';
import { limitFlags as runFlags } from '../run/flags.ts';

export const limitFlags = {
  'cgroup-parent': string('', 'Set the parent cgroup for the RUN instructions during build'),
  'cpu-period': runFlags['cpu-period'],
  'cpu-quota': runFlags['cpu-quota'],
  'cpu-shares': runFlags['cpu-shares'],
  'cpuset-cpus': runFlags['cpuset-cpus'],
  'cpuset-mems': runFlags['cpuset-mems'],
  memory: runFlags.memory,
  'memory-swap': runFlags['memory-swap'],
  ulimit: list('', 'Ulimit options', {
    type: 'ulimit',
    check: (text) => {
      parseUlimit(text);
      return text;
    },
  }),
};

/** Only what was given. */
export function limitsOf(given: Values<typeof limitFlags>): BuildLimits {
  const numbers = {
    CpuPeriod: given['cpu-period'],
    CpuQuota: given['cpu-quota'],
    CpuShares: given['cpu-shares'],
    Memory: given.memory,
    MemorySwap: given['memory-swap'],
  };
  const texts = {
    CgroupParent: given['cgroup-parent'],
    CpusetCpus: given['cpuset-cpus'],
    CpusetMems: given['cpuset-mems'],
  };
  const isGiven = ([, value]: readonly [string, string | number | undefined]) => value !== undefined && value !== '';
  return {
    ...(Object.fromEntries([...Object.entries(numbers), ...Object.entries(texts)].filter(isGiven)) as BuildLimits),
    ...(given.ulimit.length === 0 ? {} : { Ulimits: given.ulimit.map(parseUlimit) }),
  };
}
