// The file system of the lightweight mode does what the kernel's does: random system calls on both, whose answers, failures
// and what is there in the end must be the same; with layers below, and contents that spill, as well.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { FileSystem, FileSystemOptions } from '../../../wasm/src/files/file-system.ts';
import { copyChanges } from '../../../wasm/src/files/layer.ts';
import { at, blockBytes, get } from '../../../wasm/src/files/inode.ts';
import { roomOf } from '../../../wasm/src/memory/arena.ts';
import type { Spill } from '../../../wasm/src/files/storage.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { errnoOf, PathTree, type Status } from './tree.ts';

/** Another one by `SEED=…`. */
const seed = Number(process.env['SEED'] ?? 1);

/** Numbers that look random, the same for the same seed (mulberry32). */
function makeRandom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

class MemorySpill implements Spill {
  readonly blocks = new Map<number, Uint8Array>();

  read(block: number, offset: number, into: Uint8Array): void {
    const content = this.blocks.get(block);
    if (content === undefined) into.fill(0);
    else into.set(content.subarray(offset, offset + into.length));
  }

  write(block: number, offset: number, from: Uint8Array): void {
    let content = this.blocks.get(block);
    if (content === undefined) this.blocks.set(block, (content = new Uint8Array(blockBytes)));
    content.set(from, offset);
  }
}

