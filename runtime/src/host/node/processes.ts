// Processes told apart for good, by /proc where there is one.

import { readFileSync } from 'node:fs';

/** Start time of a process in clock ticks since boot; undefined when there is none (a zombie counts as none). Empty where the system does
 * not tell: then a process is known by its number alone. */
export function startTime(pid: number): string | undefined {
  if (process.platform !== 'linux') return lives(pid) ? '' : undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
