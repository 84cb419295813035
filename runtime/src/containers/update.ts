// Update: new limits and a new restart policy, of a running container at once.

import type { HostConfig } from '../spec/api/containers.ts';
import { checkRestartPolicy } from './create-checks.ts';
import { conflict, invalid } from './errors.ts';
import { cancelRestart } from './kill.ts';
import { publish, type Room } from './room.ts';

/** The fields that update knows; others in the body are not touched. */
const resourceKeys = [
  'CpuShares',
  'Memory',
  'NanoCpus',
  'BlkioWeight',
  'CpuPeriod',
  'CpuQuota',
  'CpuRealtimePeriod',
  'CpuRealtimeRuntime',
  'CpusetCpus',
  'CpusetMems',
  'MemoryReservation',
  'MemorySwap',
  'PidsLimit',
  'BlkioDeviceReadBps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteIOps',
] as const satisfies readonly (keyof HostConfig)[];

/** @throws EngineError invalidParameter for values that do not fit together, conflict while it is being removed */
export async function update(
  room: Room,
  ref: string,
  request: HostConfig,
): Promise<{ readonly Warnings: readonly string[] }> {
  const container = room.store.find(ref);
  return room.queue.run(container.id, async () => {
    if (container.removing || container.state.status === 'dead') {
      throw conflict(`Cannot update container ${container.id}: container is marked for removal and cannot be "update"`);
    }
    const before = container.record.hostConfig;
    const changes = changedResources(request);
    const policy = request.RestartPolicy;
    const hasPolicy = (policy?.Name ?? '') !== '';
    if (hasPolicy && before.AutoRemove === true && policy?.Name !== 'no') {
      throw invalid('Restart policy cannot be updated because AutoRemove is enabled for the container');
    }
    checkRestartPolicy({ RestartPolicy: policy });
    checkTogether(before, changes);
    const hostConfig: HostConfig = {
      ...before,
      ...changes,
      ...(hasPolicy
        ? { RestartPolicy: { Name: policy?.Name, MaximumRetryCount: policy?.MaximumRetryCount ?? 0 } }
        : {}),
    };
    const warnings = await room.runner.check(container.record.config, hostConfig);
    if (container.isLive && Object.keys(changes).length > 0) await container.sandbox?.update(changes);
    container.set({ hostConfig });
    await room.store.save(container, { durable: true });
    if (hasPolicy && policy?.Name === 'no') cancelRestart(room, container);
    publish(room, container, 'update');
    return { Warnings: warnings };
  });
}

function changedResources(request: HostConfig): HostConfig {
  const entries = resourceKeys
    .filter((key) => {
      const value = request[key];
      return value !== undefined && value !== null && value !== 0 && value !== '';
    })
    .map((key) => [key, request[key]] as const);
  return Object.fromEntries(entries);
}

function checkTogether(before: HostConfig, changes: HostConfig): void {
  const nano = before.NanoCpus ?? 0;
  if (nano > 0 && ((changes.CpuPeriod ?? 0) > 0 || (changes.CpuQuota ?? 0) > 0)) {
    throw conflict('Conflicting options: CPU Period/Quota cannot be updated as NanoCPUs has already been set');
  }
  if ((changes.NanoCpus ?? 0) > 0 && ((before.CpuPeriod ?? 0) > 0 || (before.CpuQuota ?? 0) > 0)) {
    throw conflict('Conflicting options: Nano CPUs cannot be updated as CPU Period/Quota has already been set');
  }
  const swap = before.MemorySwap ?? 0;
  const memory = changes.Memory ?? 0;
  if (memory > 0 && (changes.MemorySwap ?? 0) === 0 && swap > 0 && memory > swap) {
    throw invalid(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  }
}
