// What is seen at a place of a container's files in place of what is there, as it may be sent to a thread.

import type { FilesReference } from '../files/reference.ts';

export interface MountReference {
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
  readonly source: MountSource;
  /** As /proc/mounts would show it. */
  readonly shownSource: string;
}

export type MountSource =
  /** A file or a directory of the host, by its absolute path there. Links in it are the container's, never the host's. */
  | { readonly kind: 'host'; readonly path: string }
  /** Another file system in memory: a tmpfs, or a volume where there is no disk. `name` is its own in the whole engine: who needs several
   * enters them in the order of their names. */
  | {
      readonly kind: 'memory';
      readonly name: string;
      readonly files: FilesReference;
      readonly type: 'tmpfs' | 'volume';
    };

/** All mounts of a container, with the places that they were put at: made once (`prepare.ts`), and the same for all of its threads. */
export interface MountsReference {
  readonly isReadOnly: boolean;
  /** Parents before children. */
  readonly mounts: readonly PlacedMount[];
}

export interface PlacedMount {
  readonly target: string;
  readonly readOnly: boolean;
  readonly shownSource: string;
  readonly source: PlacedSource;
  /** Mount (0 is the root, then these from 1) and node that it hides. */
  readonly on: { readonly mount: number; readonly node: number };
}

export type PlacedSource =
  | { readonly kind: 'host'; readonly root: number }
  | Extract<MountSource, { kind: 'memory' }>
  /** A directory of the root's file system that is below no name of its root. `isOfAnother`: it is in such a one, which is mounted before it. */
  | { readonly kind: 'inside'; readonly root: number; readonly type: string; readonly isOfAnother?: boolean }
  /** The container's processes, as /proc shows them. */
  | { readonly kind: 'processes' };
