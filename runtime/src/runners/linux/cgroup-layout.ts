// Where the control groups of this host are: version 1 (a mount per hierarchy), hybrid (version 1 with a version 2 tree
// beside it) or version 2 alone. Everything that reads or writes cgroup files finds them through here.

import { existsSync, readFileSync } from 'node:fs';
import type { MountInfo } from './mount-info.ts';

export interface Hierarchy {
  readonly mountPoint: string;
  /** `memory`, `cpu` …; `name=systemd` for a named one. */
  readonly controllers: readonly string[];
}

export interface CgroupLayout {
  readonly mode: 'v1' | 'hybrid' | 'v2' | 'none';
  /** Version 1 hierarchies; empty on version 2. */
  readonly hierarchies: readonly Hierarchy[];
  /** Mount point of the version 2 tree. */
  readonly unified?: string;
  /** Controllers that the version 2 tree owns. */
  readonly unifiedControllers: readonly string[];
}

const flags = new Set(['rw', 'ro', 'noprefix', 'xattr', 'all', 'none', 'clone_children', 'cpuset_v2_mode']);

/** Reads the layout off the mount table. */
export function readCgroupLayout(mounts: readonly MountInfo[]): CgroupLayout {
  const hierarchies = mounts
    .filter((mount) => mount.type === 'cgroup')
    .map((mount) => ({
      mountPoint: mount.mountPoint,
      controllers: mount.superOptions.filter((option) => !flags.has(option) && !option.startsWith('release_agent=')),
    }));
  const unified = mounts.find((mount) => mount.type === 'cgroup2')?.mountPoint;
  if (unified === undefined)
    return { mode: hierarchies.length === 0 ? 'none' : 'v1', hierarchies, unifiedControllers: [] };
  const unifiedControllers = readFileSync(`${unified}/cgroup.controllers`, 'utf8').split(/\s+/).filter(Boolean);
  return { mode: hierarchies.length === 0 ? 'v2' : 'hybrid', hierarchies, unified, unifiedControllers };
}

/** The directories of one group (absolute path as in the OCI document) in all hierarchies, whether they exist or not. */
export function groupDirectories(layout: CgroupLayout, group: string): readonly string[] {
  const roots = layout.hierarchies.map((hierarchy) => hierarchy.mountPoint);
  return [...new Set(layout.unified === undefined ? roots : [...roots, layout.unified])].map((root) => root + group);
}

/** Directory of the group for a controller; undefined when the host has none. */
export function controllerDirectory(layout: CgroupLayout, controller: string, group: string): string | undefined {
  if (layout.mode === 'v2') return layout.unified === undefined ? undefined : layout.unified + group;
  const found = layout.hierarchies.find((hierarchy) => hierarchy.controllers.includes(controller));
  return found === undefined ? undefined : found.mountPoint + group;
}

/** True when the root of the hierarchy shows `file` for a controller, which tells what the kernel can limit. */
export function hasFile(layout: CgroupLayout, controller: string, file: string): boolean {
  const directory = controllerDirectory(layout, controller, '');
  return directory !== undefined && existsSync(`${directory}/${file}`);
}
