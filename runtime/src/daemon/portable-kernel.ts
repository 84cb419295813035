// What stands for a kernel where only WebAssembly is run. A script of its own: where containers of Linux run, a start does without it.

import type { Kernel } from '../host/kernel.ts';
import { random } from '../host/node/random.ts';
import { createPortableKernel } from '../host/portable/kernel.ts';
import { nodeDisk } from '../host/portable/node/disk.ts';
import { nodeHostFiles } from '../host/portable/node/host-files.ts';

export function portableKernel(dataRoot: string): Kernel {
  const kept = [`${dataRoot}/layers/`, `${dataRoot}/tmp/images/`];
  return createPortableKernel({
    disk: nodeDisk(),
    random,
    // What images bring is kept in a form of our own; all else are folders as anybody sees them.
    isHostFolder: (path) => !kept.some((folder) => path.startsWith(folder)),
    hostFiles: nodeHostFiles(),
  });
}
