// What a container sees where something is mounted.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createFsFromVolume, Volume } from 'memfs';
import { nameOf } from '../../../wasm/src/files/directories.ts';
import { createMemoryFiles } from '../../../wasm/src/mounts/memory.ts';
import type { Place } from '../../../wasm/src/mounts/mount.ts';
import { openAt } from '../../../wasm/src/mounts/paths.ts';
import { readAt } from '../../../wasm/src/mounts/places.ts';
import { MountError } from '../../../wasm/src/mounts/prepare.ts';
import type { MountReference } from '../../../wasm/src/mounts/reference.ts';
import { nodeHostFiles } from '../../../runtime/src/host/portable/node/host-files.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { errnoOf } from '../files/tree.ts';
import { bind, makeFiles, SpaceTree } from './space-tree.ts';

function memory(
  target: string,
  name = target,
  files = createMemoryFiles({ mode: 0o1777 }),
): MountReference & { readonly source: { readonly kind: 'memory' } } {
  return { target, readOnly: false, shownSource: name, source: { kind: 'memory', name, files, type: 'tmpfs' } };
}

function fails(run: () => unknown, name: string): void {
  assert.throws(run, (error) => errnoOf(error) === name, `it fails with ${name}`);
}

/** The content of a file, by a path from a directory. */
function textAt({ space }: SpaceTree, from: Place, path: string): string {
  const place = openAt(space, from, nameOf(path), { read: true });
  const into = new Uint8Array(100);
  return new TextDecoder().decode(into.subarray(0, readAt(space, place, 0, into)));
}

