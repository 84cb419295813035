// Random system calls, the same on two trees: one of ours, and a real directory.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { blockBytes } from '../../../wasm/src/files/inode.ts';
import { errnoOf, type PathTree, type Status } from './tree.ts';

/** Another one by `SEED=…`. */
export const seed = Number(process.env['SEED'] ?? 1);

/** Numbers that look random, the same for the same seed (mulberry32). */
export function makeRandom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The same calls on a real directory, which stands for the root. */
export class KernelTree {
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

/** What the calls are made on. */
export type CallTree = Pick<
  PathTree,
  | 'makeDirectory'
  | 'write'
  | 'truncate'
  | 'symlink'
  | 'link'
  | 'unlink'
  | 'removeDirectory'
  | 'rename'
  | 'read'
  | 'readLink'
  | 'list'
  | 'status'
>;

type Tree = Pick<CallTree, 'list' | 'read' | 'readLink' | 'status'>;

/** All that is in a tree, as text. Layers do not know which of a file's names others hide: then its names are not counted. */
export function pictureOf(tree: Tree, withLinks = true, path = ''): readonly string[] {
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
function makeCall(random: (below: number) => number): (tree: CallTree) => unknown {
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
  const calls: readonly ((tree: CallTree) => unknown)[] = [
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

/**
 * So many random calls on both, whose answers and what is there in the end are the same.
 * @param withLinks whether the numbers of names are the same as well
 */
export function run(
  count: number,
  random: (below: number) => number,
  ours: CallTree,
  theirs: CallTree,
  withLinks: boolean,
): void {
  for (let index = 0; index < count; index++) {
    const call = makeCall(random);
    const [mine, kernels] = [answerOf(() => call(ours)), answerOf(() => call(theirs))];
    assert.deepEqual(withoutTaste(mine), withoutTaste(kernels), `call ${index} with SEED=${seed}: ${String(call)}`);
  }
  assert.deepEqual(pictureOf(ours, withLinks), pictureOf(theirs, withLinks), `with SEED=${seed}`);
}
