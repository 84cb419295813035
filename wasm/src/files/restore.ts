// A file system out of the image of another arena: what can be reached by names is copied, block by block, and nothing else. So what a
// program had open when the image was taken, its pipes and its processes are gone, and what they took is free.
//
// Addresses, kinds, names and links between inodes are checked on the way, and nothing is copied twice: an image that is not what
// it should be gives an error. What it says of inodes of layers is taken as it is.

import type { Arena } from '../memory/arena.ts';
import { attributesOf, setAttributes } from './attributes.ts';
import { longestFile } from './contents.ts';
import { addEntry, entryName, findEntry, inodeOf, nextEntry, seedWord, type Name } from './directories.ts';
import { DamagedDump } from './dump.ts';
import { FileSystem, word, type FileSystemOptions } from './file-system.ts';
import { at, blockBytes, flag, get, getDouble, hasFlag, inodeBytes, kind, kindOf, longestName, set } from './inode.ts';
import { keepLowers, lowersOf } from './lowers.ts';

const highestKind = kind.socket;
const slash = 0x2f;
/** Names that are copied in one piece. */
const pieceNames = 512;

/**
 * @param image what was an arena; nobody else uses it
 * @param arena a new one, with room for it
 * @param options as of the file system that the image is of
 * @throws DamagedDump, Failure ENOSPC when the arena is too small
 */
export function restoreFiles(image: Arena, arena: Arena, options: FileSystemOptions): FileSystem {
  const pieces = restoreInPieces(image, arena, options);
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
  }
}

/** As `restoreFiles`, some hundred names at a time; between two pieces the arena is left, and not to be used. */
export function* restoreInPieces(
  image: Arena,
  arena: Arena,
  options: FileSystemOptions,
): Generator<undefined, FileSystem, undefined> {
  const files = FileSystem.open(arena, options);
  const work = copyAll(image, files);
  for (;;) {
    arena.enter();
    try {
      if (work.next().done === true) return files;
    } finally {
      arena.leave();
    }
    yield;
  }
}

function* copyAll(image: Arena, files: FileSystem): Generator<undefined, void, undefined> {
  const { arena } = files;
  for (const field of [seedWord, word.nextNumber, word.spilled]) arena.setWord(field, image.word(field));
  const copy = new Copy(image, files);
  for (const field of [word.root, word.origins]) {
    arena.setWord(field, yield* copy.tree(image.word(field), field === word.root));
  }
  copy.freeSpilled();
}

class Copy {
  readonly #from: Arena;
  readonly #source: FileSystem;
  readonly #files: FileSystem;
  /** Inodes here by those of the image. */
  readonly #made = new Map<number, number>();
  readonly #directories: { readonly from: number; readonly made: number }[] = [];
  readonly #spilled = new Set<number>();
  /** An image cannot hold more entries than have room in it. */
  #entriesLeft: number;

  constructor(from: Arena, files: FileSystem) {
    this.#from = from;
    this.#source = FileSystem.open(from, { layers: files.layers });
    this.#files = files;
    this.#entriesLeft = from.u8.length >> 5;
  }

