// Files that are dropped on the explorer's rows, copied by a real engine.

import assert from 'node:assert/strict';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropFiles, type DropSource } from '../../../extension/src/files/drop.ts';
import { FileSystem } from '../../../extension/src/files/file-system.ts';
import { copyIn } from '../../../runtime/src/copy/transfer.ts';
import type { FileAddress } from '../../../extension/src/files/uri.ts';
import { dropFolderOf } from '../../../extension/src/views/file-rows.ts';
import { containerRows, volumeRows, type Row } from '../../../extension/src/views/rows.ts';
import type { Progress } from '../../../extension/src/ui/ui.ts';
import { until } from '../../helpers/poll.ts';
import { makeTempFolder, type TempFolder } from '../../helpers/temp-folder.ts';
import { useExtensionEngine } from '../engine.ts';
import { ScriptUi } from '../script-ui.ts';

const forever = ['sleep', '1000'];

/** Somebody who cancels as soon as something has been copied. */
class HastyUi extends ScriptUi {
  override async progress<T>(_title: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const cancel = new AbortController();
    return await work({ report: () => cancel.abort(), signal: cancel.signal });
  }
}

describe('extension: rows as targets of a drop', () => {
  const lists = { containers: [{ Id: 'a'.repeat(64), Names: ['/web'] }], images: [], volumes: [], networks: [] };
  const options = { filter: '', sort: 'name', groupBy: 'project' as const, label: '' };
  const file: FileAddress = { engine: 'x', noun: 'volumes', ref: 'data', path: '/d/file' };

  it('take it in, or beside a file', () => {
    const [web] = containerRows(lists, options);
    assert.ok(web !== undefined);
    assert.deepEqual(dropFolderOf(web, 'x'), {
      engine: 'x',
      noun: 'containers',
      ref: 'aaaaaaaaaaaa',
      label: 'web',
      path: '/',
    });
    const [data] = volumeRows({ ...lists, volumes: [{ Name: 'data' }] }, options);
    assert.ok(data !== undefined);
    assert.equal(dropFolderOf(data, 'x')?.ref, 'data');
    const row: Row = { ...data, targets: [], file };
    assert.equal(dropFolderOf({ ...row, context: 'file' }, 'x')?.path, '/d');
    assert.equal(dropFolderOf({ ...row, context: 'folder' }, 'x')?.path, '/d/file');
  });

  it('take nothing when they stand for several things', () => {
    const Labels = { 'com.docker.compose.project': 'shop' };
    const [group] = containerRows({ ...lists, containers: [{ ...lists.containers[0], Labels }] }, options);
    assert.ok(group !== undefined);
    assert.equal(group.context, 'project');
    assert.equal(dropFolderOf(group, 'x'), undefined);
  });
});

