// Contexts that are kept from build to build: what is asked for again and what is not, by what a real file system says of its files.

import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeptContexts } from '../../runtime/src/builder/contexts/kept-contexts.ts';
import type { Bytes } from '../../runtime/src/host/host.ts';
import { listFolder } from '../../runtime/src/copy/list-folder.ts';
import { listingLine, type ListedEntry } from '../../runtime/src/spec/context-listing.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { requireRoot } from '../helpers/skip.ts';
import { entry, tar } from '../images/tar-members.ts';
import { type Lab, never, openLab } from './fixture.ts';

const plenty = { bytes: 2 ** 30, ageMs: 3600_000 };
const second = 1_000_000_000n;

describe('builder: contexts that are kept', () => {
  let lab: Lab;
  let number = 0;
  before(async function () {
    requireRoot(this);
    lab = await openLab();
  });
  after(async () => lab?.[Symbol.asyncDispose]());

  function keptIn(name: string, limits = plenty): KeptContexts {
    const { host, kernel, path } = lab;
    return new KeptContexts({ host, kernel, logger: silentLogger, directory: `${path}/${name}`, limits });
  }

  /** A folder with files in it, and a store for it. */
  function project(files: Readonly<Record<string, string>>) {
    const name = `p${++number}`;
    const folder = join(lab.path, `${name}-files`);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const listing = listFolder(folder, () => ({ itself: true, below: true }));
    return { folder, listing, kept: keptIn(name), store: join(lab.path, name), name };
  }

  /** Offers the folder, sends what is asked for. @param ageNs how long ago its clock stood where it stands: for a listing of old files */
  async function send({ kept, listing }: Pick<ReturnType<typeof project>, 'kept' | 'listing'>, ageNs = 10n * second) {
    const paths: string[] = [];
    async function* lines(): AsyncGenerator<Uint8Array> {
      for await (const piece of listing.lines()) {
        for (const line of Buffer.from(piece).toString().trimEnd().split('\n')) {
          paths.push((JSON.parse(line) as [string])[0]);
        }
        yield piece;
      }
    }
    const takenNs = BigInt(Date.now()) * 1_000_000n + ageNs;
    const { id, missing } = await kept.offer({ key: await listing.key(), description: 'here', takenNs }, lines());
    if (missing.length > 0) await kept.supply(id, listing.pack(missing), never);
    return { id, asked: missing.map((line) => paths[line]) };
  }

  async function textOf(kept: KeptContexts, id: string, path: string): Promise<string> {
    await using context = await kept.open(id);
    await using tree = await context.openTree();
    const found = await tree.lstat(path);
    let text = '';
    for await (const chunk of found?.read() ?? []) text += Buffer.from(chunk).toString();
    return text;
  }

  it('asks for what has changed alone', async () => {
    const at = project({ 'a.txt': 'a', 'src/b.txt': 'b', 'src/c.txt': 'c' });
    assert.deepEqual((await send(at)).asked, ['a.txt', 'src/b.txt', 'src/c.txt']);
    const again = await send(at);
    assert.deepEqual(again.asked, []);
    writeFileSync(join(at.folder, 'src/b.txt'), 'changed');
    writeFileSync(join(at.folder, 'new'), 'new');
    rmSync(join(at.folder, 'a.txt'));
    const { id, asked } = await send(at);
    assert.deepEqual(asked, ['new', 'src/b.txt']);
    assert.equal(await textOf(at.kept, again.id, 'src/b.txt'), 'b', 'a build that goes on has what it began with');
    const next = await send(at);
    assert.deepEqual(next.asked, []);
    await using context = await at.kept.open(id);
    await using tree = await context.openTree();
    assert.deepEqual(
      [...tree.walk('')].map(({ path }) => path),
      ['', 'new', 'src', 'src/b.txt', 'src/c.txt'],
    );
    assert.equal(await textOf(at.kept, next.id, 'src/b.txt'), 'changed');
  });

  it('sees a change that keeps size and time of a file', async () => {
    const at = project({ a: 'one' });
    await send(at);
    const { atime, mtime } = statSync(join(at.folder, 'a'));
    await sleep(20);
    writeFileSync(join(at.folder, 'a'), 'two');
    utimesSync(join(at.folder, 'a'), atime, mtime);
    const { id, asked } = await send(at);
    assert.deepEqual(asked, ['a']);
    assert.equal(await textOf(at.kept, id, 'a'), 'two');
  });

  it('asks once more for what was too young to tell, and takes copies by their contents', async () => {
    const at = project({ a: 'one' });
    await send(at, -10n * second);
    assert.deepEqual((await send(at)).asked, ['a']);
    assert.deepEqual((await send(at)).asked, []);
  });

  it('says by one digest whether anything counts as changed', async () => {
    const at = project({ a: 'one', b: 'two' });
    const contents = async (): Promise<string> => {
      await using context = await at.kept.open((await send(at)).id);
      return context.contents;
    };
    const before = await contents();
    utimesSync(join(at.folder, 'a'), 1, 1);
    assert.equal(await contents(), before);
    writeFileSync(join(at.folder, 'a'), 'ONE');
    assert.notEqual(await contents(), before);
  });

  it('asks for a file of several names once, and keeps links', async () => {
    const at = project({ 'd/a': 'same' });
    linkSync(join(at.folder, 'd/a'), join(at.folder, 'b'));
    symlinkSync('../../etc/passwd', join(at.folder, 'out'));
    const { id, asked } = await send(at);
    assert.deepEqual(asked, ['b']);
    await using context = await at.kept.open(id);
    await using tree = await context.openTree();
    const [a, b] = [await tree.lstat('d/a'), await tree.lstat('b')];
    assert.ok(a?.inode !== undefined && a.inode === b?.inode);
    assert.equal(await a.digest(), await b.digest());
    assert.equal((await tree.lstat('out'))?.linkName, '../../etc/passwd');
    assert.equal(await tree.realPath('out'), undefined, 'it leads nowhere out');
  });

  it('keeps packs small: what is hardly used any more is copied together', async () => {
    const at = project({ small: 's', large: 'x'.repeat(100_000) });
    await send(at);
    writeFileSync(join(at.folder, 'large'), 'gone');
    const { id } = await send(at);
    assert.equal(await textOf(at.kept, id, 'small'), 's');
    const [context] = await at.kept.all();
    assert.ok((context?.size ?? Infinity) < 1000, `${context?.size} bytes`);
  });

  it('survives many changes, one file at a time', async () => {
    const at = project(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, `old ${index}`])));
    await textOf(at.kept, (await send(at)).id, 'f0');
    for (let index = 0; index < 30; index++) {
      writeFileSync(join(at.folder, `f${index}`), `new ${index} ${'x'.repeat(index)}`);
      const { id, asked } = await send(at);
      assert.deepEqual(asked, [`f${index}`]);
      await textOf(at.kept, id, 'f0');
    }
    for (const index of [0, 15, 29]) {
      assert.equal(await textOf(at.kept, (await send(at)).id, `f${index}`), `new ${index} ${'x'.repeat(index)}`);
    }
    const [key = ''] = readdirSync(at.store);
    assert.equal(readdirSync(join(at.store, key)).length, 1, 'nothing is left of those before');
  });

  it('is there after the engine has ended, and not after the machine has', async () => {
    const at = project({ a: 'one' });
    await send(at);
    const next = { ...at, kept: keptIn(at.name) };
    assert.deepEqual((await send(next)).asked, []);
    const { host, kernel } = lab;
    const other = { ...host, bootId: () => Promise.resolve('another start') };
    const after = new KeptContexts({
      host: other,
      kernel,
      logger: silentLogger,
      directory: at.store,
      limits: plenty,
    });
    assert.deepEqual((await send({ ...at, kept: after })).asked, ['a']);
  });

  it('goes when it is too much, when it is told to, and never while it is in use', async () => {
    const at = project({ a: 'x'.repeat(1000) });
    const kept = keptIn(at.name, { bytes: 100, ageMs: 3600_000 });
    const { id } = await send({ ...at, kept });
    const context = await kept.open(id);
    await kept.collect();
    assert.equal((await kept.all()).length, 1);
    assert.equal(await kept.remove(await at.listing.key()), false);
    await context[Symbol.asyncDispose]();
    await kept.collect();
    assert.deepEqual(await kept.all(), []);
    assert.deepEqual((await send({ ...at, kept })).asked, ['a']);
  });

  const plain: ListedEntry = {
    path: 'a',
    type: 'file',
    mode: 0o644,
    size: 1,
    mtimeNs: 0n,
    ctimeNs: 0n,
    inode: '',
    links: 1,
    linkName: '',
  };
  const text = (...lines: readonly string[]): Bytes =>
    (async function* () {
      yield Buffer.from(lines.map((line) => `${line}\n`).join(''));
    })();
  const offer = { key: 'a'.repeat(64), description: 'there', takenNs: 0n };

  for (const [what, lines] of Object.entries({
    'a path that leads out': [listingLine({ ...plain, path: '../a' })],
    'a path that begins with a slash': [listingLine({ ...plain, path: '/a' })],
    'a path twice': [listingLine(plain), listingLine(plain)],
    'no listing': ['{"path":"a"}'],
    'a line that is no JSON': ['['],
    'a size that is none': [listingLine({ ...plain, size: -1 })],
    'a time that is none': [JSON.stringify(['a', 'f', 1, 1, 'now', '1', '', 1, ''])],
    'a line that never ends': ['x'.repeat(200_000)],
  })) {
    it(`refuses ${what}, and keeps nothing`, async () => {
      const { kept, store } = project({});
      await assert.rejects(kept.offer(offer, text(...lines)), { kind: 'invalidParameter' });
      assert.deepEqual(await kept.all(), []);
      assert.deepEqual(readdirSync(join(store, offer.key)), []);
    });
  }

  it('refuses files below a file when it is opened', async () => {
    const { kept } = project({});
    const { id, missing } = await kept.offer(offer, text(listingLine(plain), listingLine({ ...plain, path: 'a/b' })));
    assert.deepEqual(missing, [0, 1]);
    await kept.supply(id, writtenOf(await tar(entry('a', { data: 'x' }), entry('a/b', { data: 'y' }))), never);
    await using context = await kept.open(id);
    await assert.rejects(context.openTree(), { message: '"a/b" lies below "a", which is no folder' });
  });

  it('refuses contents that nobody asked for, misses those that do not come, and knows its offers', async () => {
    const { kept } = project({});
    const ask = async (): Promise<string> => (await kept.offer(offer, text(listingLine(plain)))).id;
    await assert.rejects(kept.supply(await ask(), writtenOf(await tar(entry('b', { data: 'x' }))), never), {
      message: 'nobody asked for the content of "b"',
    });
    await assert.rejects(kept.supply(await ask(), writtenOf(await tar()), never), {
      message: 'the content of "a" was not sent',
    });
    await assert.rejects(kept.open(await ask()), { kind: 'conflict' });
    await assert.rejects(kept.open('unknown'), { kind: 'notFound' });
    await assert.rejects(kept.supply('unknown', undefined, never), { kind: 'notFound' });
    await assert.rejects(kept.offer({ ...offer, key: '../../etc' }, text()), { kind: 'invalidParameter' });
    assert.deepEqual(await kept.all(), []);
  });
});

async function* writtenOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
