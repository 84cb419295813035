// The shims that an engine's containers are held by, whether that engine runs or not.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Process ids of those of running containers. */
export function runningShims(execRoot: string): readonly number[] {
  let folders: string[] = [];
  try {
    folders = readdirSync(join(execRoot, 'c'));
  } catch {
    // Nothing has run yet.
  }
  return folders
    .map((folder) => Number(textOf(join(execRoot, 'c', folder, 'shim.pid'))))
    .filter((pid) => pid > 1 && isShim(pid));
}

/** The number of one that has ended may be a stranger's by now. */
function isShim(pid: number): boolean {
  return textOf(`/proc/${pid}/comm`) === 'coracle-shim';
}

/** '' of a file that is not there. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
