// The kernel that an engine works with: that of Linux, asked by the helper, or what stands for one where only WebAssembly is run.

import type { Kernel } from '../host/kernel.ts';
import type { Logger } from '../spec/logger.ts';
import type { Rootless } from '../spec/rootless.ts';
import type { ModedConfig } from './choose-mode.ts';
import { helperPath } from './helper-path.ts';

/** @throws EngineError unavailable when the helper cannot be started */
export async function openKernel(config: ModedConfig, rootless: Rootless | undefined, logger: Logger): Promise<Kernel> {
  if (config.mode === 'wasm') {
    const { portableKernel } = await import('./portable-kernel.ts');
    return portableKernel(config.dataRoot);
  }
  const { startKernel } = await import('../host/native-kernel.ts');
  return await startKernel({
    helperPath: helperPath(),
    execRoot: config.execRoot,
    logger,
    ...(rootless === undefined ? {} : { networkNamespace: `/proc/${rootless.holder.pid}/ns/net` }),
  });
}
