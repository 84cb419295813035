// Named pipes: who opens one to read and who opens it to write meet in a pipe of the arena, which is there as long as somebody has it open.

import { at, get, set } from '../files/inode.ts';
import { addEnd, closeEnd, makePipe, type PipeEnd } from '../memory/pipe.ts';
import { errno, fail } from '../wasi/errno.ts';
import { MemoryTree } from './memory-tree.ts';
import type { Place } from './mount.ts';
import type { Namespace } from './namespace.ts';

/** As Linux. */
const pipeBytes = 65_536;
/** Fields of a fifo's inode: its pipe, who has it open, and how often each end was opened. */
const fifo = { pipe: at.content, holders: at.entries, readers: at.first, writers: at.last } as const;

/** The arena has to be the container's: who waits sleeps there. @throws Failure ENXIO elsewhere */
function check(space: Namespace, { mount }: Place): void {
  if (!(mount.tree instanceof MemoryTree) || mount.tree.files.arena !== space.arena) fail(errno.ENXIO);
}

/** One more end of it, for a description. @returns the pipe @throws Failure ENXIO, ENOSPC */
export function enterFifo(space: Namespace, place: Place, end: PipeEnd): number {
  check(space, place);
  const { arena } = space;
  const { node } = place;
  let pipe = get(arena, node, fifo.pipe);
  if (pipe === 0) {
    pipe = makePipe(arena, pipeBytes);
    closeEnd(arena, pipe, end === 'readers' ? 'writers' : 'readers');
    set(arena, node, fifo.pipe, pipe);
    set(arena, node, fifo.holders, 0);
  } else addEnd(arena, pipe, end);
  set(arena, node, fifo.holders, get(arena, node, fifo.holders) + 1);
  set(arena, node, fifo[end], get(arena, node, fifo[end]) + 1);
  space.hold(place);
  return pipe;
}

/** One end less; the pipe's own is closed by who had it. */
export function leaveFifo(space: Namespace, place: Place): void {
  const { arena } = space;
  const holders = get(arena, place.node, fifo.holders) - 1;
  set(arena, place.node, fifo.holders, holders);
  if (holders === 0) set(arena, place.node, fifo.pipe, 0);
  space.release(place);
}

/** How often an end was opened. */
export function opensOf({ arena }: Namespace, { node }: Place, end: PipeEnd): number {
  return get(arena, node, fifo[end]);
}
