// Tree workers as a file explorer uses them: listing, writing in place, moving, removing, watching; and nobody inside leads
// any of it outside.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../runtime/src/host/errno.ts';
import type { Bytes } from '../../runtime/src/host/host.ts';
import type { Kernel, Tree } from '../../runtime/src/host/kernel.ts';
import type { FileChange, FileStatus } from '../../runtime/src/spec/engine/files.ts';
import { requireRoot } from '../helpers/skip.ts';
import { temporaryFolder, testKernel } from './setup.ts';

async function* bytes(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function textOf(input: Bytes): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function listed(tree: Tree, path: string): Promise<Map<string, FileStatus>> {
  const entries = new Map<string, FileStatus>();
  for await (const entry of tree.list(path)) entries.set(entry.name, entry);
  return entries;
}

const replace = { create: true, overwrite: true, mode: 0o640 };
const fails = (call: Promise<unknown>, code: string) => assert.rejects(call, (error) => errnoOf(error) === code);

describe('tree worker: files', () => {
  let kernel: Kernel;
  let outside: string;
  let root: string;
  before(async function () {
    requireRoot(this);
    ({ kernel } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());
  beforeEach(() => {
    outside = temporaryFolder('files');
    root = join(outside, 'root');
    fs.mkdirSync(root);
    fs.writeFileSync(join(outside, 'secret'), 'host secret');
  });

  const at = (path: string): string => join(root, path);

  it('lists one level with true types, sizes and times, and where links lead', async () => {
    fs.mkdirSync(at('d/below'), { recursive: true });
    fs.writeFileSync(at('d/file'), 'hello', { mode: 0o600 });
    fs.chownSync(at('d/file'), 1000, 1001);
    fs.utimesSync(at('d/file'), 1000, 1_500_000_000.25);
    fs.symlinkSync('/d/below', at('d/to-directory'));
    fs.symlinkSync('nowhere', at('d/dangling'));
    fs.symlinkSync('../../../../secret', at('d/outside'));
    execFileSync('mkfifo', [at('d/fifo')]);
    execFileSync('mknod', [at('d/null'), 'c', '1', '3']);
    await using tree = await kernel.openTree({ root });
    const entries = await listed(tree, '/d');
    assert.deepEqual(
      [...entries].map(([name, { type, targetType }]) => `${name} ${type} ${targetType ?? '-'}`).toSorted(),
      [
        'below directory -',
        'dangling symlink -',
        'fifo fifo -',
        'file file -',
        'null character -',
        'outside symlink -',
        'to-directory symlink directory',
      ],
    );
    const { ctimeMs, ...file } = entries.get('file') ?? assert.fail('no file');
    assert.deepEqual(file, {
      name: 'file',
      type: 'file',
      size: 5,
      mode: 0o600,
      uid: 1000,
      gid: 1001,
      mtimeMs: 1_500_000_000_250,
    });
    assert.ok(Math.abs(ctimeMs - Date.now()) < 60_000, String(ctimeMs));
    assert.equal(entries.get('dangling')?.linkTarget, 'nowhere');
    assert.equal((await tree.status('/d/to-directory', { follow: false }))?.targetType, 'directory');
    assert.equal((await tree.status('/d/to-directory', { follow: true }))?.type, 'directory');
    assert.equal(await tree.status('/d/absent', { follow: true }), undefined);
    await fails(listed(tree, '/d/file'), 'ENOTDIR');
    await fails(listed(tree, '/absent'), 'ENOENT');
  });

  it('lists a directory of very many entries, and stops in the middle of it', async () => {
    fs.mkdirSync(at('many'));
    for (let i = 0; i < 5000; i++) fs.closeSync(fs.openSync(at(`many/${String(i).padStart(200, 'x')}`), 'w'));
    await using tree = await kernel.openTree({ root });
    for await (const entry of tree.list('/many')) {
      assert.equal(entry.size, 0);
      break;
    }
    assert.equal((await listed(tree, '/many')).size, 5000);
  });

  it('reads ranges', async () => {
    fs.writeFileSync(at('file'), '0123456789');
    await using tree = await kernel.openTree({ root });
    assert.equal(await textOf(tree.read('/file', { offset: 3, length: 4 })), '3456');
    assert.equal(await textOf(tree.read('/file', { offset: 8 })), '89');
    assert.equal(await textOf(tree.read('/file', { offset: 100, length: 4 })), '');
    assert.equal(await textOf(tree.read('/file', { offset: 0, length: 0 })), '');
    assert.equal(await textOf(tree.read('/file')), '0123456789');
  });

  it('writes in place, so that owner, mode, inode and other names stay', async () => {
    fs.writeFileSync(at('file'), 'a longer text than the new one');
    fs.chownSync(at('file'), 1000, 1001);
    fs.chmodSync(at('file'), 0o4711);
    fs.linkSync(at('file'), at('other'));
    fs.symlinkSync('/file', at('link'));
    const before = fs.statSync(at('file'));
    await using tree = await kernel.openTree({ root });
    await tree.write('/link', bytes('new ', 'text'), replace);
    const after = fs.statSync(at('file'));
    assert.deepEqual([after.ino, after.uid, after.gid, after.mode], [before.ino, 1000, 1001, before.mode]);
    assert.equal(fs.readFileSync(at('other'), 'utf8'), 'new text');
    assert.ok(fs.lstatSync(at('link')).isSymbolicLink());
  });

  it('makes files and directories for whom the directory belongs to', async () => {
    fs.mkdirSync(at('home'));
    fs.chownSync(at('home'), 1000, 1001);
    await using tree = await kernel.openTree({ root });
    await tree.write('/home/file', bytes(), replace);
    await tree.makeDirectory('/home/directory');
    const [file, directory] = [fs.statSync(at('home/file')), fs.statSync(at('home/directory'))];
    assert.deepEqual([file.uid, file.gid, file.mode & 0o7777, file.size], [1000, 1001, 0o640, 0]);
    assert.deepEqual([directory.uid, directory.gid, directory.mode & 0o7777], [1000, 1001, 0o755]);
  });

  it('says what is wrong before it asks for content, and goes on', async () => {
    fs.mkdirSync(at('directory'));
    fs.writeFileSync(at('file'), 'old');
    execFileSync('mkfifo', [at('fifo')]);
    execFileSync('mknod', [at('null'), 'c', '1', '3']);
    await using tree = await kernel.openTree({ root });
    let asked = false;
    const content = (async function* () {
      asked = true;
      yield Buffer.from('x');
    })();
    await fails(tree.write('/file', content, { ...replace, overwrite: false }), 'EEXIST');
    await fails(tree.write('/absent', content, { ...replace, create: false }), 'ENOENT');
    await fails(tree.write('/absent/file', content, replace), 'ENOENT');
    await fails(tree.write('/directory', content, replace), 'EISDIR');
    await fails(tree.write('/fifo', content, replace), 'EINVAL');
    await fails(tree.write('/null', content, replace), 'EINVAL');
    await fails(tree.write('/file/below', content, replace), 'ENOTDIR');
    assert.equal(asked, false);
    await fails(tree.makeDirectory('/directory'), 'EEXIST');
    await fails(tree.makeDirectory('/absent/directory'), 'ENOENT');
    assert.equal(fs.readFileSync(at('file'), 'utf8'), 'old');
  });

  it('moves and removes', async () => {
    fs.mkdirSync(at('a/b'), { recursive: true });
    fs.writeFileSync(at('a/b/file'), '1');
    fs.writeFileSync(at('taken'), '2');
    await using tree = await kernel.openTree({ root });
    await fails(tree.rename('/a/b/file', '/taken', { overwrite: false }), 'EEXIST');
    await fails(tree.rename('/absent', '/x', { overwrite: true }), 'ENOENT');
    await fails(tree.rename('/a', '/a/b/c', { overwrite: true }), 'EINVAL');
    await tree.rename('/a/b/file', '/taken', { overwrite: true });
    assert.equal(fs.readFileSync(at('taken'), 'utf8'), '1');
    await tree.rename('/a/b', '/b', { overwrite: false });
    fs.writeFileSync(at('b/file'), '3');
    await fails(tree.unlink('/b', { recursive: false }), 'ENOTEMPTY');
    await tree.unlink('/b', { recursive: true });
    await tree.unlink('/a', { recursive: false });
    await tree.unlink('/taken', { recursive: false });
    await fails(tree.unlink('/taken', { recursive: true }), 'ENOENT');
    await fails(tree.unlink('/', { recursive: true }), 'EINVAL');
    assert.deepEqual(fs.readdirSync(root), []);
  });

  it('removes links, never what they lead to', async () => {
    fs.mkdirSync(at('kept'));
    fs.writeFileSync(at('kept/file'), 'x');
    fs.symlinkSync('/kept', at('link'));
    await using tree = await kernel.openTree({ root });
    await tree.unlink('/link', { recursive: true });
    assert.deepEqual(fs.readdirSync(at('kept')), ['file']);
  });

  /** Takes changes until `enough` says so. */
  async function changesUntil(changes: AsyncIterable<FileChange>, enough: (seen: readonly string[]) => boolean) {
    const seen: string[] = [];
    for await (const { type, path } of changes) {
      seen.push(`${type} ${path}`);
      if (enough(seen)) break;
    }
    return seen;
  }

  it('tells changes in one directory', async () => {
    fs.mkdirSync(at('d/below'), { recursive: true });
    await using tree = await kernel.openTree({ root });
    const changes = await tree.watch('/d', { recursive: false });
    fs.writeFileSync(at('d/below/unseen'), 'x');
    fs.writeFileSync(at('d/file'), 'x');
    fs.renameSync(at('d/file'), at('d/moved'));
    fs.rmSync(at('d/moved'));
    const seen = await changesUntil(changes, (all) => all.includes('deleted moved'));
    assert.deepEqual(
      seen.filter((change) => !change.startsWith('changed')),
      ['created file', 'deleted file', 'created moved', 'deleted moved'],
    );
    assert.ok(seen.includes('changed file'));
    assert.ok(!seen.some((change) => change.includes('unseen')));
  });

  it('tells changes in a tree, also in directories that come and move', async () => {
    fs.mkdirSync(at('d/one'), { recursive: true });
    await using tree = await kernel.openTree({ root });
    const changes = await tree.watch('/', { recursive: true });
    fs.mkdirSync(at('d/new/deep'), { recursive: true });
    fs.writeFileSync(at('d/new/deep/file'), 'x');
    const first = await changesUntil(changes, (all) => all.includes('created d/new/deep/file'));
    assert.ok(first.includes('created d/new'), first.join(', '));

    const again = await tree.watch('/', { recursive: true });
    fs.renameSync(at('d/new'), at('d/one/moved'));
    fs.writeFileSync(at('d/one/moved/deep/file'), 'more');
    // The write may come before the directory is watched at its new place: then it is told as what lies there.
    const seen = await changesUntil(again, (all) => all.at(-1)?.endsWith(' d/one/moved/deep/file') === true);
    assert.ok(seen.includes('deleted d/new') && seen.includes('created d/one/moved'), seen.join(', '));
    assert.ok(!seen.some((change) => change.includes('d/new/')), seen.join(', '));
  });

  it('tells changes of one file, also when it is replaced, and its end', async () => {
    fs.writeFileSync(at('file'), 'x');
    await using tree = await kernel.openTree({ root });
    const changes = await tree.watch('/file', { recursive: true });
    fs.writeFileSync(at('other'), 'x');
    fs.renameSync(at('other'), at('file'));
    fs.appendFileSync(at('file'), 'x');
    fs.rmSync(at('file'));
    const seen = await changesUntil(changes, (all) => all.includes('deleted '));
    assert.deepEqual([...new Set(seen)], ['created ', 'changed ', 'deleted ']);
    await fails(tree.watch('/absent', { recursive: false }), 'ENOENT');
    await tree.status('/', { follow: false }); // it still answers
  });

  it('ends a watch with the directory, or when the tree is closed', async () => {
    fs.mkdirSync(at('d'));
    const tree = await kernel.openTree({ root });
    const changes = await tree.watch('/d', { recursive: false });
    fs.rmdirSync(at('d'));
    const seen: FileChange[] = [];
    for await (const change of changes) seen.push(change);
    assert.equal(seen.at(-1)?.type, 'deleted');
    const forever = (await tree.watch('/', { recursive: true }))[Symbol.asyncIterator]();
    const last = forever.next();
    await tree[Symbol.asyncDispose]();
    assert.equal((await last).done, true);
  });

  it('is led outside by nobody who swaps directories for links', async () => {
    fs.mkdirSync(at('d'));
    fs.writeFileSync(at('d/secret'), 'inside');
    fs.mkdirSync(join(outside, 'empty'));
    const script =
      'while :; do mv d e && ln -s "$1" d; rm -f d && mv e d; ln -s "$1/secret" f; rm -f f; echo x > f; rm -f f; done';
    const swapper = spawn('sh', ['-c', script, 'sh', outside], { cwd: root, stdio: 'ignore' });
    const quietly = (call: Promise<unknown>) => call.catch(() => undefined);
    try {
      await using tree = await kernel.openTree({ root });
      for (let i = 0; i < 300; i++) {
        assert.notEqual(await textOf(tree.read('/d/secret')).catch(() => ''), 'host secret');
        const names = await listed(tree, '/d').catch(() => new Map<string, FileStatus>());
        assert.ok(!names.has('root') && !names.has('empty'));
        await quietly(tree.write('/d/secret', bytes('inside'), replace));
        await quietly(tree.write('/f', bytes('inside'), replace));
        await quietly(tree.write(`/d/planted${i}`, bytes('x'), replace));
        await quietly(tree.makeDirectory(`/d/made${i}`));
        await quietly(tree.rename(`/d/planted${i}`, `/d/made${i}`, { overwrite: true }));
        await quietly(tree.unlink('/d/empty', { recursive: true }));
      }
    } finally {
      swapper.kill('SIGKILL');
    }
    assert.deepEqual(fs.readdirSync(outside).toSorted(), ['empty', 'root', 'secret']);
    assert.equal(fs.readFileSync(join(outside, 'secret'), 'utf8'), 'host secret');
  });
});
