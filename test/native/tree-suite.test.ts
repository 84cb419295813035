// Trees of the kernel do what every tree does.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { requireRoot } from '../helpers/skip.ts';
import { treeSuite } from '../suites/tree-suite.ts';
import { temporaryFolder, testKernel } from './setup.ts';

describe('tree worker, as every tree', () => {
  let kernel: Kernel;
  let root: string;
  before(async function () {
    requireRoot(this);
    ({ kernel } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());
  beforeEach(() => {
    root = join(temporaryFolder('tree'), 'root');
    mkdirSync(root);
  });

  treeSuite({ open: () => kernel.openTree({ root }) });
});
