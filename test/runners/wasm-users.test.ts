// Who a container's process is, while accounts of layers are kept: those that a root has of its own are seen.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import type { Tree, TreeEntry } from '../../runtime/src/host/kernel.ts';
import { createPortableKernel } from '../../runtime/src/host/portable/kernel.ts';
import type { LayeredRoot, WritableRoots } from '../../runtime/src/host/portable/contract.ts';
import { Layers } from '../../runtime/src/host/portable/layers.ts';
import { nodeDisk } from '../../runtime/src/host/portable/node/disk.ts';
import { createWritableRoots } from '../../runtime/src/host/portable/roots.ts';
import { Users } from '../../runtime/src/runners/wasm/user.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';

const entry: TreeEntry = {
  path: 'etc/passwd',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeNs: 0n,
  linkName: '',
  deviceMajor: 0,
  deviceMinor: 0,
  xattrs: new Map(),
};

async function putAccounts(tree: Tree, uid: number): Promise<void> {
  const text = Buffer.from(`web:x:${uid}:34::/home/web:/bin/sh\n`);
  await tree.put({ ...entry, size: text.length }, once(text));
  await tree.flush();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('wasm runner: users', () => {
  let folder: TempFolder;
  let roots: WritableRoots;
  let layer: string;
  let count = 0;

  before(async () => {
    folder = await makeTempFolder();
    layer = join(folder.path, 'layer');
    mkdirSync(layer);
    const host = createNodeHost();
    const disk = nodeDisk();
    const random = (size: number) => host.random(size);
    const kernel = createPortableKernel({ disk, random, isHostFolder: (path) => path !== layer });
    await using tree = await kernel.openTree({ root: layer });
    await putAccounts(tree, 33);
    const layers = new Layers({ disk, kernel, random });
    roots = createWritableRoots({ disk, layers, random, kernel, logger: silentLogger });
  });

  after(async () => {
    await roots[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  function newRoot(): LayeredRoot {
    const scratch = join(folder.path, `root${++count}`);
    mkdirSync(scratch);
    return { layers: [layer], scratch };
  }

  async function uidIn(users: Users, root: LayeredRoot): Promise<number> {
    await using opened = await roots.open(root);
    return (await users.userOf(opened, 'web')).uid;
  }

  it('are those of the layers, and of the root where it has its own', async () => {
    const users = new Users();
    assert.equal(await uidIn(users, newRoot()), 33);
    const own = newRoot();
    {
      await using opened = await roots.open(own);
      await using tree = await opened.tree([]);
      await putAccounts(tree, 1000);
    }
    assert.equal(await uidIn(users, own), 1000);
    assert.equal(await uidIn(users, newRoot()), 33);
  });

  it('are the own ones of a root that was read before it changed, and of one that was saved', async () => {
    const users = new Users();
    const root = newRoot();
    {
      await using opened = await roots.open(root);
      assert.equal((await users.userOf(opened, 'web')).uid, 33);
      await using tree = await opened.tree([]);
      await putAccounts(tree, 1000);
      assert.equal((await users.userOf(opened, 'web')).uid, 1000);
      await opened.save();
    }
    await roots.forget(root);
    assert.equal(await uidIn(users, root), 1000);
    assert.equal(await uidIn(users, newRoot()), 33);
  });

  it('are read of the layers once', async () => {
    const users = new Users();
    await uidIn(users, newRoot());
    await using opened = await roots.open(newRoot());
    const never = () => Promise.reject(new Error('they are known'));
    assert.equal((await users.userOf({ ...opened, unchanged: opened.unchanged, tree: never }, 'web')).uid, 33);
  });
});
