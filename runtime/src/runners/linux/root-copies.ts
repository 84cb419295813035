// Roots as whole copies of their images, for hosts where no overlay can be mounted. Slow, and each container takes the space of
// its image unless the file system shares blocks; but nothing is asked of the kernel beside a bind mount.

import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { MS, type Kernel } from '../../host/kernel.ts';
import type { RootSpec } from '../runner.ts';
import type { RootStorage } from './root-storage.ts';

function copyPath(root: RootSpec): string {
  return `${root.scratch}/root`;
}

/** Written when the copy is whole: what is older than it is as it was copied. */
function markOf(root: RootSpec): string {
  return `${root.scratch}/copied`;
}

/** Whether the root of this container is a copy, whatever the engine makes of others. */
export function isCopied(root: RootSpec): boolean {
  return existsSync(copyPath(root));
}

export function copies(kernel: Kernel): RootStorage {
  return {
    driver: 'vfs',
    async create(root) {
      mkdirSync(copyPath(root), { recursive: true, mode: 0o755 });
      await kernel.copyLayers(root.layers, copyPath(root));
      writeFileSync(markOf(root), '', { mode: 0o600 });
    },
    mount: (root, target) => kernel.mount({ source: copyPath(root), target, type: '', flags: MS.BIND }),
    openChanges(root) {
      // Without the mark nothing is believed, and everything compared byte by byte.
      const wholeNs = statSync(markOf(root), { bigint: true, throwIfNoEntry: false })?.ctimeNs ?? 1n;
      return kernel.openTree({ root: copyPath(root), copyOf: { layers: root.layers, wholeNs } });
    },
    directories: () => null,
  };
}
