// What of HostConfig limits the processes of a container.

import type { ProcessLimits } from '../../../../wasm/src/processes/contract.ts';
import type { HostConfig } from '../../spec/api/containers.ts';

const defaultPeriodUs = 100_000;

/** Zero and below mean no limit, as in Docker. */
export function limitsOf({ Memory, PidsLimit, NanoCpus, CpuQuota, CpuPeriod }: HostConfig): ProcessLimits {
  const cpus =
    positive(NanoCpus) !== undefined
      ? (NanoCpus ?? 0) / 1e9
      : positive(CpuQuota) !== undefined
        ? (CpuQuota ?? 0) / (positive(CpuPeriod) ?? defaultPeriodUs)
        : undefined;
  return { memoryBytes: positive(Memory), pids: positive(PidsLimit), cpus };
}

function positive(value: number | null | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}
