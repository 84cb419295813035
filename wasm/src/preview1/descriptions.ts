// What a descriptor stands for: an open file or directory with its place, an end of a pipe, or a socket. It is in the arena, since processes
// share it with those that they start.

import type { FileSystem } from '../files/file-system.ts';
import { hold, release } from '../files/operations.ts';
import { closeEnd, type PipeEnd } from '../memory/pipe.ts';
import { closeSocket } from '../sockets/socket.ts';

/** By their offset in bytes; words, but the place, a double. */
const at = { kind: 0, target: 4, flags: 8, holders: 12, place: 16, access: 24 } as const;
const descriptionBytes = 32;

export const opened = { inode: 1, reader: 2, writer: 3, socket: 4 } as const;
export const access = { read: 1, write: 2, terminal: 4 } as const;

/** Descriptions by their address; call all of it inside the arena. */
export class Descriptions {
  readonly #files: FileSystem;

  constructor(files: FileSystem) {
    this.#files = files;
  }

  /** @returns its address, with one holder @throws Failure ENOSPC */
  openInode(inode: number, flags: number, may: number): number {
    const description = this.#make(opened.inode, inode, flags, may);
    hold(this.#files, inode);
    return description;
  }

  /** Takes over one end of a pipe. @throws Failure ENOSPC */
  openPipe(pipe: number, end: PipeEnd, isTerminal = false): number {
    const may = (end === 'readers' ? access.read : access.write) | (isTerminal ? access.terminal : 0);
    return this.#make(end === 'readers' ? opened.reader : opened.writer, pipe, 0, may);
  }

  /** Takes over a socket. @throws Failure ENOSPC */
  openSocket(socket: number): number {
    return this.#make(opened.socket, socket, 0, access.read | access.write);
  }

  #make(kind: number, target: number, flags: number, may: number): number {
    const { arena } = this.#files;
    const description = arena.allocate(descriptionBytes);
    arena.setWord(description + at.kind, kind);
    arena.setWord(description + at.target, target);
    arena.setWord(description + at.flags, flags);
    arena.setWord(description + at.access, may);
    arena.setWord(description + at.holders, 1);
    return description;
  }

  kindOf(description: number): number {
    return this.#files.arena.word(description + at.kind);
  }

  /** The inode, the pipe, or the socket. */
  target(description: number): number {
    return this.#files.arena.word(description + at.target);
  }

  flags(description: number): number {
    return this.#files.arena.word(description + at.flags);
  }

  setFlags(description: number, flags: number): void {
    this.#files.arena.setWord(description + at.flags, flags);
  }

  may(description: number, what: number): boolean {
    return (this.#files.arena.word(description + at.access) & what) !== 0;
  }

  place(description: number): number {
    return this.#files.arena.f64[(description + at.place) >> 3] ?? 0;
  }

  setPlace(description: number, place: number): void {
    this.#files.arena.f64[(description + at.place) >> 3] = place;
  }

  /** For another descriptor. */
  hold(description: number): void {
    const { arena } = this.#files;
    arena.setWord(description + at.holders, arena.word(description + at.holders) + 1);
  }

  release(description: number): void {
    const { arena } = this.#files;
    const holders = arena.word(description + at.holders) - 1;
    arena.setWord(description + at.holders, holders);
    if (holders > 0) return;
    const target = this.target(description);
    const kind = this.kindOf(description);
    arena.free(description, descriptionBytes);
    if (kind === opened.inode) release(this.#files, target);
    else if (kind === opened.socket) closeSocket(arena, target);
    else closeEnd(arena, target, kind === opened.reader ? 'readers' : 'writers');
  }
}