  /** @param isNamed names in it are names of files @returns the directory */
  *tree(root: number, isNamed: boolean): Generator<undefined, number, undefined> {
    const made = this.#inode(root);
    if (kindOf(this.#from, root) !== kind.directory) throw new DamagedDump('its root is no directory');
    set(this.#files.arena, made, at.parent, made);
    for (let next = this.#directories.pop(); next !== undefined; next = this.#directories.pop()) {
      yield* this.#entries(next.from, next.made, isNamed);
    }
    return made;
  }

  *#entries(from: number, made: number, isNamed: boolean): Generator<undefined, void, undefined> {
    const { arena } = this.#files;
    for (let entry = get(this.#from, from, at.first); entry !== 0; entry = nextEntry(this.#from, entry)) {
      if (this.#entriesLeft-- === 0) throw new DamagedDump('its directories have no end');
      if (this.#entriesLeft % pieceNames === 0) yield;
      const name = entryName(this.#from, this.#block(entry, 32));
      checkName(name, isNamed);
      if (findEntry(arena, made, name) !== 0) throw new DamagedDump('a directory has two entries of one name');
      const inode = inodeOf(this.#from, entry);
      // One that was removed, and held open by somebody who is gone.
      if (!isNamed && get(this.#from, this.#block(inode, inodeBytes), at.links) === 0) continue;
      const child = inode === 0 ? 0 : this.#inode(inode);
      if (child !== 0 && kindOf(arena, child) === kind.directory) set(arena, child, at.parent, made);
      addEntry(arena, made, name, child);
    }
  }

  #inode(from: number): number {
    const { arena } = this.#files;
    const known = this.#made.get(from);
    const inodeKind = kindOf(this.#from, this.#block(from, inodeBytes));
    if (inodeKind < 1 || inodeKind > highestKind) throw new DamagedDump('it has a file of no known kind');
    if (known !== undefined) {
      if (inodeKind === kind.directory) throw new DamagedDump('a directory has two names');
      return known;
    }
    this.#checkOrigin(from);
    const made = arena.allocate(inodeBytes);
    this.#made.set(from, made);
    arena.u8.set(this.#from.u8.subarray(from, from + inodeBytes), made);
    for (const field of [at.holders, at.content, at.lowers, at.attributes]) set(arena, made, field, 0);
    const attributes = attributesOf(this.#from, from);
    if (attributes.length > 0) setAttributes(arena, made, attributes);
    if (inodeKind === kind.file) this.#content(from, made);
    else if (inodeKind === kind.symlink) this.#target(from, made);
    else if (inodeKind === kind.directory) this.#directory(from, made);
    return made;
  }

  #checkOrigin(from: number): void {
    const layer = get(this.#from, from, at.layer);
    if (layer < 0 || layer > this.#files.layers.length) throw new DamagedDump('a file is of a layer that is not there');
    if (hasFlag(this.#from, from, flag.packed)) throw new DamagedDump('a file is of a pack');
  }

  #directory(from: number, made: number): void {
    const { arena } = this.#files;
    for (const field of [at.contentRoom, at.entries, at.first, at.last, at.serial, at.whiteouts])
      set(arena, made, field, 0);
    const list = get(this.#from, from, at.lowers);
    if (list !== 0) {
      const highest = this.#files.layers.length;
      if (get(this.#from, this.#block(list, 32), 0) > highest) throw new DamagedDump('it is of more layers');
      const lowers = lowersOf(this.#source, from);
      if (lowers.some(({ layer }) => layer < 1 || layer > highest)) {
        throw new DamagedDump('it is of other layers');
      }
      keepLowers(this.#files, made, lowers);
    }
    this.#directories.push({ from, made });
  }

  #target(from: number, made: number): void {
    const content = get(this.#from, from, at.content);
    if (content === 0) return;
    const bytes = get(this.#from, from, at.contentRoom);
    set(this.#files.arena, made, at.content, this.#copyBlock(content, bytes));
  }

  #content(from: number, made: number): void {
    const { arena } = this.#files;
    const content = get(this.#from, from, at.content);
    const room = get(this.#from, from, at.contentRoom);
    const size = getDouble(this.#from, from, at.size);
    if (!Number.isInteger(size) || size < 0 || size > longestFile) throw new DamagedDump('a file has no sensible size');
    if (content === 0) return;
    if (!hasFlag(this.#from, from, flag.table)) return set(arena, made, at.content, this.#copyBlock(content, room));
    const table = this.#copyBlock(content, room);
    for (let index = 0; index < room >> 2; index++) {
      const block = get(this.#from, content, index * 4);
      if (block !== 0) set(arena, table, index * 4, this.#copyBlock(block, blockBytes));
    }
    set(arena, made, at.content, table);
  }

  /** @returns its address here; a block of the spill stays where it is */
  #copyBlock(block: number, bytes: number): number {
    if (block < 0) {
      const number = -1 - block;
      if (number >= this.#from.word(word.spilled)) throw new DamagedDump('a block is not in the spill');
      if (this.#spilled.has(number)) throw new DamagedDump('a block of the spill is in two files');
      this.#spilled.add(number);
      return block;
    }
    this.#block(block, bytes);
    const made = this.#files.arena.allocate(bytes, false);
    this.#files.arena.u8.set(this.#from.u8.subarray(block, block + bytes), made);
    return made;
  }

  /** @throws DamagedDump when there is no such block */
  #block(address: number, bytes: number): number {
    const isThere = address > 0 && address % 32 === 0 && bytes > 0 && address + bytes <= this.#from.u8.length;
    if (!isThere) throw new DamagedDump('an address leads out of it');
    return address;
  }

  /** All blocks of the spill that no file has. */
  freeSpilled(): void {
    const count = this.#from.word(word.spilled);
    for (let block = 0; block < count; block++)
      if (!this.#spilled.has(block)) this.#files.freeBlock(-1 - block, blockBytes);
    this.#files.beginDump();
    this.#files.endDump();
  }
}

function checkName({ bytes, start, end }: Name, isNamed: boolean): void {
  const length = end - start;
  if (length < 1 || length > longestName || end > bytes.length) throw new DamagedDump('a name has no sensible length');
  if (!isNamed) return;
  const isDots = length <= 2 && bytes.subarray(start, end).every((byte) => byte === 0x2e);
  if (isDots || bytes.subarray(start, end).some((byte) => byte === 0 || byte === slash)) {
    throw new DamagedDump('a name cannot be one of a file');
  }
}
