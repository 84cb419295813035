// The writable layer told apart: what was added, changed, removed against the image, without the empty mount points that
// the runtime left in it. `changes` shows it, `commit` packs it.

import type { Files } from '../host/host.ts';
import type { TreeEntry } from '../host/kernel.ts';
import type { BelowStat } from '../runners/runner.ts';

/** Names in overlayfs's own extended attributes. */
export const opaqueAttributes = ['trusted.overlay.opaque', 'user.overlay.opaque'];

export const Kind = { modified: 0, added: 1, deleted: 2 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export function isWhiteout(entry: TreeEntry): boolean {
  return entry.type === 'character' && entry.deviceMajor === 0 && entry.deviceMinor === 0;
}

export function isOpaque(entry: TreeEntry): boolean {
  return opaqueAttributes.some((name) => entry.xattrs.get(name)?.[0] === 0x79);
}

/** Where the runtime makes mount points of its own. */
const runtimeTargets = [
  'dev',
  'dev/console',
  'dev/mqueue',
  'dev/pts',
  'dev/shm',
  'etc/hostname',
  'etc/hosts',
  'etc/resolv.conf',
  'proc',
  'sys',
  'dev/init',
];

/** What is below a container's changes. */
export interface Lower {
  /** What the image has at a path, whose links are never followed. */
  stat(path: string): Promise<BelowStat | undefined>;
}

/** The image's layers as directories in overlayfs form. */
export class LowerLayers implements Lower {
  readonly #files: Files;
  /** Directory -> the layers that have it as a directory, top first. */
  readonly #directories = new Map<string, Promise<readonly string[]>>();

  constructor(files: Files, layers: readonly string[]) {
    this.#files = files;
    this.#directories.set('', Promise.resolve(layers));
  }

  async stat(path: string): Promise<BelowStat | undefined> {
    for (const layer of await this.#layersOf(parentOf(path))) {
      const stat = await this.#files.stat(`${layer}/${path}`);
      if (stat === undefined) continue;
      if (stat.kind === 'other' && (stat.mode & 0o777) === 0) return undefined;
      return { isDirectory: stat.kind === 'directory', mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
    }
    return undefined;
  }

  #layersOf(directory: string): Promise<readonly string[]> {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const found = this.#find(directory);
    this.#directories.set(directory, found);
    return found;
  }

  async #find(directory: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const layer of await this.#layersOf(parentOf(directory))) {
      const stat = await this.#files.stat(`${layer}/${directory}`);
      if (stat === undefined) continue;
      // Something else hides what the layers below have.
      if (stat.kind !== 'directory') break;
      found.push(layer);
    }
    return found;
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export interface Change {
  readonly entry: TreeEntry;
  readonly kind: Kind;
  /** A directory whose content in the image is hidden. */
  readonly hidesLower: boolean;
}

/**
 * The changes in the order of the walk.
 * @param mountPoints where something was mounted, beside the runtime's own
 */
export async function layerChanges(
  entries: AsyncIterable<TreeEntry>,
  lower: Lower,
  mountPoints: readonly string[] = [],
): Promise<readonly Change[]> {
  const targets = new Set([...runtimeTargets, ...mountPoints]);
  const changes: Change[] = [];
  /** Directories that are there only because something was mounted below. */
  const touched = new Set<string>();
  for await (const entry of entries) {
    if (entry.path === '') continue;
    const below = await lower.stat(entry.path);
    if (isWhiteout(entry)) {
      if (below !== undefined) changes.push({ entry, kind: Kind.deleted, hidesLower: false });
      continue;
    }
    if (below === undefined && targets.has(entry.path) && isEmpty(entry)) {
      for (let path = parentOf(entry.path); path !== ''; path = parentOf(path)) touched.add(path);
      if (entry.type !== 'directory') continue;
      touched.add(entry.path);
    }
    const kind = below === undefined ? Kind.added : Kind.modified;
    changes.push({ entry, kind, hidesLower: isOpaque(entry) && below?.isDirectory === true });
  }
  return await withoutTouched(changes, lower, touched);
}

function isEmpty(entry: TreeEntry): boolean {
  return entry.type === 'directory' || (entry.type === 'file' && entry.size === 0);
}

/** Leaves out directories that have no change below and nothing of their own that differs. */
async function withoutTouched(
  changes: readonly Change[],
  lower: Lower,
  touched: ReadonlySet<string>,
): Promise<readonly Change[]> {
  const kept: Change[] = [];
  const needed = new Set<string>();
  for (const change of changes.toReversed()) {
    const { entry } = change;
    if (entry.type === 'directory' && touched.has(entry.path) && !needed.has(entry.path)) {
      const below = await lower.stat(entry.path);
      const isSame =
        below === undefined || (below.mode === entry.mode && below.uid === entry.uid && below.gid === entry.gid);
      if (isSame) continue;
    }
    needed.add(parentOf(entry.path));
    kept.unshift(change);
  }
  return kept;
}
