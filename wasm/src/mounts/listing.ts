// The mounts of a container, as programs read them.

import type { Namespace } from './namespace.ts';

export interface ListedMount {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  /** As in /proc/mounts. */
  readonly options: string;
}

/** In the order in which they were made; the root comes first. */
export function listMounts({ mounts }: Namespace): readonly ListedMount[] {
  return mounts.map(({ shownSource, target, tree, isReadOnly }) => ({
    source: shownSource,
    target,
    type: tree.type,
    options: isReadOnly ? 'ro' : 'rw',
  }));
}