describe('extension: files that are dropped', () => {
  const engine = useExtensionEngine();
  let folder: TempFolder;

  beforeEach(async () => {
    folder = await makeTempFolder();
  });

  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  const system = (): FileSystem => new FileSystem({ copyIn, client: () => Promise.resolve(engine().client) });
  const container = (ref: string, path: string): FileAddress => ({ engine: 'x', noun: 'containers', ref, path });
  const volume = (path: string): FileAddress => ({ engine: 'x', noun: 'volumes', ref: 'dropped', path });

  async function local(name: string, content: string): Promise<DropSource> {
    const path = join(folder.path, name);
    await writeFile(path, content);
    return { name, content: { path } };
  }

  async function tree(): Promise<DropSource> {
    const path = join(folder.path, 'tree');
    await mkdir(join(path, 'deep'), { recursive: true });
    await writeFile(join(path, 'deep/run.sh'), '#!/bin/sh\n');
    await chmod(join(path, 'deep/run.sh'), 0o755);
    await symlink('deep/run.sh', join(path, 'link'));
    return { name: 'tree', content: { path } };
  }

  const textAt = async (files: FileSystem, address: FileAddress): Promise<string> =>
    Buffer.from(await files.read(address)).toString();

  it('are in the folder of the container, whole trees with modes and links', async () => {
    const id = await engine().container('target', forever);
    const files = system();
    const ui = new ScriptUi();
    assert.ok(await dropFiles(ui, files, container(id, '/tmp'), [await local('a b', 'one'), await tree()]));
    assert.deepEqual(ui.errors, []);
    assert.equal(await textAt(files, container(id, '/tmp/a b')), 'one');
    assert.equal((await files.status(container(id, '/tmp/tree/deep/run.sh'))).mode & 0o777, 0o755);
    assert.equal((await files.status(container(id, '/tmp/tree/link'))).linkTarget, 'deep/run.sh');
  });

  it('replace nothing unasked', async () => {
    const id = await engine().container('target', forever);
    const files = system();
    await dropFiles(new ScriptUi(), files, container(id, '/tmp'), [await local('note', 'one')]);
    const two = [await local('note', 'two')];
    const ui = new ScriptUi(false);
    await dropFiles(ui, files, container(id, '/tmp'), two);
    assert.equal(ui.confirmed[0]?.message, 'Replace note?');
    assert.equal(await textAt(files, container(id, '/tmp/note')), 'one');
    await dropFiles(new ScriptUi(true), files, container(id, '/tmp'), two);
    assert.equal(await textAt(files, container(id, '/tmp/note')), 'two');
  });

  it('are in a volume that nobody uses, and in one that a container uses', async () => {
    const { client } = engine();
    await client.volumes.create({ Name: 'dropped' });
    const files = system();
    const ui = new ScriptUi();
    await dropFiles(ui, files, volume('/'), [await tree()]);
    assert.equal((await files.status(volume('/tree/deep/run.sh'))).mode & 0o777, 0o755);
    await until('the helper has gone', async () => (await client.containers.list({ all: true })).length === 0);
    const HostConfig = { Binds: ['dropped:/mnt/it'] };
    await client.containers.create({ Image: 'coracle-extension:1', Cmd: forever, HostConfig }, 'user');
    await dropFiles(ui, files, volume('/tree'), [await local('more', 'two')]);
    assert.deepEqual(ui.errors, []);
    assert.equal(await textAt(files, volume('/tree/more')), 'two');
    assert.equal((await client.containers.list({ all: true })).length, 1);
    await client.containers.remove('user', { force: true });
    await client.volumes.remove('dropped', false);
  });

  it('are brought to this machine first when they are elsewhere, and not kept', async () => {
    const id = await engine().container('target', forever);
    const files = system();
    const brought: string[] = [];
    const bring = async (path: string): Promise<void> => {
      brought.push(path);
      await writeFile(path, 'from far');
    };
    await dropFiles(new ScriptUi(), files, container(id, '/tmp'), [{ name: 'far', content: { bring } }]);
    assert.equal(await textAt(files, container(id, '/tmp/far')), 'from far');
    const [path] = brought;
    assert.ok(path !== undefined);
    await assert.rejects(writeFile(path, ''), { code: 'ENOENT' });
  });

  it('stay where they are when they are let go of on their own folder, or have no name', async () => {
    const files = system();
    const bring = (): Promise<void> => Promise.reject(new Error('nothing is copied'));
    const own: DropSource = { name: 'a', content: { bring }, address: container('x', '/tmp/a') };
    assert.equal(await dropFiles(new ScriptUi(), files, container('x', '/tmp'), [own]), false);
    for (const name of ['', '.', '..', '../x', 'a/b']) {
      assert.equal(await dropFiles(new ScriptUi(), files, container('x', '/'), [{ name, content: { bring } }]), false);
    }
  });

  it('are refused where nothing may be made, and where nothing can be changed', async () => {
    const id = await engine().container('target', forever);
    const files = system();
    const careful = new ScriptUi();
    careful.isTrusted = false;
    assert.equal(await dropFiles(careful, files, container(id, '/tmp'), [await local('note', 'x')]), false);
    assert.match(careful.errors[0]?.message ?? '', /not trusted/);
    await assert.rejects(files.status(container(id, '/tmp/note')));
    const [image] = await engine().client.images.list();
    const ui = new ScriptUi();
    const root: FileAddress = { engine: 'x', noun: 'images', ref: image?.Id ?? '', path: '/' };
    await dropFiles(ui, files, root, [await local('note', 'x')]);
    assert.equal(ui.errors[0]?.message, 'The files of an image cannot be changed.');
  });

  it('are left out when the user cancels', async () => {
    const id = await engine().container('target', forever);
    const files = system();
    const ui = new HastyUi();
    await writeFile(join(folder.path, 'large'), new Uint8Array(64 * 1024 * 1024));
    const large = { name: 'large', content: { path: join(folder.path, 'large') } };
    await dropFiles(ui, files, container(id, '/tmp'), [large, await local('after', 'x')]);
    assert.deepEqual(ui.errors, []);
    await assert.rejects(files.status(container(id, '/tmp/after')));
  });
});
