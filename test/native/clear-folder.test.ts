// The folder of a container that is over: its files, what is mounted in it, and what must stay.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { requireRoot } from '../helpers/skip.ts';
import { temporaryFolder, testKernel } from './setup.ts';

describe('kernel: clearFolder', () => {
  let kernel: Kernel;
  let path: string;

  before(async function () {
    requireRoot(this);
    ({ kernel } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    path = join(temporaryFolder('clear'), 'c');
    for (const name of ['rootfs', 'shm']) mkdirSync(join(path, name), { recursive: true });
    for (const name of ['rootfs', 'shm']) {
      await kernel.mount({ source: 'tmpfs', target: join(path, name), type: 'tmpfs' });
      writeFileSync(join(path, name, 'content'), '');
    }
    await kernel.createNetns(join(path, 'netns'));
    symlinkSync('whose', join(path, 'id'));
    writeFileSync(join(path, 'exit'), '0');
  });

  const mountsBelow = () => readFileSync('/proc/self/mountinfo', 'utf8').split(`${path}/`).length - 1;

  it('removes files, mounts and mount points', async () => {
    assert.equal(mountsBelow(), 3);
    await kernel.clearFolder(path);
    assert.equal(mountsBelow(), 0);
    assert.equal(existsSync(path), false);
    await kernel.clearFolder(path);
  });

  it('finishes what it was told when the engine goes away', async () => {
    const tree = join(temporaryFolder('clear'), 'tree');
    for (let index = 0; index < 300; index++) mkdirSync(join(tree, String(index), 'below'), { recursive: true });
    const leaving = await testKernel();
    const told = [leaving.kernel.removeTree(tree), leaving.kernel.clearFolder(path)];
    await Promise.all([leaving.kernel[Symbol.asyncDispose](), Promise.allSettled(told)]);
    assert.equal(existsSync(tree), false);
    assert.equal(existsSync(path), false);
    assert.equal(mountsBelow(), 0);
  });

  it('leaves a mount that others use, and tells whose the folder is', async () => {
    await kernel.clearFolder(path, { kept: 'rootfs' });
    assert.deepEqual(readdirSync(path).toSorted(), ['id', 'rootfs']);
    assert.ok(existsSync(join(path, 'rootfs/content')));
    assert.equal(mountsBelow(), 1);
    await kernel.clearFolder(path);
    assert.equal(existsSync(path), false);
  });

  it('takes nothing out of a directory that is no mount', async () => {
    await kernel.unmount(join(path, 'rootfs'));
    writeFileSync(join(path, 'rootfs/mine'), '');
    await kernel.clearFolder(path);
    assert.deepEqual(readdirSync(path).toSorted(), ['id', 'rootfs']);
    assert.ok(existsSync(join(path, 'rootfs/mine')));
  });

  it('follows no link, and takes no path that is not absolute', async () => {
    const link = join(path, 'link');
    symlinkSync(join(path, 'rootfs'), link);
    await assert.rejects(kernel.clearFolder(link));
    assert.ok(existsSync(join(path, 'rootfs/content')));
    for (const wrong of ['', 'relative']) await assert.rejects(kernel.clearFolder(wrong), /malformed/);
    await kernel.clearFolder(path);
  });
});
