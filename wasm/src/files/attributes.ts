// Extended attributes of an inode: one block of bytes whose form is its writer's affair. Few inodes have any.

import type { Arena } from '../memory/arena.ts';
import { at, get, set } from './inode.ts';

/** The attributes, the caller's own; empty without. */
export function attributesOf(arena: Arena, inode: number): Uint8Array {
  const block = get(arena, inode, at.attributes);
  return block === 0 ? new Uint8Array() : arena.u8.slice(block, block + get(arena, inode, at.attributesBytes));
}

/** Replaces all of them. @throws Failure ENOSPC; then the old ones are there */
export function setAttributes(arena: Arena, inode: number, attributes: Uint8Array): void {
  const block = attributes.length === 0 ? 0 : arena.allocate(attributes.length, false);
  arena.u8.set(attributes, block);
  freeAttributes(arena, inode);
  set(arena, inode, at.attributes, block);
  set(arena, inode, at.attributesBytes, attributes.length);
}

export function freeAttributes(arena: Arena, inode: number): void {
  const block = get(arena, inode, at.attributes);
  if (block !== 0) arena.free(block, get(arena, inode, at.attributesBytes));
  set(arena, inode, at.attributes, 0);
}
