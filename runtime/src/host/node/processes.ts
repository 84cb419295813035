// Processes told apart for good, by /proc.

import { readFileSync } from 'node:fs';

/** Start time of a process in clock ticks since boot; undefined when there is none (a zombie counts as none). */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
