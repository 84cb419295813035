// The kernel that an engine works with: that of Linux, asked by the helper, or what stands for one where only WebAssembly is run.

import { createPortableKernel } from '../host/portable/kernel.ts';
import type { Kernel } from '../host/kernel.ts';
import { startKernel } from '../host/native-kernel.ts';
import { random } from '../host/node/random.ts';
import type { UserNetwork } from '../host/portable/network/user-network.ts';
import { nodeDisk } from '../host/portable/node/disk.ts';
import { nodeHostFiles } from '../host/portable/node/host-files.ts';
import type { Logger } from '../spec/logger.ts';
import type { Rootless } from '../spec/rootless.ts';
import type { ModedConfig } from './choose-mode.ts';
import { helperPath } from './helper-path.ts';
import { openUserNetwork } from './lightweight.ts';

export interface OpenedKernel {
  readonly kernel: Kernel;
  /** Of containers of WebAssembly. */
  readonly networks: UserNetwork;
}

/** @throws EngineError unavailable when the helper cannot be started */
export async function openKernel(
  config: ModedConfig,
  rootless: Rootless | undefined,
  logger: Logger,
): Promise<OpenedKernel> {
  if (config.mode === 'wasm') return openPortable(config);
  const kernel = await startKernel({
    helperPath: helperPath(),
    execRoot: config.execRoot,
    logger,
    ...(rootless === undefined ? {} : { networkNamespace: `/proc/${rootless.holder.pid}/ns/net` }),
  });
  return { kernel, networks: openUserNetwork(rootless === undefined) };
}

function openPortable({ dataRoot }: ModedConfig): OpenedKernel {
  const networks = openUserNetwork(false);
  const kept = [`${dataRoot}/layers/`, `${dataRoot}/tmp/images/`];
  const kernel = createPortableKernel({
    disk: nodeDisk(),
    random,
    // What images bring is kept in a form of our own; all else are folders as anybody sees them.
    isHostFolder: (path) => !kept.some((folder) => path.startsWith(folder)),
    hostFiles: nodeHostFiles(),
  });
  return { kernel, networks };
}
