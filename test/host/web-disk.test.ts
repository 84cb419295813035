// The disk in memory of an engine in a browser, in Node: trees on it do what trees do everywhere, and the engine's files what Node's do.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Files } from '../../runtime/src/host/host.ts';
import { files as nodeFiles } from '../../runtime/src/host/node/files.ts';
import { Folders } from '../../runtime/src/host/portable/folders.ts';
import { openHostFolder } from '../../runtime/src/host/portable/host-folder.ts';
import { Layers } from '../../runtime/src/host/portable/layers.ts';
import { createWritableRoots } from '../../runtime/src/host/portable/roots.ts';
import { webDisk } from '../../runtime/src/host/web/disk.ts';
import { DiskFiles } from '../../runtime/src/host/web/disk-files.ts';
import { webFiles } from '../../runtime/src/host/web/files.ts';
import { webHostFiles } from '../../runtime/src/host/web/host-files.ts';
import type { TreeRoot } from '../../runtime/src/host/kernel.ts';
import { isEngineError } from '../../runtime/src/spec/errors.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { FileSystem } from '../../wasm/src/files/file-system.ts';
import { Arena } from '../../wasm/src/memory/arena.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { treeSuite } from '../suites/tree-suite.ts';

function newDisk(): DiskFiles {
  const arena = Arena.create({ limit: 2 ** 30, isShared: true });
  return DiskFiles.ofEngine(FileSystem.create(arena, randomBytes(4).readInt32LE()));
}

const synced = () => Promise.resolve();

/** What a call gives, or the words and kind of its failure, without the folder that it is about. */
async function outcome(folder: string, call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return `${error.kind}: ${error.message.replaceAll(folder, '')}`;
  }
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of bytes) text += Buffer.from(chunk).toString();
  return text;
}

/** What people and engines do to files, and what comes of it. */
async function useFiles(files: Files, folder: string): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const look = async (call: Promise<unknown>) => void seen.push(await outcome(folder, call));
  const kindOf = async (path: string) => {
    const stat = await files.stat(`${folder}/${path}`);
    return stat === undefined ? undefined : [stat.kind, stat.mode, stat.kind === 'directory' ? 0 : stat.size];
  };
  await look(files.makeDirectory(`${folder}/a/b`, { recursive: true, mode: 0o755 }));
  await look(files.makeDirectory(`${folder}/a/b`));
  await look(files.makeDirectory(`${folder}/a/b`, { recursive: true }));
  await look(files.makeDirectory(`${folder}/x/y`));
  await look(files.writeAtomic(`${folder}/a/one`, 'first', { mode: 0o640 }));
  await look(files.writeAtomic(`${folder}/a/one`, new Uint8Array([115, 101, 99]), { durable: false }));
  await look(files.writeAtomic(`${folder}/none/one`, 'x'));
  await look(files.readText(`${folder}/a/one`));
  await look(files.readText(`${folder}/a`));
  await look(files.readText(`${folder}/nothing`));
  await look(files.write(`${folder}/a/two`, 'longer than before', { mode: 0o600 }));
  await look(files.write(`${folder}/a/two`, 'short'));
  await look(kindOf('a/two'));
  await look(files.chmod(`${folder}/a/two`, 0o604));
  await look(kindOf('a/two'));
  await look(files.symlink('../a/two', `${folder}/a/b/link`));
  await look(kindOf('a/b/link'));
  await look(files.realPath(`${folder}/a/b/link`).then((path) => path.slice(folder.length)));
  await look(files.realPath(`${folder}/a/b/../one`).then((path) => path.slice(folder.length)));
  await look(files.realPath(`${folder}/a/gone`));
  await look(files.link(`${folder}/a/two`, `${folder}/a/three`));
  await look(files.treeSize(folder));
  await look(files.treeSize(`${folder}/gone`));
  await look(files.list(`${folder}/a`));
  await look(files.list(`${folder}/gone`));
  await look(files.rename(`${folder}/a/three`, `${folder}/a/one`));
  await look(files.rename(`${folder}/a/gone`, `${folder}/a/one`));
  await look(files.readText(`${folder}/a/one`));
  {
    await using log = await files.create(`${folder}/log`, { append: true });
    await log.write(Buffer.from('one '));
    await log.write(Buffer.from('two'));
  }
  {
    await using log = await files.create(`${folder}/log`, { append: true });
    await log.write(Buffer.from(' three'));
    await log.close();
  }
  await look(textOf(files.stream(`${folder}/log`)));
  await look(textOf(files.stream(`${folder}/log`, { start: 4, end: 7 })));
  await look(textOf(files.stream(`${folder}/log`, { start: 400 })));
  await look(textOf(files.stream(`${folder}/gone`)));
  {
    await using log = await files.create(`${folder}/log`);
    await log.write(Buffer.from('anew'));
  }
  await look(files.readText(`${folder}/log`));
  await look(files.remove(`${folder}/a`));
  await look(files.remove(`${folder}/a`));
  await look(files.list(folder));
  return seen;
}

describe('the disk of an engine in a browser', () => {
  const disk = newDisk();
  const parts = webDisk(disk, synced);
  let path = '';
  let count = 0;
  beforeEach(() => {
    path = `/trees/${++count}`;
    parts.makeDirectory(path);
  });

  it('has files as Node has them', async () => {
    await using folder = await makeTempFolder();
    const files = webFiles(disk, synced);
    assert.deepEqual(await useFiles(files, path), await useFiles(nodeFiles, folder.path));
  });

  it('tells of changes in a folder that is watched', async () => {
    const files = webFiles(disk, synced);
    const heard = Promise.withResolvers<void>();
    using _ = files.watch(path, () => heard.resolve());
    await files.write(`${path}/log`, 'more');
    await heard.promise;
  });

  describe('as a folder of index and pack', () => {
    const folders = new Folders(parts, randomBytes);
    treeSuite({ open: () => Promise.resolve(folders.openTree(path)) });
  });

  describe('as a folder of a host', () => {
    const hostFiles = webHostFiles(disk);
    treeSuite({ open: () => Promise.resolve(openHostFolder(hostFiles, path)), isHostFolder: true });
  });

  describe('as the root of a container', () => {
    const folders = new Folders(parts, randomBytes);
    const kernel = {
      openTree: ({ root }: TreeRoot) => Promise.resolve(folders.openTree(root)),
      removeTree: (doomed: string) => parts.remove(doomed),
    };
    const layers = new Layers({ disk: parts, kernel, random: randomBytes });
    const roots = createWritableRoots({ disk: parts, kernel, layers, random: randomBytes, logger: silentLogger });
    after(() => roots[Symbol.asyncDispose]());
    treeSuite({
      async open() {
        parts.makeDirectory(`${path}/layer`);
        await using root = await roots.open({ layers: [`${path}/layer`], scratch: path });
        return await root.tree([]);
      },
    });
  });
});
