import assert from 'node:assert/strict';
import { lstat, mkdir, readFile, readlink, stat, symlink, writeFile, link, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { packTree } from '../../runtime/src/copy/pack.ts';
import { planCopy, splitTarget } from '../../runtime/src/copy/plan.ts';
import { rename, unpack } from '../../runtime/src/copy/unpack.ts';
import { noXattrs } from '../../runtime/src/spec/tar/header.ts';
import { writeTar } from '../../runtime/src/spec/tar/writer.ts';
import type { WritableMember } from '../../runtime/src/spec/tar/writer.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

async function* once(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield new TextEncoder().encode(text);
}

function member(path: string, more: Partial<WritableMember> = {}, text = ''): WritableMember {
  const size = new TextEncoder().encode(text).length;
  const base = {
    uid: 0,
    gid: 0,
    mtimeNs: 1_000_000_000n,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: noXattrs,
  };
  return { ...base, path, type: 'file', mode: 0o644, size, content: once(text), ...more };
}

describe('cli: where a copy goes', () => {
  const dir = { path: '/src/dir', isDirectory: true };
  const file = { path: '/src/file', isDirectory: false };

  it('follows docker’s table', () => {
    const there = { path: '/dst', exists: true, isDirectory: true };
    assert.deepEqual(planCopy(dir, there), { folder: '/dst', rebase: undefined });
    const missing = { path: '/dst/new', exists: false, isDirectory: false };
    assert.deepEqual(planCopy(dir, missing), { folder: '/dst', rebase: { from: 'dir', to: 'new' } });
    assert.deepEqual(planCopy({ ...dir, path: '/src/dir/.' }, missing).rebase, { from: '.', to: 'new' });
    assert.deepEqual(planCopy(file, missing), { folder: '/dst', rebase: { from: 'file', to: 'new' } });
    const existing = { path: '/dst/old', exists: true, isDirectory: false };
    assert.deepEqual(planCopy(file, existing).rebase, { from: 'file', to: 'old' });
    assert.throws(() => planCopy(dir, existing), /cannot copy directory/);
    assert.throws(() => planCopy(file, { ...missing, path: '/dst/new/' }), /no such directory/);
  });

  it('tells containers from paths', () => {
    assert.deepEqual(splitTarget('c:/x'), { container: 'c', path: '/x' });
    for (const path of ['./a:b', '/a:b', '-', 'plain', 'a/b:c']) assert.equal(splitTarget(path).container, '', path);
  });

  it('renames members', () => {
    assert.equal(rename('a/b', { from: 'a', to: 'x' }), 'x/b');
    assert.equal(rename('a/', { from: 'a', to: 'x' }), 'x');
    assert.equal(rename('./b', { from: '.', to: 'x' }), 'x/b');
    assert.equal(rename('ab/c', { from: 'a', to: 'x' }), 'ab/c');
  });
});

describe('cli: archives of files', () => {
  it('brings a tree back as it was', async () => {
    await using folder = await makeTempFolder();
    const source = join(folder.path, 'src');
    await mkdir(join(source, 'sub'), { recursive: true });
    await writeFile(join(source, 'sub/f'), 'text');
    await chmod(join(source, 'sub/f'), 0o4755);
    await link(join(source, 'sub/f'), join(source, 'hard'));
    await symlink('sub/f', join(source, 'soft'));
    await chmod(join(source, 'sub'), 0o555);
    const target = join(folder.path, 'dst');
    await mkdir(target);
    await unpack(writeTar(packTree(source, 'copy', false)), target, undefined);
    const copied = join(target, 'copy');
    assert.equal(await readFile(join(copied, 'sub/f'), 'utf8'), 'text');
    assert.equal((await stat(join(copied, 'sub/f'))).mode & 0o7777, 0o4755);
    assert.equal((await stat(join(copied, 'sub'))).mode & 0o7777, 0o555);
    assert.equal(await readlink(join(copied, 'soft')), 'sub/f');
    assert.equal((await stat(join(copied, 'hard'))).ino, (await stat(join(copied, 'sub/f'))).ino);
  });

  it('never leaves the folder, whatever a container sends', async () => {
    const hostile: readonly (readonly [string, readonly WritableMember[]])[] = [
      ['climbs out', [member('../out', {}, 'x')]],
      [
        'through a link it brought',
        [member('l', { type: 'symlink', linkName: '..', size: 0 }), member('l/out', {}, 'x')],
      ],
      ['links hard to the outside', [member('h', { type: 'hardlink', linkName: '../secret', size: 0 })]],
      [
        'links hard through a link',
        [
          member('l', { type: 'symlink', linkName: '..', size: 0 }),
          member('h', { type: 'hardlink', linkName: 'l/secret', size: 0 }),
        ],
      ],
      ['makes a device', [member('d', { type: 'character', size: 0, deviceMajor: 1, deviceMinor: 3 })]],
      ['puts a file over a folder', [member('old', {}, 'x')]],
    ];
    for (const [name, members] of hostile) {
      await using folder = await makeTempFolder();
      await writeFile(join(folder.path, 'secret'), 's');
      const target = join(folder.path, 'dst');
      await mkdir(join(target, 'old'), { recursive: true });
      await assert.rejects(unpack(writeTar(members), target, undefined), Error, name);
      await assert.rejects(lstat(join(folder.path, 'out')), { code: 'ENOENT' }, name);
      assert.equal((await lstat(join(folder.path, 'secret'))).nlink, 1, name);
    }
  });

  it('replaces a link that lies where a file comes, not what it points to', async () => {
    await using folder = await makeTempFolder();
    await writeFile(join(folder.path, 'secret'), 's');
    const target = join(folder.path, 'dst');
    await mkdir(target);
    await symlink('../secret', join(target, 'f'));
    await unpack(writeTar([member('f', {}, 'new')]), target, undefined);
    assert.equal(await readFile(join(folder.path, 'secret'), 'utf8'), 's');
    assert.equal(await readFile(join(target, 'f'), 'utf8'), 'new');
  });
});
