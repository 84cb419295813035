// Reading and writing what has no place in it: ends of pipes, sockets, and terminals. All of it waits where there is nothing to do yet,
// unless the descriptor says otherwise.

import type { Arena } from '../memory/arena.ts';
import { isReadable, isWritable, pipeEvents, pipeLength, readPipe, writePipe } from '../memory/pipe.ts';
import { outputOf, readableOf, readTerminal, terminalEvents, writeTerminal } from '../memory/terminal.ts';
import { eventsFor, isSocketWritable, readableAt, readSocket, writeSocket } from '../sockets/socket.ts';
import { errno, fail, Failure } from '../wasi/errno.ts';
import { fdflags } from './abi.ts';
import { opened } from './descriptions.ts';
import type { Waiter, Waiting } from './waiting.ts';

/** One kind of them, by their addresses. Nothing of it waits: undefined is for later. */
interface Streams {
  readonly reads: boolean;
  readonly writes: boolean;
  read(arena: Arena, target: number, into: Uint8Array): number | undefined;
  write(arena: Arena, target: number, from: Uint8Array): number | undefined;
  /** Bytes that can be read, or connections to be accepted. */
  readable(arena: Arena, target: number): number | undefined;
  isWritable(arena: Arena, target: number): boolean;
  /** The word that counts what happens to it, one way. */
  events(arena: Arena, target: number, direction: 'input' | 'output'): number;
}

const pipes = {
  read: readPipe,
  write: writePipe,
  readable: (arena: Arena, pipe: number) => (isReadable(arena, pipe) ? pipeLength(arena, pipe) : undefined),
  isWritable,
  events: (_: Arena, pipe: number) => pipeEvents(pipe),
};

const kinds = new Map<number, Streams>([
  [opened.reader, { ...pipes, reads: true, writes: false }],
  [opened.writer, { ...pipes, reads: false, writes: true }],
  [
    opened.socket,
    {
      reads: true,
      writes: true,
      read: readSocket,
      write: writeSocket,
      readable: readableAt,
      isWritable: isSocketWritable,
      events: eventsFor,
    },
  ],
  [
    opened.terminal,
    {
      reads: true,
      writes: true,
      read: readTerminal,
      write: writeTerminal,
      readable: readableOf,
      isWritable: (arena, terminal) => isWritable(arena, outputOf(arena, terminal)),
      events: (arena, terminal, direction) =>
        direction === 'input' ? terminalEvents(terminal) : pipeEvents(outputOf(arena, terminal)),
    },
  ],
]);

export function streamsOf(waiter: Waiter) {
  const { space, descriptions } = waiter.process;
  const { arena } = space;

  /** What is behind a description. @throws Failure EBADF for the other end of a pipe */
  function behind(description: number, way: 'reads' | 'writes') {
    const streams = kinds.get(descriptions.kindOf(description));
    if (streams?.[way] !== true) fail(errno.EBADF);
    return { streams, target: descriptions.target(description) };
  }

  /** @throws Failure EAGAIN where it must not wait */
  function* wait(description: number, events: number): Waiting<void> {
    if ((descriptions.flags(description) & fdflags.nonblock) !== 0) fail(errno.EAGAIN);
    yield* waiter.sleep(events);
  }

  /** @returns bytes read, 0 at the end */
  function* read(description: number, pieces: readonly Uint8Array[]): Waiting<number> {
    const { streams, target } = behind(description, 'reads');
    const into = pieces.find((piece) => piece.length > 0);
    if (into === undefined) return 0;
    const isTerminal = descriptions.kindOf(description) === opened.terminal;
    for (;;) {
      if (isTerminal) yield* waiter.gate.readsTerminal(target);
      const done = streams.read(arena, target, into);
      if (done !== undefined) return done;
      yield* wait(description, streams.events(arena, target, 'input'));
    }
  }

  /** All of it, as a program expects that does not look at what was written; what there is room for where it must not wait. */
  function* write(description: number, pieces: readonly Uint8Array[]): Waiting<number> {
    const { streams, target } = behind(description, 'writes');
    let total = 0;
    for (const piece of pieces) {
      for (let done = 0; done < piece.length;) {
        try {
          const count = streams.write(arena, target, piece.subarray(done));
          if (count === undefined) yield* wait(description, streams.events(arena, target, 'output'));
          else {
            done += count;
            total += count;
          }
        } catch (error) {
          // What is written cannot be taken back.
          if (total > 0 && error instanceof Failure && error.errno !== errno.EPIPE) return total;
          throw error;
        }
      }
    }
    return total;
  }

  return {
    read,
    write,
    /** Bytes that can be read, or connections to be accepted; undefined where that would be waited for. */
    readable: (description: number): number | undefined => {
      const { streams, target } = behind(description, 'reads');
      return streams.readable(arena, target);
    },
    isWritable: (description: number): boolean => {
      const { streams, target } = behind(description, 'writes');
      return streams.isWritable(arena, target);
    },
  };
}
