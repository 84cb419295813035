// Who may do what at places, and what a container cannot take from its host.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createMemoryFiles } from '../../../wasm/src/mounts/memory.ts';
import { setMode, setOwner, setTimes, spaceAt } from '../../../wasm/src/mounts/places.ts';
import { placeAt } from '../../../wasm/src/mounts/paths.ts';
import { nameOf } from '../../../wasm/src/files/directories.ts';
import { FileSystem } from '../../../wasm/src/files/file-system.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { mountLines } from '../../../wasm/src/mounts/listing.ts';
import { nodeHostFiles } from '../../../runtime/src/host/portable/node/host-files.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { skip } from '../../helpers/skip.ts';
import { errnoOf } from '../files/tree.ts';
import { openBelow } from './open-below.ts';
import { bind, SpaceTree, type ContainerOptions } from './space-tree.ts';

function fails(run: () => unknown, name: string): void {
  let failure = 'nothing';
  try {
    run();
  } catch (error) {
    failure = errnoOf(error);
  }
  assert.equal(failure, name);
}

/** What changes what is known of a file. */
function change(tree: SpaceTree, path: string) {
  const at = <T>(call: (place: ReturnType<typeof placeAt>) => T) =>
    tree.inside((root) => call(placeAt(tree.space, root, nameOf(path), true)));
  return {
    mode: (mode: number) => at((place) => setMode(tree.space, place, mode)),
    owner: (uid: number, gid: number) => at((place) => setOwner(tree.space, place, uid, gid)),
    modified: (modifiedNs: bigint) => at((place) => setTimes(tree.space, place, { modifiedNs })),
  };
}

