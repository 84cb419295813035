// The descriptors of a process: which descriptions they stand for, in the arena, so that whoever ends a process can close them.

import type { Arena } from '../memory/arena.ts';
import { errno, fail } from '../wasi/errno.ts';
import type { Descriptions } from './descriptions.ts';

export const mostDescriptors = 1024;
/** Words: the list, a description each or 0, and how many it has room for. */
export const descriptorsBytes = 8;
const first = 16;

/** Call all of it inside the arena. */
export class Descriptors {
  readonly #arena: Arena;
  readonly #place: number;

  /** @param place where `descriptorsBytes` are kept for it, zeros in the beginning */
  constructor(arena: Arena, place: number) {
    this.#arena = arena;
    this.#place = place;
  }

  get #list(): number {
    return this.#arena.word(this.#place);
  }

  /** How many there is room for. */
  get room(): number {
    return this.#arena.word(this.#place + 4);
  }

  /** The description; 0 for a descriptor that is closed, or none. */
  get(descriptor: number): number {
    return descriptor >>> 0 < this.room ? this.#arena.word(this.#list + (descriptor >>> 0) * 4) : 0;
  }

  /** @param descriptor below `mostDescriptors` @throws Failure ENOSPC */
  set(descriptor: number, description: number): void {
    if (descriptor >= this.room) this.#makeRoom(descriptor + 1);
    this.#arena.setWord(this.#list + descriptor * 4, description);
  }

  /** The lowest closed one, not below `least`. @throws Failure EMFILE, EINVAL for a negative one */
  free(least: number): number {
    if (least < 0) fail(errno.EINVAL);
    let descriptor = least;
    while (this.get(descriptor) !== 0) descriptor += 1;
    if (descriptor >= mostDescriptors) fail(errno.EMFILE);
    return descriptor;
  }

  /** Those that are open. */
  open(): readonly number[] {
    return Array.from({ length: this.room }, (_, descriptor) => descriptor).filter(
      (descriptor) => this.get(descriptor) !== 0,
    );
  }

  /** All are closed, and it may be used anew. */
  clear(): void {
    const room = this.room;
    if (room > 0) this.#arena.free(this.#list, room * 4);
    this.#arena.setWord(this.#place, 0);
    this.#arena.setWord(this.#place + 4, 0);
  }

  #makeRoom(count: number): void {
    const room = this.room;
    let wanted = Math.max(first, room);
    while (wanted < count) wanted *= 2;
    const list = this.#arena.allocate(wanted * 4);
    this.#arena.u8.copyWithin(list, this.#list, this.#list + room * 4);
    if (room > 0) this.#arena.free(this.#list, room * 4);
    this.#arena.setWord(this.#place, list);
    this.#arena.setWord(this.#place + 4, wanted);
  }
}

export function closeAll(descriptions: Descriptions, descriptors: Descriptors): void {
  for (let descriptor = 0; descriptor < descriptors.room; descriptor++) {
    const description = descriptors.get(descriptor);
    if (description === 0) continue;
    descriptors.set(descriptor, 0);
    descriptions.release(description);
  }
  descriptors.clear();
}
