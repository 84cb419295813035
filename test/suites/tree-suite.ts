// What every file tree does, whoever keeps the files: a kernel, a folder of index and pack, a container's root in memory. All of it by
// the contract alone.

import assert from 'node:assert/strict';
import { errnoOf } from '../../runtime/src/host/errno.ts';
import type { Bytes } from '../../runtime/src/host/host.ts';
import type { Tree, TreeEntry, WalkOptions } from '../../runtime/src/host/kernel.ts';
import type { FileChange, FileStatus } from '../../runtime/src/spec/engine/files.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';

export interface TreeSuite {
  /** Opens an empty root of this test's own; the same one again when called again. */
  open(): Promise<Tree>;
  /** A folder of the host has no devices, pipes and attributes of ours, and times only as exact as a number holds them. */
  readonly isHostFolder?: boolean;
}

export function entry(path: string, changes: Partial<TreeEntry> = {}): TreeEntry {
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

export async function* bytes(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

export async function collect(input: Bytes): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(part);
  return Buffer.concat(parts);
}

export async function walked(tree: Pick<Tree, 'walk'>, path = '', options?: WalkOptions) {
  const entries = new Map<string, TreeEntry & { readonly text: string | undefined }>();
  for await (const { content, ...rest } of tree.walk(path, options)) {
    entries.set(rest.path, { ...rest, text: content === undefined ? undefined : (await collect(content)).toString() });
  }
  return entries;
}

async function listed(tree: Tree, path: string): Promise<Map<string, FileStatus>> {
  const entries = new Map<string, FileStatus>();
  for await (const one of tree.list(path)) entries.set(one.name, one);
  return entries;
}

const replace = { create: true, overwrite: true, mode: 0o640 };
const fails = (call: Promise<unknown>, code: string) => assert.rejects(call, (error) => errnoOf(error) === code);
const textOf = async (tree: Tree, path: string) => (await collect(tree.read(path))).toString();

const directory = (path: string, changes: Partial<TreeEntry> = {}) =>
  entry(path, { type: 'directory', mode: 0o755, ...changes });
const symlink = (path: string, linkName: string) => entry(path, { type: 'symlink', mode: 0o777, linkName });

/** Takes changes until `enough` says so. */
async function changesUntil(changes: AsyncIterable<FileChange>, enough: (seen: readonly string[]) => boolean) {
  const seen: string[] = [];
  for await (const { type, path } of changes) {
    seen.push(`${type} ${path}`);
    if (enough(seen)) break;
  }
  return seen;
}

export function treeSuite({ isHostFolder = false, ...suite }: TreeSuite): void {
  const open = () => suite.open();
  const nodes = (...entries: readonly TreeEntry[]) => (isHostFolder ? [] : entries);
  const roundTime = (ns: bigint) => (isHostFolder ? ns / 1_000_000n : ns);

  it('keeps every bit of what is put', async () => {
    await using tree = await open();
    const file = entry('dir/file', {
      mode: 0o4755,
      uid: 1000,
      gid: 1001,
      size: 11,
      mtimeNs: 1_234_567_890_987_654_321n,
      xattrs: new Map([
        ['user.test', Buffer.from([0, 255, 1])],
        ['security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex')],
      ]),
    });
    const put = [
      directory(''),
      directory('dir', { mode: 0o2750, gid: 5, mtimeNs: 5n, xattrs: new Map([['user.d', Buffer.from('x')]]) }),
      file,
      { ...symlink('dir/link', '../elsewhere'), uid: 7, mtimeNs: -1_500_000_000n },
      { ...file, path: 'dir/other-name', type: 'hardlink' as const, linkName: 'dir/file', size: 0 },
      ...nodes(
        entry('dir/null', { type: 'character', mode: 0o666, deviceMajor: 1, deviceMinor: 3 }),
        entry('dir/disk', { type: 'block', mode: 0o660, deviceMajor: 300, deviceMinor: 70_000 }),
        entry('dir/pipe', { type: 'fifo', mode: 0o622 }),
        entry('dir/socket', { type: 'socket', mode: 0o755 }),
      ),
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
      const own = new Map([...seen.xattrs].map(([name, value]) => [name, Buffer.from(value)]));
      const wanted = {
        ...one,
        // The time of a link in a folder of the host stays that of when it was made.
        mtimeNs: isHostFolder && one.type === 'symlink' ? roundTime(seen.mtimeNs) : roundTime(one.mtimeNs),
        xattrs: one.type === 'hardlink' || isHostFolder ? new Map() : one.xattrs,
      };
      assert.deepEqual({ ...seen, mtimeNs: roundTime(seen.mtimeNs), size: one.size, xattrs: own }, wanted);
    }
    assert.equal(found.get('made/on/the')?.mode, 0o755);
    assert.deepEqual([...found.keys()].slice(0, 3), ['', 'dir', 'dir/caf\u00e9 \udcff']);
  });

  it('has after it was closed what it had before', async () => {
    {
      await using tree = await open();
      await tree.put(directory('d', { mode: 0o700, mtimeNs: 7n }));
      await tree.put(entry('d/big'), bytes(Buffer.alloc(300_000, 'x'), 'end'));
      await tree.put(symlink('link', 'd/big'));
      await tree.flush();
    }
    await using tree = await open();
    assert.deepEqual([...(await walked(tree)).keys()], ['', 'd', 'd/big', 'link']);
    const content = await collect(tree.read('link'));
    assert.deepEqual([content.length, content.subarray(-4).toString()], [300_003, 'xend']);
  });

  it('replaces one kind by another, and keeps the children of a directory', async () => {
    await using tree = await open();
    await tree.put(entry('d/child'), bytes('kept'));
    await tree.put(directory('d', { mode: 0o700 }));
    await tree.put(entry('f'), bytes('old content'));
    await tree.put(entry('f'), bytes('new'));
    await tree.put(entry('was-dir/below/deep'));
    await tree.put(entry('was-dir'), bytes('file now'));
    await tree.put(entry('f', { type: 'hardlink', linkName: 'f' })); // a duplicate that names itself
    await tree.flush();
    const found = await walked(tree);
    assert.deepEqual([...found.keys()], ['', 'd', 'd/child', 'f', 'was-dir']);
    assert.equal(found.get('d')?.mode, 0o700);
    assert.equal(found.get('f')?.text, 'new');
    assert.equal(found.get('was-dir')?.text, 'file now');
    await tree.put(directory('f'));
    await tree.put(symlink('f/x', 'y'));
    await tree.flush();
    assert.equal((await tree.stat('f'))?.type, 'directory');
  });

  it('resolves every link inside the root', async () => {
    await using tree = await open();
    for (const [name, target] of [
      ['absolute', '/etc'],
      ['climbing', '../../../../../../../../etc'],
      ['process', '/proc/self/root'],
      ['to-file', '/etc/passwd'],
      ['loop', 'loop'],
    ] as const) {
      await tree.put(symlink(name, target));
    }
    await tree.flush();
    for (const path of ['absolute/passwd', 'climbing/passwd', 'process/etc/passwd', '../../etc/passwd']) {
      assert.equal(await tree.stat(path, { follow: true }), undefined);
      await assert.rejects(collect(tree.read(path)), (error) => isKind(error, 'notFound'));
    }
    assert.equal(await tree.realPath('to-file'), undefined);
    await fails(tree.stat('loop', { follow: true }), 'ELOOP');
    // A parent that leads to nothing is refused; what is above the root is the root.
    await tree.put(entry('absolute/planted'), bytes('x'));
    await fails(tree.flush(), 'ENOENT');
    await tree.put(directory('made'));
    await tree.put(symlink('up', '/made/../../../made'));
    await tree.put(entry('up/planted'), bytes('x'));
    // The last link is replaced, never written through.
    await tree.put(entry('to-file'), bytes('mine'));
    await tree.put(entry('hard', { type: 'hardlink', linkName: '../../../etc/passwd' }));
    await fails(tree.flush(), 'ENOENT');
    await tree.remove('absolute/passwd');
    await tree.remove('../etc/passwd');
    await fails(tree.remove('..'), 'EINVAL');
    assert.equal(await textOf(tree, 'made/planted'), 'x');
    assert.equal(await textOf(tree, 'to-file'), 'mine');
    assert.equal(await tree.realPath('up/../made/planted'), '/made/planted');
    assert.equal(await tree.realPath('up'), '/made');
    assert.equal(await tree.realPath(''), '/');
  });

  it('tells the first failure at the latest in flush, and goes on after it', async () => {
    await using tree = await open();
    await tree.put(entry('file'));
    await tree.flush();
    await tree.put(entry('file/below'), bytes('x'));
    await assert.rejects(
      tree.flush(),
      (error) => errnoOf(error) === 'ENOTDIR' && error instanceof Error && /file\/below/.test(error.message),
    );
    await tree.put(entry('after'), bytes('fine'));
    await tree.flush();
    assert.equal(await textOf(tree, 'after'), 'fine');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half of it');
      throw new Error('layer is truncated');
    }
    await assert.rejects(tree.put(entry('half', { size: 100 }), broken()), /truncated/);
    await tree.flush();
    assert.equal(await tree.stat('half'), undefined);
  });

  it('refuses names and numbers that no file can have, and works on', async () => {
    await using tree = await open();
    const bad: Partial<TreeEntry>[] = [
      { path: 'a\0b' },
      { path: 'x/'.repeat(3000) },
      { type: 'symlink', linkName: 'y'.repeat(5000) },
      { uid: 5_000_000_000 },
      { gid: -1 },
      { size: -1 },
      { xattrs: new Map([['user.big', Buffer.alloc(2_000_000)]]) },
    ];
    for (const changes of bad) {
      await assert.rejects(tree.put(entry('bad', changes)), JSON.stringify(Object.keys(changes)));
    }
    for (const path of ['a\0b', 'z'.repeat(5000)]) {
      await assert.rejects(tree.stat(path));
      await assert.rejects(tree.realPath(path));
      await assert.rejects(tree.remove(path));
      await assert.rejects(collect(tree.read(path)));
      await assert.rejects(walked(tree, path));
    }
    for (const path of ['', '.', '..', 'a/..', 'n'.repeat(256), '/']) {
      await tree.put(entry(path), bytes('x'));
      await assert.rejects(tree.flush(), (error) => errnoOf(error) !== undefined, path);
    }
    await tree.put(entry('///fine//'), bytes('x'));
    await tree.flush();
    assert.deepEqual([...(await walked(tree)).keys()], ['', 'fine']);
  });

  it('walks a part, skips contents, and is left early without harm', async () => {
    await using tree = await open();
    await tree.put(entry('a/one', { size: 3_000_000 }), bytes(Buffer.alloc(3_000_000, 'x')));
    await tree.put(entry('a/two'), bytes('two'));
    await tree.put(entry('a/b/two', { type: 'hardlink', linkName: 'a/two' }));
    await tree.flush();
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
    for await (const { content } of tree.walk('')) {
      for await (const chunk of content ?? []) {
        assert.ok(chunk.length > 0);
        break;
      }
      if (content !== undefined) break;
    }
    assert.equal((await walked(tree, '', { metadataOnly: true })).get('a/one')?.size, 3_000_000);
    await assert.rejects(walked(tree, 'absent'), (error) => isKind(error, 'notFound'));
    assert.deepEqual([...(await walked(tree, 'a/two')).keys()], ['a/two']);
    // Paths of entries are relative to the root, however it was asked.
    assert.deepEqual([...(await walked(tree, '/a/b/')).keys()], ['a/b', 'a/b/two']);
    assert.deepEqual([(await tree.stat('/a/b'))?.path, (await tree.stat('/'))?.path], ['a/b', '']);
  });

  it('reads one file, and refuses what could hang', async () => {
    const data = Buffer.alloc(5_000_000, 'abcdefghijk');
    await using tree = await open();
    await tree.put(entry('data'), bytes(data));
    await tree.put(symlink('link', '/data'));
    for (const node of nodes(entry('fifo', { type: 'fifo' }))) await tree.put(node);
    await tree.flush();
    assert.ok((await collect(tree.read('/link'))).equals(data));
    if (!isHostFolder) await fails(collect(tree.read('fifo')), 'EINVAL');
    await fails(collect(tree.read('')), 'EISDIR');
    for await (const chunk of tree.read('data')) {
      assert.ok(chunk.length > 0);
      break;
    }
    const link = await tree.stat('link');
    assert.deepEqual([link?.linkName, link?.size], ['/data', 5]);
    assert.equal((await tree.stat('link', { follow: true }))?.size, data.length);
    assert.equal(await tree.stat('data/below'), undefined);
  });

  it('reads ranges', async () => {
    await using tree = await open();
    await tree.put(entry('file'), bytes('0123456789'));
    await tree.flush();
    const range = async (offset: number, length?: number) =>
      (await collect(tree.read('/file', length === undefined ? { offset } : { offset, length }))).toString();
    assert.deepEqual(
      [await range(3, 4), await range(8), await range(100, 4), await range(0, 0), await range(0)],
      ['3456', '89', '', '', '0123456789'],
    );
  });

  it('can be closed under a reader and a walker without harm', async () => {
    {
      await using tree = await open();
      await tree.put(entry('data'), bytes(Buffer.alloc(20_000_000)));
      await tree.flush();
    }
    for (const leave of ['return', 'next'] as const) {
      const tree = await open();
      const reader = tree.read('data')[Symbol.asyncIterator]();
      assert.equal((await reader.next()).done, false);
      await tree[Symbol.asyncDispose]();
      await tree[Symbol.asyncDispose]();
      if (leave === 'return') await reader.return?.();
      else {
        const rest = collect({ [Symbol.asyncIterator]: () => reader });
        await assert.rejects(rest, (error) => isKind(error, 'unavailable'));
      }
      await assert.rejects(tree.put(entry('late'), bytes('x')), (error) => isKind(error, 'unavailable'));
      await assert.rejects(collect(tree.read('data')), (error) => isKind(error, 'unavailable'));
      await assert.rejects(tree.stat(''), (error) => isKind(error, 'unavailable'));
    }
  });

  it('removes trees and empties directories', async () => {
    await using tree = await open();
    for (let index = 0; index < 50; index++) await tree.put(entry(`deep/${'d/'.repeat(index)}file`));
    await tree.put(entry('full/a/b'));
    await tree.put(entry('full/c'));
    await tree.flush();
    await tree.remove('deep');
    await tree.remove('deep');
    await tree.empty('full');
    await tree.empty('absent');
    await tree.flush();
    assert.deepEqual([...(await walked(tree)).keys()], ['', 'full']);
  });

  it('lists one level with true types, sizes and times, and where links lead', async () => {
    await using tree = await open();
    const file = { mode: 0o600, uid: 1000, gid: 1001, size: 5, mtimeNs: 1_500_000_000_250_000_000n };
    await tree.put(directory('d/below'));
    await tree.put(entry('d/file', file), bytes('hello'));
    await tree.put(symlink('d/to-directory', '/d/below'));
    await tree.put(symlink('d/dangling', 'nowhere'));
    await tree.put(symlink('d/outside', '../../../../etc/passwd'));
    const character = entry('d/null', { type: 'character', deviceMajor: 1, deviceMinor: 3 });
    for (const node of nodes(entry('d/fifo', { type: 'fifo' }), character)) await tree.put(node);
    await tree.flush();
    const entries = await listed(tree, '/d');
    assert.deepEqual(
      [...entries].map(([name, { type, targetType }]) => `${name} ${type} ${targetType ?? '-'}`).toSorted(),
      [
        'below directory -',
        'dangling symlink -',
        ...nodes(entry('fifo')).map(({ path }) => `${path} fifo -`),
        'file file -',
        ...nodes(entry('null')).map(({ path }) => `${path} character -`),
        'outside symlink -',
        'to-directory symlink directory',
      ],
    );
    const { ctimeMs, ...seen } = entries.get('file') ?? assert.fail('no file');
    assert.deepEqual(seen, {
      name: 'file',
      type: 'file',
      size: 5,
      mode: 0o600,
      uid: 1000,
      gid: 1001,
      mtimeMs: 1_500_000_000_250,
    });
    assert.ok(Math.abs(ctimeMs - Date.now()) < 600_000, String(ctimeMs));
    assert.equal(entries.get('dangling')?.linkTarget, 'nowhere');
    assert.equal((await tree.status('/d/to-directory', { follow: false }))?.targetType, 'directory');
    assert.equal((await tree.status('/d/to-directory', { follow: true }))?.type, 'directory');
    assert.equal(await tree.status('/d/absent', { follow: true }), undefined);
    await fails(listed(tree, '/d/file'), 'ENOTDIR');
    await fails(listed(tree, '/absent'), 'ENOENT');
  });

  it('writes in place, so that owner, mode and other names stay', async () => {
    await using tree = await open();
    await tree.put(entry('file', { mode: 0o4711, uid: 1000, gid: 1001 }), bytes('a longer text than the new one'));
    await tree.put(entry('other', { type: 'hardlink', linkName: 'file' }));
    await tree.put(symlink('link', '/file'));
    await tree.flush();
    await tree.write('/link', bytes('new ', 'text'), replace);
    const after = await tree.stat('file');
    assert.deepEqual([after?.uid, after?.gid, after?.mode], [1000, 1001, 0o4711]);
    assert.equal(await textOf(tree, 'other'), 'new text');
    assert.equal((await tree.stat('link'))?.type, 'symlink');
  });

  it('makes files and directories for whom the directory belongs to', async () => {
    await using tree = await open();
    await tree.put(directory('home', { uid: 1000, gid: 1001 }));
    await tree.flush();
    await tree.write('/home/file', bytes(), replace);
    await tree.makeDirectory('/home/directory');
    const [file, made] = [await tree.stat('home/file'), await tree.stat('home/directory')];
    assert.deepEqual([file?.uid, file?.gid, file?.mode, file?.size], [1000, 1001, 0o640, 0]);
    assert.deepEqual([made?.uid, made?.gid, made?.mode], [1000, 1001, 0o755]);
  });

  it('says what is wrong before it asks for content, and goes on', async () => {
    await using tree = await open();
    await tree.put(directory('directory'));
    await tree.put(entry('file'), bytes('old'));
    const special = nodes(
      entry('fifo', { type: 'fifo' }),
      entry('null', { type: 'character', deviceMajor: 1, deviceMinor: 3 }),
    );
    for (const node of special) await tree.put(node);
    await tree.flush();
    let asked = false;
    const content = (async function* () {
      asked = true;
      yield Buffer.from('x');
    })();
    await fails(tree.write('/file', content, { ...replace, overwrite: false }), 'EEXIST');
    await fails(tree.write('/absent', content, { ...replace, create: false }), 'ENOENT');
    await fails(tree.write('/absent/file', content, replace), 'ENOENT');
    await fails(tree.write('/directory', content, replace), 'EISDIR');
    for (const { path } of special) await fails(tree.write(path, content, replace), 'EINVAL');
    await fails(tree.write('/file/below', content, replace), 'ENOTDIR');
    assert.equal(asked, false);
    await fails(tree.makeDirectory('/directory'), 'EEXIST');
    await fails(tree.makeDirectory('/absent/directory'), 'ENOENT');
    assert.equal(await textOf(tree, 'file'), 'old');
  });

  it('leaves no half of a new file when its content does not come', async () => {
    await using tree = await open();
    const broken = (async function* () {
      yield Buffer.alloc(100_000, 'x');
      throw new Error('the client went away');
    })();
    await assert.rejects(tree.write('/new', broken, replace), /went away/);
    assert.deepEqual([...(await walked(tree)).keys()], ['']);
    await tree.write('/new', bytes('whole'), replace);
    assert.equal(await textOf(tree, 'new'), 'whole');
  });

  it('moves and removes', async () => {
    await using tree = await open();
    await tree.put(entry('a/b/file'), bytes('1'));
    await tree.put(entry('taken'), bytes('2'));
    await tree.put(symlink('link', '/a'));
    await tree.flush();
    await fails(tree.rename('/a/b/file', '/taken', { overwrite: false }), 'EEXIST');
    await fails(tree.rename('/absent', '/x', { overwrite: true }), 'ENOENT');
    await fails(tree.rename('/a', '/a/b/c', { overwrite: true }), 'EINVAL');
    await tree.rename('/a/b/file', '/taken', { overwrite: true });
    assert.equal(await textOf(tree, 'taken'), '1');
    await tree.rename('/a/b', '/b', { overwrite: false });
    await tree.write('/b/file', bytes('3'), replace);
    await fails(tree.unlink('/b', { recursive: false }), 'ENOTEMPTY');
    await tree.unlink('/link', { recursive: true });
    assert.equal((await tree.stat('a'))?.type, 'directory');
    await tree.unlink('/b', { recursive: true });
    await tree.unlink('/a', { recursive: false });
    await tree.unlink('/taken', { recursive: false });
    await fails(tree.unlink('/taken', { recursive: true }), 'ENOENT');
    await fails(tree.unlink('/', { recursive: true }), 'EINVAL');
    assert.deepEqual([...(await walked(tree)).keys()], ['']);
  });

  it('tells changes in one directory', async () => {
    await using tree = await open();
    await using hand = await open();
    await tree.put(directory('d/below'));
    await tree.flush();
    const changes = await tree.watch('/d', { recursive: false });
    await hand.write('/d/below/unseen', bytes('x'), replace);
    await hand.write('/d/file', bytes('x'), replace);
    const first = await changesUntil(changes, (all) => all.includes('created file'));
    assert.ok(!first.some((change) => change.includes('unseen')), first.join(', '));
    const again = await tree.watch('/d', { recursive: false });
    await hand.rename('/d/file', '/d/moved', { overwrite: false });
    const seen = await changesUntil(again, (all) => all.includes('created moved') && all.includes('deleted file'));
    assert.ok(!seen.some((change) => change.includes('unseen')), seen.join(', '));
  });

  it('tells changes in a tree, and its end', async () => {
    await using hand = await open();
    const tree = await open();
    await hand.put(directory('d/one'));
    await hand.flush();
    const changes = await tree.watch('/', { recursive: true });
    await hand.makeDirectory('/d/new');
    await hand.write('/d/new/file', bytes('x'), replace);
    const first = await changesUntil(changes, (all) => all.includes('created d/new/file'));
    assert.ok(first.includes('created d/new'), first.join(', '));
    const ending = await tree.watch('/d/new', { recursive: true });
    await hand.remove('d/new');
    const last = await changesUntil(ending, () => false);
    assert.equal(last.at(-1), 'deleted ');
    const forever = (await tree.watch('/', { recursive: true }))[Symbol.asyncIterator]();
    const next = forever.next();
    await tree[Symbol.asyncDispose]();
    assert.equal((await next).done, true);
  });
}