describe('wasm mounts: limits', function () {
  this.timeout(60_000);

  it('lets users do what owners and modes allow, in the root and in folders of the host alike', async function () {
    if (process.getuid?.() !== 0) return skip(this, 'only root gives files to others');
    await using folder = await makeTempFolder();
    fs.chmodSync(folder.path, 0o755);
    using tree = SpaceTree.open({ mounts: [bind(folder.path, '/data')] });
    for (const base of ['', '/data']) {
      tree.space.credentials = { uid: 0, gid: 0 };
      for (const name of ['own', 'all', 'sticky', 'closed']) tree.makeDirectory(`${base}/${name}`);
      change(tree, `${base}/own`).owner(1000, 1000);
      change(tree, `${base}/all`).mode(0o777);
      change(tree, `${base}/sticky`).mode(0o1777);
      tree.writeText(`${base}/closed/f`, 'secret');
      tree.writeText(`${base}/sticky/f`, 'of root');
      tree.writeText(`${base}/all/f`, 'of root');
      change(tree, `${base}/all/f`).mode(0o640);
      change(tree, `${base}/closed`).mode(0o700);
      tree.space.credentials = { uid: 1000, gid: 1000 };
      fails(() => tree.read(`${base}/closed/f`), 'EACCES');
      fails(() => tree.read(`${base}/all/f`), 'EACCES');
      fails(() => tree.writeText(`${base}/f`, 'x'), 'EACCES');
      fails(() => tree.unlink(`${base}/sticky/f`), 'EPERM');
      fails(() => change(tree, `${base}/all/f`).mode(0o666), 'EPERM');
      fails(() => change(tree, `${base}/all/f`).modified(0n), 'EPERM');
      tree.unlink(`${base}/all/f`);
      tree.writeText(`${base}/own/f`, 'mine');
      tree.symlink('f', `${base}/own/l`);
      change(tree, `${base}/own/f`).mode(0o400);
      fails(() => tree.writeText(`${base}/own/f`, 'x'), 'EACCES');
      fails(() => change(tree, `${base}/own/f`).owner(0, 0), 'EPERM');
      for (const name of ['f', 'l']) assert.equal(tree.stat(`${base}/own/${name}`).uid, 1000, `${base}/own/${name}`);
    }
    assert.equal(fs.statSync(`${folder.path}/own/f`).uid, 1000);
    assert.equal(fs.lstatSync(`${folder.path}/own/l`).uid, 1000);
  });

  it('keeps modes, owners and times on the host as they were set', async () => {
    await using folder = await makeTempFolder();
    using tree = SpaceTree.open({ mounts: [bind(folder.path, '/data')] });
    tree.writeText('/data/f', 'x');
    change(tree, '/data/f').mode(0o4751);
    change(tree, '/data/f').modified(1_600_000_000_123_456_000n);
    const stat = fs.statSync(`${folder.path}/f`, { bigint: true });
    assert.equal(stat.mode & 0o7777n, 0o4751n);
    assert.equal(stat.mtimeNs / 1000n, 1_600_000_000_123_456n);
    assert.equal(tree.stat('/data/f').modifiedNs, stat.mtimeNs);
  });

  it('takes a bounded number of the host’s descriptors, whatever is open', async () => {
    await using folder = await makeTempFolder();
    for (let index = 0; index < 1500; index++) fs.mkdirSync(`${folder.path}/${index}`);
    using held = new DisposableStack();
    {
      using tree = SpaceTree.open({ mounts: [bind(folder.path, '/data')] });
      let count = 0;
      const open = () => {
        for (; count < 1500; count++) held.use(tree.hold(`/data/${count}`, { directory: true, read: true }));
      };
      fails(open, 'EMFILE');
      assert.ok(count > 500, `${count} are open`);
      assert.ok(openBelow(folder.path).length <= 1024);
      assert.equal(tree.list('/data').length, 1500, 'what is open can still be used');
      held.dispose();
      assert.deepEqual(tree.list(`/data/${count}`), []);
    }
    assert.deepEqual(openBelow(folder.path), []);
  });

  it('has a /dev/shm of 64 MiB, whatever else there is room for, that nothing is left of', () => {
    const files = FileSystem.create(Arena.create({ limit: 2 ** 28, isShared: true }), 1, { limit: 2 ** 21 });
    const open = (options: ContainerOptions = {}) => SpaceTree.open({ files, isReadOnly: true, ...options });
    const lines = (tree: SpaceTree) => mountLines(tree.space.mounts).match(/^.* \/dev\/shm .*$/gm);
    const spaceOf = (tree: SpaceTree) =>
      tree.inside((root) => spaceAt(tree.space, placeAt(tree.space, root, nameOf('/dev/shm'), true)));
    const before = files.arena.used;
    {
      using tree = open();
      assert.deepEqual(lines(tree), ['shm /dev/shm tmpfs rw,size=65536k 0 0']);
      assert.deepEqual(spaceOf(tree), { total: 2 ** 26, free: 2 ** 26 });
      assert.equal(tree.stat('/dev/shm').mode & 0o7777, 0o1777);
      tree.makeDirectory('/dev/shm/d');
      tree.write('/dev/shm/d/large', 0, new Uint8Array(60 * 2 ** 20));
      assert.deepEqual(spaceOf(tree), { total: 2 ** 26, free: 4 * 2 ** 20 });
      fails(() => tree.write('/dev/shm/more', 0, new Uint8Array(5 * 2 ** 20)), 'ENOSPC');
      // What is there takes nothing of the container's own room.
      tree.write('/dev/kept', 0, new Uint8Array(2 ** 20));
      fails(() => tree.write('/dev/more', 0, new Uint8Array(2 ** 21)), 'ENOSPC');
      fails(() => tree.rename('/dev/kept', '/dev/shm/kept'), 'EXDEV');
      tree.unlink('/dev/shm/more');
      tree.truncate('/dev/shm/d/large', 2 ** 20);
      assert.deepEqual(spaceOf(tree), { total: 2 ** 26, free: 63 * 2 ** 20 });
      tree.write('/dev/shm/again', 0, new Uint8Array(50 * 2 ** 20));
    }
    const left = files.arena.used - before;
    assert.ok(left < 65_536, `${left} bytes are left`);
    const made = createMemoryFiles({ limitBytes: 2 ** 20, mode: 0o1777 });
    const source = { kind: 'memory', name: 'asked', files: made, type: 'tmpfs' } as const;
    using tree = open({ mounts: [{ target: '/dev/shm', readOnly: false, shownSource: 'tmpfs', source }] });
    assert.deepEqual(lines(tree), ['tmpfs /dev/shm tmpfs rw,size=1024k 0 0']);
  });

  it('holds a tmpfs to its size, and names to theirs', async () => {
    await using folder = await makeTempFolder();
    const files = createMemoryFiles({ limitBytes: 2 ** 20, mode: 0o755 });
    const source = { kind: 'memory', name: 'small', files, type: 'tmpfs' } as const;
    const tmpfs = { target: '/small', readOnly: false, shownSource: 'tmpfs', source };
    using tree = SpaceTree.open({ mounts: [tmpfs, bind(folder.path, '/data')] });
    tree.write('/small/a', 0, new Uint8Array(500_000));
    fails(() => tree.write('/small/b', 0, new Uint8Array(600_000)), 'ENOSPC');
    tree.unlink('/small/a');
    tree.unlink('/small/b');
    tree.write('/small/b', 0, new Uint8Array(600_000));
    for (const base of ['/small', '/data']) {
      fails(() => tree.writeText(`${base}/${'n'.repeat(256)}`, ''), 'ENAMETOOLONG');
      fails(() => tree.writeText(`${base}/${'n/'.repeat(2100)}`, ''), 'ENAMETOOLONG');
      tree.writeText(`${base}/${'n'.repeat(255)}`, '');
    }
  });

  it('makes no paths, devices or streams of names on Windows', () => {
    const host = nodeHostFiles({ platform: 'win32' });
    const bytes = (name: string) => new TextEncoder().encode(name);
    for (const name of [
      'a\\b',
      'c:',
      'f:stream',
      'nul',
      'COM1.txt',
      'con ',
      'dot.',
      'space ',
      'a\nb',
      '..\\up',
      'a?',
    ]) {
      assert.equal(host.isName(bytes(name)), false, name);
    }
    for (const name of ['a', '.hidden', 'console', 'комп', 'a b.c', 'com', 'nulls'])
      assert.equal(host.isName(bytes(name)), true, name);
    assert.equal(host.isName(new Uint8Array([0xff, 0xfe])), false);
  });
});
