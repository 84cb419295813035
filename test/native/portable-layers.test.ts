// What containers of WebAssembly see of an image's layers is what the kernel shows of them: entry by entry, contents too, for layers made of
// this machine's own files with changes on top.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel, Tree, TreeEntry } from '../../runtime/src/host/kernel.ts';
import { Layers } from '../../runtime/src/host/portable/layers.ts';
import { nodeDisk } from '../../runtime/src/host/portable/node/disk.ts';
import { createWritableRoots } from '../../runtime/src/host/portable/roots.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { requireRoot } from '../helpers/skip.ts';
import { portableParts } from '../host/portable-parts.ts';
import { bytes, entry } from '../suites/tree-suite.ts';
import { makeRandom, seed } from '../wasm/files/random-calls.ts';
import { temporaryFolder, testKernel } from './setup.ts';

/** Trees of Debian packages; those that are there. */
const sources = ['/etc/alternatives', '/usr/share/perl', '/usr/lib/python3', '/usr/share/zoneinfo'].filter((path) =>
  existsSync(path),
);

/** Directories that were made on the way have the time of the test. */
const startedNs = BigInt(Date.now()) * 1_000_000n;

/** A line for each entry. */
async function pictureOf(tree: Pick<Tree, 'walk'>): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { content, ...one } of tree.walk('')) {
    const hash = createHash('sha256');
    for await (const chunk of content ?? []) hash.update(chunk);
    const { path, type, mode, uid, gid, mtimeNs, linkName, deviceMajor, deviceMinor, xattrs } = one;
    const size = type === 'directory' ? 0 : one.size;
    const attributes = [...xattrs].map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`).toSorted();
    const numbers = [mode, uid, gid, size, mtimeNs >= startedNs ? 'now' : mtimeNs, deviceMajor, deviceMinor];
    lines.push([path, type, ...numbers, linkName, hash.digest('hex').slice(0, 16), ...attributes].join(' '));
  }
  return lines;
}

/** Without a diff of a hundred thousand lines. */
function assertSame(ours: readonly string[], theirs: readonly string[], what: string): void {
  const index = theirs.findIndex((line, at) => line !== ours[at]);
  assert.ok(index < 0, `${what}, SEED=${seed}: ${ours[index]} instead of ${theirs[index]}`);
  assert.equal(ours.length, theirs.length, what);
}

/** Copies the machine's files into a layer. */
async function putSources(kernel: Kernel, target: Tree): Promise<readonly TreeEntry[]> {
  const put: TreeEntry[] = [];
  for (const source of sources) {
    await using tree = await kernel.openTree({ root: source });
    for await (const { content, ...one } of tree.walk('')) {
      const path = `${source.slice(1)}${one.path === '' ? '' : `/${one.path}`}`;
      const linkName = one.type === 'hardlink' ? `${source.slice(1)}/${one.linkName}` : one.linkName;
      if (one.type === 'socket') continue;
      put.push({ ...one, path, linkName });
      await target.put({ ...one, path, linkName }, content);
    }
  }
  await target.flush();
  return put;
}

/** Whiteouts, opaque directories, other kinds in the place of what was, links, new files. */
async function putChanges(target: Tree, below: readonly TreeEntry[], random: (limit: number) => number): Promise<void> {
  const opaque = new Map([['trusted.overlay.opaque', Buffer.from('y')]]);
  const taken: string[] = [];
  for (let count = 0; count < 300; count++) {
    const one = below[random(below.length)];
    if (one === undefined || taken.some((path) => path.startsWith(one.path) || one.path.startsWith(path))) continue;
    taken.push(one.path);
    const kind = random(5);
    if (kind === 0) await target.put(entry(one.path, { type: 'character', mode: 0 }));
    else if (kind === 1) await target.put(entry(one.path, { mode: 0o600, uid: count }), bytes(`changed ${count}`));
    else if (kind === 2) await target.put(entry(one.path, { type: 'symlink', linkName: `../x${count}` }));
    else if (kind === 3 && one.type === 'directory') {
      await target.put(entry(one.path, { type: 'directory', mode: 0o700, xattrs: opaque }));
      await target.put(entry(`${one.path}/only`), bytes('this'));
    } else if (kind === 4) {
      await target.put(entry(`new/${count}`, { mode: 0o640, gid: count }), bytes('new'));
      await target.put(entry(`new/more/${count}`, { type: 'hardlink', linkName: `new/${count}` }));
    }
  }
  await target.flush();
}

describe('portable layers: as the kernel shows them', function () {
  this.timeout(300_000);
  let kernel: Kernel;
  before(async function () {
    requireRoot(this);
    ({ kernel } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());

  it('shows the same through three layers, of directories of the kernel and of folders of ours', async () => {
    const base = temporaryFolder('layers');
    const portable = portableParts();
    const path = (kind: string, name: string) => {
      const folder = join(base, kind, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    };
    const makers = {
      native: (name: string) => kernel.openTree({ root: path('native', name) }),
      ours: (name: string) => Promise.resolve(portable.folders.openTree(path('ours', name))),
    };
    for (const open of Object.values(makers)) {
      const random = makeRandom(seed);
      await using first = await open('1');
      const below = await putSources(kernel, first);
      assert.ok(below.length > 500, `${below.length} files`);
      for (const name of ['2', '3']) {
        await using layer = await open(name);
        await putChanges(layer, below, random);
      }
    }
    const order = ['3', '2', '1'];
    const lowers = order.map((name) => path('native', name));
    await using merged = await kernel.openTree({
      root: path('native', 'root'),
      overlay: { lowers, upper: path('native', 'upper'), work: path('native', 'work') },
    });
    const theirs = await pictureOf(merged);
    const disk = nodeDisk();
    const overNative = new Layers({ disk, kernel, random: randomBytes });
    for (const [kind, layers] of Object.entries({ native: overNative, ours: portable.layers })) {
      await using roots = createWritableRoots({ disk, kernel, layers, random: randomBytes, logger: silentLogger });
      const root = { layers: order.map((name) => path(kind, name)), scratch: path(kind, 'scratch') };
      await using opened = await roots.open(root);
      await using tree = await opened.tree([]);
      assertSame(await pictureOf(tree), theirs, `over layers of ${kind}`);
      await using changes = await roots.changes(root);
      assert.deepEqual(await pictureOf(changes), [(await pictureOf(changes))[0]], 'nothing has changed');
    }
  });

  it('makes of changes what the kernel makes of them', async () => {
    const base = temporaryFolder('changes');
    const path = (name: string) => {
      const folder = join(base, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    };
    {
      await using layer = await kernel.openTree({ root: path('layer') });
      for (const name of ['a/one', 'a/two', 'b/deep/er/three', 'c/four', 'd/five', 'e/six']) {
        await layer.put(entry(name), bytes(name));
      }
      await layer.put(entry('link', { type: 'symlink', linkName: 'a/one' }));
      await layer.flush();
    }
    const change = async (tree: Tree) => {
      await tree.remove('a/one');
      await tree.remove('c');
      await tree.remove('d');
      await tree.put(entry('d', { type: 'directory', mode: 0o755 }));
      await tree.put(entry('d/new'), bytes('new'));
      await tree.put(entry('fresh/dir/file'), bytes('fresh'));
      await tree.put(entry('b/deep/er/three', { mode: 0o600 }), bytes('changed'));
      await tree.put(entry('link', { type: 'symlink', linkName: 'a/two' }));
      await tree.flush();
      await tree.write('/e/six', bytes('in place'), { create: false, overwrite: true, mode: 0 });
    };
    const overlay = { lowers: [path('layer')], upper: path('upper'), work: path('work') };
    {
      await using tree = await kernel.openTree({ root: path('root'), overlay });
      await change(tree);
    }
    const disk = nodeDisk();
    const layers = new Layers({ disk, kernel, random: randomBytes });
    await using roots = createWritableRoots({ disk, kernel, layers, random: randomBytes, logger: silentLogger });
    const root = { layers: overlay.lowers, scratch: path('scratch') };
    await using opened = await roots.open(root);
    await using tree = await opened.tree([]);
    await change(tree);
    await using ours = await roots.changes(root);
    await using theirs = await kernel.openTree({ root: overlay.upper });
    const told = async (changes: Pick<Tree, 'walk'>) => {
      const lines: string[] = [];
      for await (const { path: at, type, xattrs, linkName, mode } of changes.walk('', { metadataOnly: true })) {
        // The kernel keeps notes of its own on where a file comes from; and says what is opaque only where something is hidden.
        const isOpaque = xattrs.has('trusted.overlay.opaque');
        lines.push(`${at} ${type} ${type === 'character' ? '' : mode} ${linkName} ${isOpaque ? 'opaque' : ''}`.trim());
      }
      return lines;
    };
    assert.deepEqual(await told(ours), await told(theirs));
  });
});
