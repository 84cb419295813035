// The end of all processes of a container: kill, thaw, wait, remove their group.

import { EngineError } from '../../spec/errors.ts';
import type { ProcessGroup } from './process-group.ts';

const pollMs = 2;
const timeoutMs = 10_000;

/**
 * Kills what runs in the group until it is empty, and removes it.
 * @throws EngineError deadlineExceeded when a process cannot be killed
 */
export async function endGroup(group: ProcessGroup): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!group.remove()) {
    group.kill();
    // The frozen die only once they are thawed.
    if (group.isFrozen()) await group.thaw();
    if (Date.now() > end) throw new EngineError('deadlineExceeded', 'processes of the container cannot be killed');
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
