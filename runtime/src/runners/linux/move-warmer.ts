// The kernel lets a process change its control group only after a grace period of its own, 4 to 16 ms, unless somebody has
// changed one a moment before. The runtime moves each container's first process: so that it need not wait, the daemon
// begins the grace period as soon as it sees a start coming, by moving itself to where it is.

import { closeSync, openSync, readFileSync, write } from 'node:fs';
import type { CgroupLayout } from './cgroup-layout.ts';

export class MoveWarmer {
  readonly #layout: CgroupLayout;
  #isWaiting = false;

  constructor(layout: CgroupLayout) {
    this.#layout = layout;
  }

  /** Tells that a process will be moved soon. Returns at once. */
  expectMove(): void {
    if (this.#isWaiting) return;
    const file = ownProcesses(this.#layout, readFileSync('/proc/self/cgroup', 'utf8'));
    if (file === undefined) return;
    this.#isWaiting = true;
    const descriptor = openSync(file, 'r+');
    // 0 is whoever writes. One that may not write has only not been early: the runtime's own move waits as ever.
    write(descriptor, '0', () => {
      this.#isWaiting = false;
      closeSync(descriptor);
    });
  }
}

/**
 * Where this process would be put to change nothing. One hierarchy is enough: they all wait for the same.
 * @param ownGroups /proc/self/cgroup
 */
export function ownProcesses(layout: CgroupLayout, ownGroups: string): string | undefined {
  const { mode, hierarchies, unified } = layout;
  const place = unified === undefined ? hierarchies[0] : { mountPoint: unified, controllers: [] };
  if (mode === 'none' || place === undefined) return undefined;
  const line = ownGroups.split('\n').find((each) => each.split(':')[1] === place.controllers.join(','));
  return line === undefined ? undefined : `${place.mountPoint}${line.split(':').slice(2).join(':')}/cgroup.procs`;
}
