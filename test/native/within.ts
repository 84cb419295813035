// A kernel whose helper lives in another network namespace: the helper's path is a script that enters it first.

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { startKernel } from '../../runtime/src/host/native-kernel.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { helperPath, temporaryFolder } from './setup.ts';

/** Starts a helper inside the pinned namespace. */
export async function kernelWithin(netns: string): Promise<Kernel> {
  const execRoot = temporaryFolder('within');
  const script = join(execRoot, 'helper.sh');
  writeFileSync(script, `#!/bin/sh\nexec /usr/bin/nsenter --net=${netns} ${helperPath()}\n`);
  chmodSync(script, 0o755);
  return await startKernel({ helperPath: script, execRoot, logger: silentLogger });
}
