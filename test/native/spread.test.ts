// The hint about unrelated folders: taken where the file system knows it, no error where it does not.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { requireRoot } from '../helpers/skip.ts';
import { temporaryFolder, testKernel } from './setup.ts';

describe('kernel: spread', () => {
  let kernel: Kernel;
  before(async function () {
    requireRoot(this);
    ({ kernel } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());

  it('marks a directory, once or twice, and nothing else', async () => {
    const folder = temporaryFolder('spread');
    const path = join(folder, 'd');
    mkdirSync(path);
    for (let time = 0; time < 2; time++) await kernel.spread(path);
    const type = execFileSync('stat', ['-f', '-c', '%T', path], { encoding: 'utf8' }).trim();
    if (type === 'ext2/ext3') {
      assert.match(execFileSync('lsattr', ['-d', path], { encoding: 'utf8' }), /^\S*T\S* /);
    }
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(path, join(folder, 'link'));
    await assert.rejects(kernel.spread(join(folder, 'absent')), { kind: 'notFound' });
    await assert.rejects(kernel.spread(join(folder, 'file')));
    await assert.rejects(kernel.spread(join(folder, 'link')));
  });

  it('does not mind a file system that does not know it', async () => {
    await kernel.spread('/proc');
  });
});
