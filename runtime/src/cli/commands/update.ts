// `update`.

import type { Resources, RestartPolicy } from '../../spec/api/containers.ts';
import { command } from '../command.ts';
import { string } from '../flags/types.ts';
import { limitFlags } from '../run/flags.ts';
import { parseRestart } from '../../text/values.ts';
import { forEach } from './each.ts';

export const update = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  args: { min: 1 },
  completes: 'containers',
  flags: { ...limitFlags, restart: string('', 'Restart policy to apply when a container exits') },
  async run({ args, flags, changed, session }) {
    if (changed.size === 0) throw new Error('you must provide one or more flags when using this command');
    const body: Resources & { RestartPolicy?: RestartPolicy } = {
      BlkioWeight: flags['blkio-weight'] ?? 0,
      CpusetCpus: flags['cpuset-cpus'],
      CpusetMems: flags['cpuset-mems'],
      CpuShares: flags['cpu-shares'] ?? 0,
      Memory: flags.memory ?? 0,
      MemoryReservation: flags['memory-reservation'] ?? 0,
      MemorySwap: flags['memory-swap'] ?? 0,
      CpuPeriod: flags['cpu-period'] ?? 0,
      CpuQuota: flags['cpu-quota'] ?? 0,
      CpuRealtimePeriod: flags['cpu-rt-period'] ?? 0,
      CpuRealtimeRuntime: flags['cpu-rt-runtime'] ?? 0,
      NanoCpus: flags.cpus ?? 0,
      ...(flags['pids-limit'] === undefined ? {} : { PidsLimit: flags['pids-limit'] }),
      ...(flags.restart === '' ? {} : { RestartPolicy: parseRestart(flags.restart) }),
    };
    const client = await session.client();
    return await forEach(session, args, async (name) => {
      const { Warnings } = await client.containers.update(name, body);
      for (const warning of Warnings ?? []) session.warn(warning);
      return name;
    });
  },
});
