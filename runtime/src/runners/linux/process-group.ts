// All processes of one container, taken together: a control group where the host gives one, else what descends from the
// container's own processes.

import { posix } from 'node:path';
import { CgroupGroup } from './cgroup-group.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import { ProcessTree, type ProcessTreeOptions } from './process-tree.ts';

export interface ProcessGroup {
  /** As in the OCI document; '' without control groups. */
  readonly path: string;
  /** Control groups that go with the container, whether they exist or not. */
  readonly directories: readonly string[];
  /** Whether processes may be left once the first one has ended. */
  exists(): boolean;
  /** Pids on the host of all processes. */
  processes(): readonly number[];
  /** Stops all processes; resolves when they stand still. @throws EngineError deadlineExceeded */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  isFrozen(): boolean;
  /** Kills every process. @returns how many there were */
  kill(): number;
  /** Removes what is left of the group. @returns false while a process is in it */
  remove(): boolean;
}

/**
 * The group of a container.
 * @param path its path in the OCI document, below the host's base; without control groups it means nothing
 */
export function processGroup(layout: CgroupLayout, path: string, tree: ProcessTreeOptions): ProcessGroup {
  return layout.mode === 'none' ? new ProcessTree(tree) : new CgroupGroup(layout, path);
}

/** Path of a container's group; never above the base, whatever CgroupParent says. */
export function groupPath(layout: CgroupLayout, parent: string, id: string): string {
  return layout.mode === 'none' ? '' : layout.base + posix.join('/', parent, id);
}