describe('wasm mounts: what a container sees', function () {
  this.timeout(60_000);

  it('goes into mounts and out of them again, whatever is below', async () => {
    await using folder = await makeTempFolder();
    fs.writeFileSync(`${folder.path}/a`, 'of the host');
    const files = makeFiles();
    {
      using before = SpaceTree.open({ files });
      before.makeDirectory('/data');
      before.writeText('/data/a', 'hidden');
      before.writeText('/root', 'of the root');
    }
    using tree = SpaceTree.open({ files, mounts: [bind(folder.path, '/data'), memory('/data/deep/er')] });
    assert.equal(tree.readText('/data/a'), 'of the host');
    assert.equal(tree.readText('/data/../root'), 'of the root');
    tree.writeText('/data/deep/er/b', 'in memory');
    assert.equal(tree.readText('/data/deep/er/../../a'), 'of the host');
    assert.deepEqual(tree.list('/data/deep/er'), ['b']);
    assert.deepEqual(fs.readdirSync(`${folder.path}/deep/er`), [], 'only the place is made on the host');
    assert.notEqual(tree.stat('/data').device, tree.stat('/').device);
    assert.notEqual(tree.stat('/data/deep/er').device, tree.stat('/data').device);
    assert.equal(tree.stat('/data/..').inode, tree.stat('/').inode);
    assert.equal(tree.stat('/../..').inode, tree.stat('/').inode);
  });

  it('makes places for mounts where they are missing, behind links of the container', async () => {
    await using folder = await makeTempFolder();
    fs.mkdirSync(`${folder.path}/host`);
    fs.writeFileSync(`${folder.path}/hosts`, '127.0.0.1 localhost');
    const files = makeFiles();
    {
      using before = SpaceTree.open({ files });
      before.symlink('/run', '/var');
      before.symlink('../elsewhere', '/gone');
    }
    const mounts = [
      bind(`${folder.path}/host`, '/var/lib/data'),
      bind(`${folder.path}/hosts`, '/etc/hosts'),
      memory('/gone'),
    ];
    using tree = SpaceTree.open({ files, mounts, isReadOnly: true });
    assert.equal(tree.readText('/etc/hosts'), '127.0.0.1 localhost');
    tree.writeText('/run/lib/data/x', '1');
    assert.deepEqual(fs.readdirSync(`${folder.path}/host`), ['x']);
    tree.writeText('/elsewhere/y', '2');
    fails(() => tree.writeText('/z', '3'), 'EROFS');
    fails(() => tree.makeDirectory('/var/lib/other'), 'EROFS');
  });

  it('keeps names apart that are on different mounts', async () => {
    await using folder = await makeTempFolder();
    fs.mkdirSync(`${folder.path}/1`);
    fs.mkdirSync(`${folder.path}/2`);
    using tree = SpaceTree.open({
      mounts: [bind(`${folder.path}/1`, '/one'), bind(`${folder.path}/2`, '/two'), memory('/mem')],
    });
    for (const from of ['/file', '/one/file', '/mem/file']) {
      tree.writeText(from, from);
      fails(() => tree.rename(from, '/two/file'), 'EXDEV');
      fails(() => tree.link(from, '/two/file'), 'EXDEV');
    }
    fails(() => tree.rename('/one', '/three'), 'EBUSY');
    fails(() => tree.removeDirectory('/one'), 'EBUSY');
    fails(() => tree.removeDirectory('/one/.'), 'EBUSY');
    tree.makeDirectory('/empty');
    fails(() => tree.rename('/empty', '/mem'), 'EBUSY');
    assert.deepEqual(fs.readdirSync(`${folder.path}/2`), []);
  });

  it('moves a directory together with what is mounted in it', async () => {
    await using folder = await makeTempFolder();
    fs.writeFileSync(`${folder.path}/a`, 'here');
    using tree = SpaceTree.open({ mounts: [bind(folder.path, '/srv/data')] });
    tree.rename('/srv', '/moved');
    assert.equal(tree.readText('/moved/data/a'), 'here');
    assert.equal(tree.readText('/moved/data/../data/a'), 'here');
  });

  it('refuses changes where a mount is read-only, and there alone', async () => {
    await using folder = await makeTempFolder();
    fs.mkdirSync(`${folder.path}/in`);
    fs.writeFileSync(`${folder.path}/a`, 'as it was');
    const mounts = [bind(folder.path, '/ro', true), memory('/ro/in'), bind(`${folder.path}/a`, '/file', true)];
    using tree = SpaceTree.open({ mounts });
    const calls: Readonly<Record<string, () => void>> = {
      write: () => tree.writeText('/ro/a', 'other'),
      truncate: () => tree.truncate('/ro/a', 0),
      create: () => tree.writeText('/ro/b', 'new'),
      directory: () => tree.makeDirectory('/ro/d'),
      unlink: () => tree.unlink('/ro/a'),
      rename: () => tree.rename('/ro/a', '/ro/b'),
      symlink: () => tree.symlink('a', '/ro/l'),
      link: () => tree.link('/ro/a', '/ro/b'),
      file: () => tree.writeText('/file', 'other'),
    };
    for (const [name, call] of Object.entries(calls)) {
      assert.throws(call, (error) => errnoOf(error) === 'EROFS', name);
    }
    tree.writeText('/ro/in/x', 'new');
    assert.equal(tree.readText('/ro/a'), 'as it was');
    assert.deepEqual(fs.readdirSync(folder.path).toSorted(), ['a', 'in']);
  });

  it('shows links as they are, and follows them inside', async () => {
    await using folder = await makeTempFolder();
    fs.mkdirSync(`${folder.path}/data`);
    fs.writeFileSync(`${folder.path}/secret`, 'of the host');
    fs.symlinkSync(`${folder.path}/secret`, `${folder.path}/data/absolute`);
    fs.symlinkSync('../secret', `${folder.path}/data/relative`);
    fs.symlinkSync('../../../../../../etc/passwd', `${folder.path}/data/up`);
    using tree = SpaceTree.open({ mounts: [bind(`${folder.path}/data`, '/data')] });
    assert.equal(tree.readLink('/data/relative'), '../secret');
    for (const link of ['absolute', 'relative', 'up']) fails(() => tree.read(`/data/${link}`), 'ENOENT');
    tree.writeText('/secret', 'of the container');
    assert.equal(tree.readText('/data/relative'), 'of the container');
    tree.writeText('/data/relative', 'changed inside....');
    assert.equal(fs.readFileSync(`${folder.path}/secret`, 'utf8'), 'of the host');
    tree.symlink('/secret', '/data/inside');
    assert.equal(fs.readlinkSync(`${folder.path}/data/inside`), '/secret');
    assert.equal(tree.readText('/data/inside'), 'changed inside....');
  });

  it('lets containers share what is in memory', () => {
    const shared = memory('/shared', 'volume');
    using one = SpaceTree.open({ mounts: [shared] });
    using other = SpaceTree.open({
      mounts: [
        { ...shared, target: '/elsewhere' },
        { ...shared, target: '/again' },
      ],
    });
    one.writeText('/shared/a', 'to all');
    assert.equal(other.readText('/elsewhere/a'), 'to all');
    other.rename('/elsewhere/a', '/elsewhere/b');
    assert.deepEqual(other.list('/again'), ['b']);
    assert.deepEqual(one.list('/shared'), ['b']);
    assert.equal(one.stat('/shared').mode, 0o1777);
  });

  it('keeps files and directories that are open, whatever becomes of their names', async () => {
    await using folder = await makeTempFolder();
    const data = `${folder.path}/data`;
    fs.mkdirSync(`${data}/a/b`, { recursive: true });
    fs.writeFileSync(`${data}/a/b/f`, 'content');
    using tree = SpaceTree.open({ mounts: [bind(data, '/data')] });
    using file = tree.hold('/data/a/b/f', { read: true });
    using directory = tree.hold('/data/a/b', { directory: true, read: true });
    const there = (name: string) => tree.inside(() => textAt(tree, directory, name));
    fs.renameSync(`${data}/a`, `${data}/moved`);
    assert.equal(there('f'), 'content');
    assert.equal(there('../b/f'), 'content');
    assert.equal(there('../../moved/b/f'), 'content');
    // Out of what is mounted: nothing leads to where it is now.
    fs.writeFileSync(`${folder.path}/secret`, 'of the host');
    fs.renameSync(`${data}/moved/b`, `${folder.path}/b`);
    assert.equal(there('f'), 'content');
    fails(() => there('../secret'), 'ENOENT');
    fs.rmSync(`${folder.path}/b`, { recursive: true });
    const into = new Uint8Array(7);
    assert.equal(
      tree.inside(() => readAt(tree.space, file, 0, into)),
      7,
    );
    assert.equal(new TextDecoder().decode(into), 'content');
    fails(() => there('f'), 'ENOENT');
  });

  it('says which mount cannot be made, and why', async () => {
    await using folder = await makeTempFolder();
    fs.writeFileSync(`${folder.path}/file`, '');
    const files = makeFiles();
    const { used } = files.arena;
    const open = (...mounts: readonly MountReference[]) => SpaceTree.open({ files, mounts });
    assert.throws(() => open(bind(`${folder.path}/none`, '/x')), {
      name: 'Error',
      message: new RegExp(`^mounting ${folder.path}/none at /x: ENOENT`),
    });
    assert.throws(() => open(memory('/dev/null')), /Are you trying to mount a directory onto a file/);
    assert.throws(() => open(memory('/ok'), bind(`${folder.path}/file`, '/dev')), MountError);
    assert.ok(files.arena.used - used < 4096, 'nothing is kept of what failed');
  });

  it('works on a host that has neither descriptors of places nor a disk', () => {
    const volume = new Volume();
    volume.mkdirSync('/work/in', { recursive: true });
    volume.writeFileSync('/work/a', 'in memory');
    volume.symlinkSync('/etc/secret', '/work/link');
    const host = nodeHostFiles({
      fs: createFsFromVolume(volume) as unknown as typeof fs,
      platform: 'darwin',
      uid: 501,
    });
    using tree = SpaceTree.open({ host, mounts: [bind('/work', '/data')] });
    assert.equal(tree.readText('/data/a'), 'in memory');
    tree.writeText('/data/in/b', 'new');
    tree.rename('/data/in', '/data/out');
    assert.deepEqual(tree.list('/data'), ['a', 'link', 'out']);
    assert.equal(volume.readFileSync('/work/out/b', 'utf8'), 'new');
    assert.equal(tree.readLink('/data/link'), '/etc/secret');
    fails(() => tree.read('/data/link'), 'ENOENT');
    tree.unlink('/data/a');
    assert.deepEqual(volume.readdirSync('/work'), ['link', 'out']);
  });
});
