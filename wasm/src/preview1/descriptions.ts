// What a descriptor stands for: an open file or directory with its place, an end of a pipe, or a socket. It is in the arena, since processes
// share it with those that they start.

import { closeEnd, type PipeEnd } from '../memory/pipe.ts';
import { releaseTerminal } from '../memory/terminal.ts';
import { enterFifo, leaveFifo } from '../mounts/fifos.ts';
import type { Place } from '../mounts/mount.ts';
import type { Namespace } from '../mounts/namespace.ts';
import { closeSocket } from '../sockets/socket.ts';

/** By their offset in bytes; words, but the place, a double. What has no place may be an end of a fifo. */
const at = { kind: 0, target: 4, flags: 8, holders: 12, place: 16, fifo: 16, access: 24, mount: 28 } as const;
const descriptionBytes = 32;

export const opened = { inode: 1, reader: 2, writer: 3, socket: 4, terminal: 5 } as const;
export const access = { read: 1, write: 2, terminal: 4 } as const;

/** Descriptions by their address; call all of it inside the arena. */
export class Descriptions {
  readonly #space: Namespace;

  constructor(space: Namespace) {
    this.#space = space;
  }

  /** @returns its address, with one holder @throws Failure ENOSPC */
  openPlace(place: Place, flags: number, may: number): number {
    const description = this.#make(opened.inode, place.node, flags, may);
    this.#space.arena.setWord(description + at.mount, place.mount.index);
    this.#space.hold(place);
    return description;
  }

  /** Takes over one end of a pipe. @throws Failure ENOSPC */
  openPipe(pipe: number, end: PipeEnd, isTerminal = false): number {
    const may = (end === 'readers' ? access.read : access.write) | (isTerminal ? access.terminal : 0);
    return this.#make(end === 'readers' ? opened.reader : opened.writer, pipe, 0, may);
  }

  /** An end of a named pipe. @throws Failure ENXIO, ENOSPC */
  openFifo(place: Place, end: PipeEnd): number {
    const { arena } = this.#space;
    const pipe = enterFifo(this.#space, place, end);
    try {
      const description = this.openPipe(pipe, end);
      arena.setWord(description + at.fifo, place.node);
      arena.setWord(description + at.mount, place.mount.index);
      return description;
    } catch (error) {
      closeEnd(arena, pipe, end);
      leaveFifo(this.#space, place);
      throw error;
    }
  }

  /** Takes over a socket. @throws Failure ENOSPC */
  openSocket(socket: number): number {
    return this.#make(opened.socket, socket, 0, access.read | access.write);
  }

  /** What `openSocket` took over, whose description is gone then; undefined where it has other holders, and stays. */
  takeSocket(description: number): number | undefined {
    const { arena } = this.#space;
    if (this.kindOf(description) !== opened.socket || arena.word(description + at.holders) !== 1) return undefined;
    const socket = this.target(description);
    arena.free(description, descriptionBytes);
    return socket;
  }

  /** Takes over a terminal. @throws Failure ENOSPC */
  openTerminal(terminal: number): number {
    return this.#make(opened.terminal, terminal, 0, access.read | access.write | access.terminal);
  }

  #make(kind: number, target: number, flags: number, may: number): number {
    const { arena } = this.#space;
    const description = arena.allocate(descriptionBytes);
    arena.setWord(description + at.kind, kind);
    arena.setWord(description + at.target, target);
    arena.setWord(description + at.flags, flags);
    arena.setWord(description + at.access, may);
    arena.setWord(description + at.holders, 1);
    return description;
  }

  kindOf(description: number): number {
    return this.#space.arena.word(description + at.kind);
  }

  /** The inode, the pipe, or the socket. */
  target(description: number): number {
    return this.#space.arena.word(description + at.target);
  }

  /** The file or directory that is open. */
  fileOf(description: number): Place {
    return this.#space.placeAt(this.#space.arena.word(description + at.mount), this.target(description));
  }

  flags(description: number): number {
    return this.#space.arena.word(description + at.flags);
  }

  setFlags(description: number, flags: number): void {
    this.#space.arena.setWord(description + at.flags, flags);
  }

  may(description: number, what: number): boolean {
    return (this.#space.arena.word(description + at.access) & what) !== 0;
  }

  place(description: number): number {
    return this.#space.arena.f64[(description + at.place) >> 3] ?? 0;
  }

  setPlace(description: number, place: number): void {
    this.#space.arena.f64[(description + at.place) >> 3] = place;
  }

  /** For another descriptor. */
  hold(description: number): void {
    const { arena } = this.#space;
    arena.setWord(description + at.holders, arena.word(description + at.holders) + 1);
  }

  release(description: number): void {
    const { arena } = this.#space;
    const holders = arena.word(description + at.holders) - 1;
    arena.setWord(description + at.holders, holders);
    if (holders > 0) return;
    const target = this.target(description);
    const kind = this.kindOf(description);
    const mount = arena.word(description + at.mount);
    const fifo = kind === opened.reader || kind === opened.writer ? arena.word(description + at.fifo) : 0;
    arena.free(description, descriptionBytes);
    if (kind === opened.inode) this.#space.release(this.#space.placeAt(mount, target));
    else if (kind === opened.socket) closeSocket(arena, target);
    else if (kind === opened.terminal) releaseTerminal(arena, target);
    else closeEnd(arena, target, kind === opened.reader ? 'readers' : 'writers');
    if (fifo !== 0) leaveFifo(this.#space, this.#space.placeAt(mount, fifo));
  }
}
