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
  /** Another file system in memory: a tmpfs, or a volume where there is no disk. */
  | { readonly kind: 'memory'; readonly files: FilesReference; readonly type: 'tmpfs' | 'volume' };