/** The same calls on a real directory, which stands for the root. */
class KernelTree {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  makeDirectory = (path: string) => fs.mkdirSync(this.#at(path));
  symlink = (target: string, path: string) => fs.symlinkSync(target, this.#at(path));
  link = (from: string, path: string) => fs.linkSync(this.#at(from), this.#at(path));
  unlink = (path: string) => fs.unlinkSync(this.#at(path));
  removeDirectory = (path: string) => fs.rmdirSync(this.#at(path));
  rename = (from: string, to: string) => fs.renameSync(this.#at(from), this.#at(to));
  readLink = (path: string) => fs.readlinkSync(this.#at(path));
  list = (path: string) => fs.readdirSync(this.#at(path)).toSorted();
  truncate = (path: string, size: number) => fs.truncateSync(this.#at(path), size);

  write(path: string, offset: number, content: Uint8Array): void {
    const file = fs.openSync(this.#at(path), fs.constants.O_CREAT | fs.constants.O_WRONLY);
    try {
      fs.writeSync(file, content, 0, content.length, offset);
    } finally {
      fs.closeSync(file);
    }
  }

  read(path: string): Uint8Array {
    return new Uint8Array(fs.readFileSync(this.#at(path)));
  }

  status(path: string, follow = false) {
    const found = follow ? fs.statSync(this.#at(path)) : fs.lstatSync(this.#at(path));
    const kind = found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'symlink' : 'file';
    return { kind, size: found.size, links: found.nlink, mode: found.mode & 0o7777 };
  }

  #at(path: string): string {
    // Not `join`, which would take dots away.
    return `${this.#root}${path}`;
  }
}

type Tree = Pick<PathTree, 'list' | 'read' | 'readLink' | 'status'>;

/** All that is in a tree, as text. Layers do not know which of a file's names others hide: then its names are not counted. */
function pictureOf(tree: Tree, withLinks = true, path = ''): readonly string[] {
  return tree.list(path === '' ? '/' : path).flatMap((name) => {
    const child = `${path}/${name}`;
    const { kind, size, links } = tree.status(child);
    if (kind === 'directory') return [`${child}/`, ...pictureOf(tree, withLinks, child)];
    if (kind === 'symlink') return [`${child} -> ${tree.readLink(child)}`];
    const content = tree.read(child);
    assert.equal(content.length, size);
    return [`${child} ${size} ${withLinks ? links : ''} ${Buffer.from(content).toString('latin1')}`];
  });
}

const names = ['a', 'b', 'c', 'd', 'e'];
/** Links lead to relative places only: the kernel's tree has another root. */
const targets = ['a', 'b/c', 'd/e', './c', 'gone', 'e/../b'];

/** One random call. */
function makeCall(random: (below: number) => number): (tree: PathTree | KernelTree) => unknown {
  const name = () => names[random(names.length)] ?? '';
  // What slashes and dots at the end of a path mean differs by the call; `resolve.test.ts` has these.
  const path = () => {
    const above = Array.from({ length: random(3) }, () => (random(12) === 0 ? '.' : name()));
    return `/${[...above, name()].join('/')}`;
  };
  const [one, two] = [path(), path()];
  const sizes = [0, 1, 17, 1000, 4096, blockBytes - 1, blockBytes, blockBytes + 1, 3 * blockBytes + 5];
  const size = () => sizes[random(sizes.length)] ?? 0;
  const content = new Uint8Array(random(8) === 0 ? size() : random(64)).fill(97 + random(26));
  const offset = random(3) === 0 ? size() : random(100);
  const target = targets[random(targets.length)] ?? '';
  const calls: readonly ((tree: PathTree | KernelTree) => unknown)[] = [
    (tree) => tree.makeDirectory(one),
    (tree) => tree.write(one, 0, content),
    (tree) => tree.write(one, offset, content),
    (tree) => tree.truncate(one, offset),
    (tree) => tree.symlink(target, one),
    (tree) => tree.link(one, two),
    (tree) => tree.unlink(one),
    (tree) => tree.removeDirectory(one),
    (tree) => tree.rename(one, two),
    (tree) => tree.rename(one, two),
    (tree) => Buffer.from(tree.read(one)).toString('latin1'),
    (tree) => tree.readLink(one),
    (tree) => tree.list(one),
    (tree) => kindOf(tree.status(one, true)),
  ];
  return calls[random(calls.length)] ?? assert.fail();
}

/** Sizes of directories are the file system's own affair. */
function kindOf({ kind, size }: Pick<Status, 'kind' | 'size'>): string {
  return kind === 'directory' ? kind : `${kind} ${size}`;
}

/** What a call gives, or the name of its failure. */
function answerOf(run: () => unknown): unknown {
  try {
    return run() ?? 'done';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code ?? errnoOf(error);
  }
}

/** What POSIX leaves to the file system, in one word. */
function withoutTaste(answer: unknown): unknown {
  return answer === 'ENOTEMPTY' || answer === 'EPERM' || answer === 'EISDIR' ? 'EEXIST' : answer;
}

function run(count: number, random: (below: number) => number, ours: PathTree, theirs: KernelTree): void {
  for (let index = 0; index < count; index++) {
    const call = makeCall(random);
    const [mine, kernels] = [answerOf(() => call(ours)), answerOf(() => call(theirs))];
    assert.deepEqual(withoutTaste(mine), withoutTaste(kernels), `call ${index} with SEED=${seed}: ${String(call)}`);
  }
  const withLinks = ours.files.layers.length === 0;
  assert.deepEqual(pictureOf(ours, withLinks), pictureOf(theirs, withLinks), `with SEED=${seed}`);
}

/** The changes of a tree as a layer. */
function layerOf({ files }: PathTree): FileSystem {
  const layer = PathTree.create();
  files.arena.enter();
  layer.files.arena.enter();
  copyChanges(files, layer.files);
  layer.files.arena.leave();
  files.arena.leave();
  return layer.files;
}

function removeAll(tree: PathTree, directory: string): void {
  for (const name of tree.list(directory === '' ? '/' : directory)) {
    const path = `${directory}/${name}`;
    if (tree.status(path).kind !== 'directory') tree.unlink(path);
    else {
      removeAll(tree, path);
      tree.removeDirectory(path);
    }
  }
}

/** Bytes that an empty tree keeps: the root's buckets, and the list of free blocks of the spill. */
function spareOf({ files }: PathTree): number {
  const { arena } = files;
  const buckets = get(arena, files.root, at.content) === 0 ? 0 : roomOf(get(arena, files.root, at.contentRoom));
  return buckets + files.spareBytes;
}

describe('wasm files: against the kernel', function () {
  this.timeout(300_000);

  const spilling = () => ({ spill: new MemorySpill(), memory: 100_000 });
  const options: Readonly<Record<string, () => FileSystemOptions & { readonly isShared?: boolean }>> = {
    'in memory that threads share': () => ({}),
    'in memory of one thread': () => ({ isShared: false }),
    'with contents that spill': spilling,
  };
  for (const [title, make] of Object.entries(options)) {
    it(`does what the kernel does, ${title}`, async () => {
      await using folder = await makeTempFolder();
      const random = makeRandom(seed);
      for (let round = 0; round < 20; round++) {
        const root = `${folder.path}/${round}`;
        fs.mkdirSync(root);
        const { isShared = true, ...rest } = make();
        const tree = PathTree.create(rest, { isShared });
        const { used } = tree.files.arena;
        run(400, random, tree, new KernelTree(root));
        removeAll(tree, '');
        assert.equal(tree.files.arena.used, used + spareOf(tree), `nothing is lost, with SEED=${seed}`);
      }
    });
  }

  it('shows layers as one tree, and makes a layer of what has changed', async () => {
    await using folder = await makeTempFolder();
    const random = makeRandom(seed + 1);
    for (let round = 0; round < 20; round++) {
      const root = `${folder.path}/${round}`;
      fs.mkdirSync(root);
      let layers: readonly FileSystem[] = [];
      for (let depth = 0; depth < 5; depth++) {
        const tree = PathTree.create({ layers, ...spilling() });
        run(100, random, tree, new KernelTree(root));
        layers = [layerOf(tree), ...layers];
        assert.deepEqual(
          pictureOf(PathTree.create({ layers }), false),
          pictureOf(new KernelTree(root), false),
          `with SEED=${seed}`,
        );
      }
    }
  });
});
