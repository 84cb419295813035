// File trees without a kernel do what those of the kernel do.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { openHostFolder } from '../../runtime/src/host/portable/host-folder.ts';
import { nodeHostFiles } from '../../runtime/src/host/portable/node/host-files.ts';
import type { Disk } from '../../runtime/src/host/portable/disk.ts';
import { createWritableRoots } from '../../runtime/src/host/portable/roots.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { FileSystem } from '../../wasm/src/files/file-system.ts';
import { Arena } from '../../wasm/src/memory/arena.ts';
import { until } from '../helpers/poll.ts';
import { requireRoot } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { collect, entry, treeSuite } from '../suites/tree-suite.ts';
import { portableParts } from './portable-parts.ts';

const { disk, folders, kernel, layers } = portableParts();

describe('portable trees', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let path: string;
  let count = 0;
  before(async () => {
    folder = await makeTempFolder();
  });
  after(() => folder[Symbol.asyncDispose]());
  beforeEach(() => {
    path = `${folder.path}/${++count}`;
    mkdirSync(path);
  });

  it('are removed, and nothing that links in their place lead to', async () => {
    mkdirSync(`${path}/kept`);
    writeFileSync(`${path}/kept/file`, 'kept');
    symlinkSync(`${path}/kept`, `${path}/link`);
    symlinkSync('nowhere', `${path}/dangling`);
    mkdirSync(`${path}/flat`);
    writeFileSync(`${path}/flat/file`, '');
    mkdirSync(`${path}/deep/folder`, { recursive: true });
    symlinkSync(`${path}/kept`, `${path}/deep/link`);
    writeFileSync(`${path}/file`, '');
    for (const name of ['link', 'dangling', 'flat', 'deep', 'file', 'absent']) await disk.remove(`${path}/${name}`);
    assert.deepEqual(readdirSync(path), ['kept']);
    assert.equal(readFileSync(`${path}/kept/file`, 'utf8'), 'kept');
  });

  it('hold 100,000 files, in a layer and in a root over it', async () => {
    const count = 100_000;
    mkdirSync(`${path}/layer`);
    const name = (index: number) => `d${index % 317}/e${index % 13}/f${index}`;
    {
      await using layer = folders.openTree(`${path}/layer`);
      for (let index = 0; index < count; index++) await layer.put(entry(name(index)));
      await layer.flush();
    }
    const options = { disk, kernel, layers, random: randomBytes, logger: silentLogger };
    const root = { layers: [`${path}/layer`], scratch: path };
    {
      await using roots = createWritableRoots(options);
      await using opened = await roots.open(root);
      await using tree = await opened.tree([]);
      for (let index = 0; index < count; index += 100) await tree.remove(name(index));
      await opened.save();
    }
    await using roots = createWritableRoots(options);
    await using opened = await roots.open(root);
    await using tree = await opened.tree([]);
    let files = 0;
    for await (const { type } of tree.walk('', { metadataOnly: true })) if (type === 'file') files++;
    assert.equal(files, count - count / 100);
    let whiteouts = 0;
    await using changes = await roots.changes(root);
    for await (const { type } of changes.walk('', { metadataOnly: true })) if (type === 'character') whiteouts++;
    assert.equal(whiteouts, count / 100);
  });

  it('of many files of its own lets others have their turn while it is opened', async () => {
    mkdirSync(`${path}/layer`);
    const root = { layers: [`${path}/layer`], scratch: path };
    const options = { disk, kernel, layers, random: randomBytes, logger: silentLogger };
    const count = 30_000;
    {
      await using roots = createWritableRoots(options);
      await using opened = await roots.open(root);
      await using tree = await opened.tree([]);
      for (let index = 0; index < count; index++) await tree.put(entry(`f${index}`));
    }
    await using roots = createWritableRoots(options);
    let turns = 0;
    const look = () => {
      turns++;
      turn = setImmediate(look);
    };
    let turn = setImmediate(look);
    await using opened = await roots.open(root);
    clearImmediate(turn);
    assert.ok(turns > 1, 'nobody had a turn');
    await using tree = await opened.tree([]);
    let files = 0;
    for await (const { type } of tree.walk('', { metadataOnly: true })) if (type === 'file') files++;
    assert.equal(files, count);
  });

  it('is on the disk itself when nobody has it open any more: first what a dump tells of, then the dump', async () => {
    mkdirSync(`${path}/layer`);
    const written: string[] = [];
    const watched: Disk = {
      ...disk,
      writeAtomic: async (file, data, options) => {
        await disk.writeAtomic(file, data, options);
        written.push(`${file} ${options.durable ? 'durably' : 'at some time'}`);
      },
      sync: async (folder) => {
        await disk.sync(folder);
        written.push(`all of ${folder}`);
      },
    };
    await using roots = createWritableRoots({
      disk: watched,
      kernel,
      layers,
      random: randomBytes,
      logger: silentLogger,
    });
    const all = `all of ${path}`;
    const isOnDisk = () => {
      const [former, last] = written.slice(-2);
      return last === all || (last === `${path}/root.dump durably` && former === all);
    };
    for (const name of ['one', 'two']) {
      const opened = await roots.open({ layers: [`${path}/layer`], scratch: path });
      {
        await using tree = await opened.tree([]);
        await tree.put(entry(name));
        // The second is left to the end.
        if (name === 'one') await tree.flush();
      }
      written.push(name);
      await opened[Symbol.asyncDispose]();
      await until('the root is on the disk', async () => await Promise.resolve(isOnDisk()));
    }
  });

  it('of a root whose memory a program keeps to itself fail, and nothing is saved of one that was left half way', async () => {
    mkdirSync(`${path}/layer`);
    const root = { layers: [`${path}/layer`], scratch: path };
    await using roots = createWritableRoots({ disk, kernel, layers, random: randomBytes, logger: silentLogger });
    await using opened = await roots.open(root);
    await using tree = await opened.tree([]);
    await tree.put(entry('kept'));
    await tree.flush();
    const saved = disk.stamp(`${path}/root.dump`);
    assert.ok(saved !== undefined);
    const other = Arena.open(opened.reference.memory);
    other.owner = 2;
    other.enter();
    await assert.rejects(tree.stat('kept'), (error) => isKind(error, 'unavailable'));
    other.leave();
    assert.equal((await tree.stat('kept'))?.type, 'file');
    await tree.put(entry('half'));
    FileSystem.open(other).break();
    await opened.save();
    assert.equal(disk.stamp(`${path}/root.dump`), saved);
  });

  it('of one folder take contents at once, each whole', async () => {
    async function* slowly(text: string): AsyncGenerator<Uint8Array> {
      for (const letter of text) {
        await new Promise((resolve) => void setImmediate(resolve));
        yield Buffer.from(letter);
      }
    }
    await using one = folders.openTree(path);
    await using other = folders.openTree(path);
    await Promise.all([one.put(entry('a'), slowly('aaaaaaaa')), other.put(entry('b'), slowly('bbbbbbbb'))]);
    await one.flush();
    const texts = [await collect(other.read('a')), await collect(one.read('b'))].map(String);
    assert.deepEqual(texts, ['aaaaaaaa', 'bbbbbbbb']);
  });

  describe('a folder of index and pack', () => {
    treeSuite({ open: () => Promise.resolve(folders.openTree(path)) });
  });

  describe('a folder of the host', () => {
    before(function () {
      requireRoot(this);
    });
    const hostFiles = nodeHostFiles();
    treeSuite({ open: () => Promise.resolve(openHostFolder(hostFiles, path)), isHostFolder: true });
  });

  describe('the root of a container', () => {
    const roots = createWritableRoots({ disk, kernel, layers, random: randomBytes, logger: silentLogger });
    after(() => roots[Symbol.asyncDispose]());
    treeSuite({
      async open() {
        const layer = `${path}/layer`;
        mkdirSync(layer, { recursive: true });
        await using root = await roots.open({ layers: [layer], scratch: path });
        return await root.tree([]);
      },
    });
  });
});
