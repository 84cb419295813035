// Tree workers: everything a layer can hold goes in and comes out; hostile links lead nowhere outside.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../runtime/src/host/errno.ts';
import type { Bytes } from '../../runtime/src/host/host.ts';
import type { Kernel, Tree, TreeEntry, WalkOptions } from '../../runtime/src/host/kernel.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { requireRoot } from '../helpers/skip.ts';
import { makeBundle, shimRequest } from './bundle.ts';
import { helperPath, temporaryFolder, testKernel } from './setup.ts';
import { Control } from './shim-client.ts';

function entry(path: string, changes: Partial<TreeEntry> = {}): TreeEntry {
  return {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeNs: 1_600_000_000_123_456_789n,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
    ...changes,
  };
}

async function* bytes(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function collect(input: Bytes): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(part);
  return Buffer.concat(parts);
}

async function walked(tree: Tree, path = '', options?: WalkOptions) {
  const entries = new Map<string, TreeEntry & { readonly text: string | undefined }>();
  for await (const { content, ...rest } of tree.walk(path, options)) {
    entries.set(rest.path, { ...rest, text: content === undefined ? undefined : (await collect(content)).toString() });
  }
  return entries;
}

describe('tree worker', () => {
  let kernel: Kernel;
  let execRoot: string;
  let root: string;
  before(async function () {
    requireRoot(this);
    ({ kernel, execRoot } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());
  beforeEach(() => {
    root = join(temporaryFolder('tree'), 'root');
    fs.mkdirSync(root);
  });

  it('takes contents from a file that has them already', async () => {
    const path = join(temporaryFolder('contents'), 'stored');
    const whole = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 9)) % 256));
    fs.writeFileSync(path, whole);
    const offsetOf = (piece: Uint8Array) =>
      piece.buffer === whole.buffer ? piece.byteOffset - whole.byteOffset : undefined;
    await using tree = await kernel.openTree({ root, stored: { path, offsetOf } });
    async function* pieces(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
      yield* parts;
    }
    const other = Buffer.alloc(20_000, 'o');
    const parts = [whole.subarray(12_345, 112_345), other, whole.subarray(200_001), whole.subarray(0, 3)];
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    await tree.put(entry('mixed', { size }), pieces(...parts));
    await tree.put(entry('small', { size: 10 }), pieces(whole.subarray(5, 15)));
    await tree.flush();
    assert.ok(fs.readFileSync(join(root, 'mixed')).equals(Buffer.concat(parts)));
    assert.ok(fs.readFileSync(join(root, 'small')).equals(whole.subarray(5, 15)));

    fs.truncateSync(path, 100_000);
    await tree.put(entry('short', { size: 100_000 }), pieces(whole.subarray(150_000, 250_000)));
    await assert.rejects(tree.flush(), (error) => isKind(error, 'system'));
    assert.deepEqual(fs.readdirSync(root).toSorted(), ['mixed', 'small']);
  });

  it('keeps every bit of what is put', async () => {
    await using tree = await kernel.openTree({ root });
    const file = entry('dir/file', {
      mode: 0o4755,
      uid: 1000,
      gid: 1001,
      size: 11,
      mtimeNs: 1_234_567_890_987_654_321n,
    });
    const xattrs = new Map([
      ['user.test', Buffer.from([0, 255, 1])],
      ['security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex')],
    ]);
    const put = [
      entry('', { type: 'directory', mode: 0o755 }),
      entry('dir', {
        type: 'directory',
        mode: 0o2750,
        gid: 5,
        mtimeNs: 5n,
        xattrs: new Map([['user.d', Buffer.from('x')]]),
      }),
      { ...file, xattrs },
      entry('dir/link', { type: 'symlink', mode: 0o777, linkName: '../elsewhere', uid: 7, mtimeNs: -1_500_000_000n }),
      entry('dir/other-name', {
        type: 'hardlink',
        linkName: 'dir/file',
        mode: 0o4755,
        uid: 1000,
        gid: 1001,
        mtimeNs: file.mtimeNs,
      }),
      entry('dir/null', { type: 'character', mode: 0o666, deviceMajor: 1, deviceMinor: 3 }),
      entry('dir/disk', { type: 'block', mode: 0o660, deviceMajor: 300, deviceMinor: 70000 }),
      entry('dir/pipe', { type: 'fifo', mode: 0o622 }),
      entry('dir/socket', { type: 'socket', mode: 0o755 }),
      entry('made/on/the/way', { mode: 0o600 }),
      entry('dir/caf\u00e9 \udcff', { size: 2 }),
    ];
    for (const one of put) {
      const content = one.path === 'dir/file' ? bytes('hello ', 'there') : one.size === 2 ? bytes('hi') : undefined;
      await tree.put(one, content);
    }
    await tree.flush({ sync: true });
    const found = await walked(tree);
    assert.equal(found.get('dir/file')?.text, 'hello there');
    for (const one of put) {
      const { text: _, ...seen } = found.get(one.path) ?? assert.fail(`missing ${one.path}`);
      const hardLink = one.type === 'hardlink' ? { xattrs: seen.xattrs } : {};
      assert.deepEqual(
        { ...seen, xattrs: new Map([...seen.xattrs].map(([k, v]) => [k, Buffer.from(v)])) },
        { ...one, ...hardLink },
      );
    }
    assert.equal(found.get('made/on/the')?.mode, 0o755);
    assert.deepEqual([...found.keys()].slice(0, 5), ['', 'dir', 'dir/caf\u00e9 \udcff', 'dir/disk', 'dir/file']);
    assert.deepEqual(
      fs.readdirSync(join(root, 'dir'), 'buffer').some((name) => name.at(-1) === 0xff),
      true,
    );
  });

  it('follows hostile links only inside the root', async () => {
    const outside = join(root, '../outside');
    fs.mkdirSync(outside);
    fs.writeFileSync(join(outside, 'secret'), 'host secret');
    await using tree = await kernel.openTree({ root });
    for (const [name, target] of [
      ['absolute', outside],
      ['climbing', '../../../../../../../..' + outside],
      ['proc', '/proc/self/root'],
      ['to-file', join(outside, 'secret')],
      ['loop', 'loop'],
    ] as const) {
      await tree.put(entry(name, { type: 'symlink', linkName: target }));
    }
    await tree.flush();
    assert.equal(await tree.stat('absolute/secret'), undefined);
    assert.equal(await tree.stat('climbing/secret', { follow: true }), undefined);
    assert.equal(await tree.realPath('to-file'), undefined);
    await assert.rejects(collect(tree.read('to-file')), (e) => isKind(e, 'notFound'));
    await assert.rejects(collect(tree.read(`../../../../..${outside}/secret`)), (e) => isKind(e, 'notFound'));
    await assert.rejects(tree.stat('loop', { follow: true }), (e) => errnoOf(e) === 'ELOOP');
    // A parent that leads out leads into the root instead: made there, or refused, but never outside.
    await tree.put(entry('absolute/planted'), bytes('x'));
    await assert.rejects(tree.flush(), (e) => errnoOf(e) === 'ENOENT');
    await tree.put(entry('made', { type: 'directory' }));
    await tree.put(entry('up', { type: 'symlink', linkName: '/made/../../../made' }));
    await tree.put(entry('up/planted'), bytes('x'));
    // The last link is replaced, never written through.
    await tree.put(entry('to-file'), bytes('mine'));
    await tree.put(entry('hard', { type: 'hardlink', linkName: `../../..${outside}/secret` }));
    await assert.rejects(tree.flush(), (e) => errnoOf(e) === 'ENOENT');
    await tree.remove('absolute/secret');
    await tree.remove('../outside/secret');
    await assert.rejects(tree.remove('..'), (e) => errnoOf(e) === 'EINVAL');
    assert.deepEqual(fs.readdirSync(outside), ['secret']);
    assert.equal(fs.readFileSync(join(outside, 'secret'), 'utf8'), 'host secret');
    assert.equal(fs.readFileSync(join(root, 'made/planted'), 'utf8'), 'x');
    assert.equal(fs.readFileSync(join(root, 'to-file'), 'utf8'), 'mine');
    assert.equal(await tree.realPath('up/../made/planted'), '/made/planted');
  });

  it('fails a put on a full file system, leaving no half file', async () => {
    await kernel.mount({ source: 'tmpfs', target: root, type: 'tmpfs', data: 'size=256k' });
    try {
      await using tree = await kernel.openTree({ root });
      async function* much(): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < 64; i++) yield Buffer.alloc(65536);
      }
      await assert.rejects(
        async () => {
          await tree.put(entry('big', { size: 64 * 65536 }), much());
          await tree.flush();
        },
        (e) => errnoOf(e) === 'ENOSPC' && isKind(e, 'system'),
      );
      await tree.flush().catch(() => undefined);
      assert.equal(await tree.stat('big'), undefined);
    } finally {
      await kernel.unmount(root, { lazy: true });
    }
  });

  it('walks a part, skips contents, and is left early without harm', async () => {
    fs.mkdirSync(join(root, 'a/b'), { recursive: true });
    fs.writeFileSync(join(root, 'a/one'), Buffer.alloc(3_000_000, 'x'));
    fs.writeFileSync(join(root, 'a/two'), 'two');
    fs.linkSync(join(root, 'a/two'), join(root, 'a/b/two'));
    fs.writeFileSync(join(root, 'z'), '');
    fs.truncateSync(join(root, 'z'), 2 ** 42);
    await using tree = await kernel.openTree({ root });
    const part = await walked(tree, 'a');
    assert.deepEqual([...part.keys()], ['a', 'a/b', 'a/b/two', 'a/one', 'a/two']);
    assert.equal(part.get('a/one')?.text?.length, 3_000_000);
    assert.deepEqual(
      [part.get('a/b/two')?.text, part.get('a/two')?.type, part.get('a/two')?.linkName],
      ['two', 'hardlink', 'a/b/two'],
    );
    const names: string[] = [];
    for await (const { path } of tree.walk('a')) names.push(path); // no content is ever read
    assert.deepEqual(names, [...part.keys()]);
    for await (const { path, content } of tree.walk('')) {
      if (path !== 'z' || content === undefined) continue;
      for await (const chunk of content) {
        assert.ok(chunk.length > 0);
        break; // four terabytes of nothing are left
      }
      break;
    }
    assert.equal((await walked(tree, '', { metadataOnly: true })).get('z')?.size, 2 ** 42);
    await assert.rejects(walked(tree, 'absent'), (e) => isKind(e, 'notFound'));
    assert.deepEqual([...(await walked(tree, 'a/two')).keys()], ['a/two']);
  });

  it('tells whiteouts apart, which share one inode where overlayfs made them', async () => {
    execFileSync('mknod', [join(root, 'one'), 'c', '0', '0']);
    fs.linkSync(join(root, 'one'), join(root, 'two'));
    await using tree = await kernel.openTree({ root });
    const found = await walked(tree);
    const kinds = ['one', 'two'].map((name) => [found.get(name)?.type, found.get(name)?.linkName]);
    assert.deepEqual(kinds, [
      ['character', ''],
      ['character', ''],
    ]);
  });

  it('reads one file, and refuses what could hang', async () => {
    const data = Buffer.alloc(5_000_000, 'abcdefghijk');
    fs.writeFileSync(join(root, 'data'), data);
    fs.symlinkSync('/data', join(root, 'link'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    await using tree = await kernel.openTree({ root });
    assert.deepEqual(await collect(tree.read('/link')), data);
    await assert.rejects(collect(tree.read('fifo')), (e) => errnoOf(e) === 'EINVAL');
    await assert.rejects(collect(tree.read('')), (e) => errnoOf(e) === 'EISDIR');
    for await (const chunk of tree.read('data')) {
      assert.ok(chunk.length > 0);
      break;
    }
    const link = await tree.stat('link');
    assert.deepEqual([link?.linkName, link?.size], ['/data', 5]);
    assert.equal((await tree.stat('link', { follow: true }))?.size, data.length);
    assert.equal(await tree.stat('data/below'), undefined);
  });

  it('can be closed under a reader, a walker and a writer without harm', async () => {
    fs.writeFileSync(join(root, 'data'), Buffer.alloc(50_000_000));
    for (const leave of ['return', 'next'] as const) {
      const tree = await kernel.openTree({ root });
      const reader = tree.read('data')[Symbol.asyncIterator]();
      assert.equal((await reader.next()).done, false);
      await tree[Symbol.asyncDispose]();
      await tree[Symbol.asyncDispose]();
      if (leave === 'return') await reader.return?.();
      else await assert.rejects(collect({ [Symbol.asyncIterator]: () => reader }), (e) => isKind(e, 'unavailable'));
      await assert.rejects(tree.put(entry('late'), bytes('x')), (e) => isKind(e, 'unavailable'));
      await assert.rejects(collect(tree.read('data')), (e) => isKind(e, 'unavailable'));
      await assert.rejects(tree.stat(''), (e) => isKind(e, 'unavailable'));
    }
  });

  it('stays on one file system when told to', async () => {
    fs.mkdirSync(join(root, 'mounted'));
    await kernel.mount({ source: 'tmpfs', target: join(root, 'mounted'), type: 'tmpfs' });
    try {
      fs.writeFileSync(join(root, 'mounted/inside'), '');
      await using tree = await kernel.openTree({ root });
      assert.ok((await walked(tree)).has('mounted/inside'));
      assert.deepEqual([...(await walked(tree, '', { oneFileSystem: true })).keys()], ['', 'mounted']);
    } finally {
      await kernel.unmount(join(root, 'mounted'), { lazy: true });
    }
  });

  it('removes trees, deeper than any path may be as well', async () => {
    execFileSync('python3', [
      '-c',
      `import os
os.chdir(${JSON.stringify(root)})
os.mkdir("deep")
os.chdir("deep")
for i in range(3000):
  os.mkdir("d" * 100)
  os.chdir("d" * 100)
`,
    ]);
    await using tree = await kernel.openTree({ root });
    await assert.rejects(walked(tree), (e) => errnoOf(e) === 'ENAMETOOLONG');
    await tree.remove('deep');
    await tree.remove('deep');
    await tree.put(entry('full/a/b'));
    await tree.put(entry('full/c'));
    await tree.empty('full');
    await tree.empty('absent');
    await tree.flush();
    assert.deepEqual([...(await walked(tree)).keys()], ['', 'full']);
  });

  it('mounts overlay and binds where nobody else sees them, targets resolved inside', async () => {
    const base = join(root, '..');
    for (const name of ['l1', 'l2', 'upper', 'work', 'volume', 'outside']) fs.mkdirSync(join(base, name));
    fs.writeFileSync(join(base, 'l1/top'), 'top');
    fs.writeFileSync(join(base, 'l2/below'), 'below');
    fs.symlinkSync(join(base, 'outside'), join(base, 'l2/trap'));
    fs.writeFileSync(join(base, 'volume/data'), 'volume');
    const overlay = {
      lowers: [join(base, 'l1'), join(base, 'l2')],
      upper: join(base, 'upper'),
      work: join(base, 'work'),
    };
    const binds = [
      { source: join(base, 'volume'), target: '/mnt/volume', readOnly: true },
      { source: join(base, 'volume/data'), target: 'etc/file', readOnly: false },
    ];
    {
      await using tree = await kernel.openTree({ root, overlay, binds });
      const found = await walked(tree);
      assert.deepEqual(
        ['top', 'below', 'mnt/volume/data', 'etc/file'].map((path) => found.get(path)?.text),
        ['top', 'below', 'volume', 'volume'],
      );
      await tree.put(entry('written'), bytes('up'));
      await tree.flush();
      await tree.put(entry('mnt/volume/no'), bytes('x'));
      await assert.rejects(tree.flush(), (e) => errnoOf(e) === 'EROFS');
      assert.deepEqual(fs.readdirSync(root), []);
      const trapped = { ...overlay, upper: join(base, 'upper2'), work: join(base, 'work2') };
      fs.mkdirSync(trapped.upper);
      fs.mkdirSync(trapped.work);
      const trap = { source: join(base, 'volume'), target: '/trap/x', readOnly: false };
      await assert.rejects(kernel.openTree({ root, overlay: trapped, binds: [trap] }));
      assert.deepEqual(fs.readdirSync(join(base, 'outside')), []);
    }
    assert.equal(fs.readFileSync(join(base, 'upper/written'), 'utf8'), 'up');
    assert.doesNotMatch(fs.readFileSync('/proc/self/mounts', 'utf8'), new RegExp(base));
  });

  it('joins a running container, and is not fooled while that swaps links', async () => {
    const secret = join(execRoot, 'secret');
    fs.writeFileSync(secret, 'host secret');
    const swap = `mkdir -p /tmp/real; echo inside > /tmp/real/secret; ln -s ${execRoot} /tmp/evil; mv /tmp/real /tmp/x; echo ready > /tmp/ready
      while :; do mv /tmp/evil /tmp/e; mv /tmp/x /tmp/evil; mv /tmp/evil /tmp/x; mv /tmp/e /tmp/evil; done`;
    const bundle = makeBundle(['/bin/busybox', 'sh', '-c', `/bin/busybox mount -t tmpfs none /tmp; ${swap}`]);
    const request = shimRequest(bundle);
    await kernel.startShim(request);
    const control = await Control.open(request.socket);
    control.start();
    const joinPid = await control.started;
    await using tree = await kernel.openTree({ root: '/', joinPid });
    assert.equal((await tree.stat('bin/busybox'))?.type, 'file');
    for (let i = 0; i < 300; i++) {
      const content = await collect(tree.read('tmp/evil/secret')).catch(() => Buffer.alloc(0));
      assert.ok(!content.includes('host secret'));
      await tree.put(entry('tmp/evil/planted'), bytes('x'));
      await tree.flush().catch(() => undefined);
    }
    assert.equal(fs.existsSync(join(execRoot, 'planted')), false);
    control.kill(9);
    await control.exited;
  });

  it('says so when the root is not there or the worker is killed', async () => {
    await assert.rejects(kernel.openTree({ root: join(root, 'absent') }), (e) => isKind(e, 'notFound'));
    const tree = await kernel.openTree({ root });
    const worker = execFileSync('pgrep', ['-n', '-f', helperPath()]).toString().trim();
    process.kill(Number(worker), 'SIGKILL');
    await assert.rejects(tree.stat(''), (e) => isKind(e, 'unavailable'));
    await tree[Symbol.asyncDispose]();
    assert.deepEqual(
      fs.readdirSync(execRoot).filter((name) => name.startsWith('t')),
      [],
    );
  });
});
