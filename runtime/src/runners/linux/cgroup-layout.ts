// Where the control groups of this host are: version 1 (a mount per hierarchy), hybrid (version 1 with a version 2 tree
// beside it) or version 2 alone, and whether this process may make groups there at all: an ordinary user may not, but below
// a group of version 2 that was delegated to them. Everything that reads or writes cgroup files finds them through here.

import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { MountInfo } from './mount-info.ts';

export interface Hierarchy {
  readonly mountPoint: string;
  /** `memory`, `cpu` …; `name=systemd` for a named one. */
  readonly controllers: readonly string[];
}

export interface CgroupLayout {
  /** `none`: there are none, or nothing may be made in them. */
  readonly mode: 'v1' | 'hybrid' | 'v2' | 'none';
  /** The group that all of ours are made in: '' for the root, else an absolute path without a slash at its end. */
  readonly base: string;
  /** Version 1 hierarchies; empty on version 2. */
  readonly hierarchies: readonly Hierarchy[];
  /** Mount point of the version 2 tree. */
  readonly unified?: string;
  /** Controllers that the version 2 tree owns; of a delegated group those that were delegated. */
  readonly unifiedControllers: readonly string[];
}

const flags = new Set(['rw', 'ro', 'noprefix', 'xattr', 'all', 'none', 'clone_children', 'cpuset_v2_mode']);

/** What a host looks like to whoever may make no groups. */
const noGroups: CgroupLayout = { mode: 'none', base: '', hierarchies: [], unifiedControllers: [] };

/**
 * Reads the layout off the mount table.
 * @param ownGroups /proc/self/cgroup, which tells what may have been delegated to this process
 */
export function readCgroupLayout(mounts: readonly MountInfo[], ownGroups: string): CgroupLayout {
  const hierarchies = mounts
    .filter((mount) => mount.type === 'cgroup')
    .map((mount) => ({
      mountPoint: mount.mountPoint,
      controllers: mount.superOptions.filter((option) => !flags.has(option) && !option.startsWith('release_agent=')),
    }));
  const unified = mounts.find((mount) => mount.type === 'cgroup2')?.mountPoint;
  if (hierarchies.length > 0) return versionOne(hierarchies, unified);
  // Another mount may lie over it.
  if (unified === undefined || !existsSync(`${unified}/cgroup.controllers`)) return noGroups;
  const base = findBase(unified, ownGroups);
  if (base === undefined) return noGroups;
  return { mode: 'v2', base, hierarchies, unified, unifiedControllers: controllersIn(unified + base) };
}

function versionOne(hierarchies: readonly Hierarchy[], unified: string | undefined): CgroupLayout {
  if (!hierarchies.every(({ mountPoint }) => isWritable(mountPoint))) return noGroups;
  if (unified === undefined) return { mode: 'v1', base: '', hierarchies, unifiedControllers: [] };
  return { mode: 'hybrid', base: '', hierarchies, unified, unifiedControllers: controllersIn(unified) };
}

/** The root, else what was delegated: the group above that of this process, which holds nobody then, or its own. */
function findBase(unified: string, ownGroups: string): string | undefined {
  if (isWritable(unified)) return '';
  const own = /^0::(\/.+)$/m.exec(ownGroups)?.[1];
  if (own === undefined) return undefined;
  const candidates = [posix.dirname(own), own];
  return candidates.find((group) => isWritable(unified + group) && isWritable(`${unified}${group}/cgroup.procs`));
}

function controllersIn(directory: string): readonly string[] {
  return readFileSync(`${directory}/cgroup.controllers`, 'utf8').split(/\s+/).filter(Boolean);
}

/**
 * Lets groups below the delegated one be limited. @returns the layout with the controllers that are to be had: none while
 * processes are in the delegated group itself
 */
export function enableControllers(layout: CgroupLayout): CgroupLayout {
  if (layout.base === '') return layout;
  const file = `${layout.unified ?? ''}${layout.base}/cgroup.subtree_control`;
  const unifiedControllers = layout.unifiedControllers.filter((name) => {
    try {
      writeFileSync(file, `+${name}`);
      return true;
    } catch {
      return false;
    }
  });
  return { ...layout, unifiedControllers };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
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
