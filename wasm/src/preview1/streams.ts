// Reading and writing what has no place in it: ends of pipes, and sockets. All of it waits where there is nothing to do yet, unless the
// descriptor says otherwise.

import { isReadable, isWritable, pipeEvents, pipeLength, readPipe, writePipe } from '../memory/pipe.ts';
import { eventsFor, isSocketWritable, readableAt, readSocket, writeSocket } from '../sockets/socket.ts';
import { errno, fail, Failure } from '../wasi/errno.ts';
import { fdflags } from './abi.ts';
import { opened } from './descriptions.ts';
import type { Waiter } from './waiting.ts';

export function streamsOf(waiter: Waiter) {
  const { files, descriptions } = waiter.process;
  const { arena } = files;

  /** What is behind a description. @throws Failure EBADF for the other end of a pipe */
  function behind(
    description: number,
    end: 'reader' | 'writer',
  ): { readonly isSocket: boolean; readonly target: number } {
    const kind = descriptions.kindOf(description);
    if (kind !== opened[end] && kind !== opened.socket) fail(errno.EBADF);
    return { isSocket: kind === opened.socket, target: descriptions.target(description) };
  }

  function untilDone(description: number, events: () => number, attempt: () => number | undefined): number {
    for (;;) {
      const done = attempt();
      if (done !== undefined) return done;
      if ((descriptions.flags(description) & fdflags.nonblock) !== 0) fail(errno.EAGAIN);
      waiter.sleep(events());
    }
  }

  /** @returns bytes read, 0 at the end */
  function read(description: number, pieces: readonly Uint8Array[]): number {
    const { isSocket, target } = behind(description, 'reader');
    const into = pieces.find((piece) => piece.length > 0);
    if (into === undefined) return 0;
    if (!isSocket)
      return untilDone(
        description,
        () => pipeEvents(target),
        () => readPipe(arena, target, into),
      );
    return untilDone(
      description,
      () => eventsFor(arena, target, 'input'),
      () => readSocket(arena, target, into),
    );
  }

  /** All of it, as a program expects that does not look at what was written; what there is room for where it must not wait. */
  function write(description: number, pieces: readonly Uint8Array[]): number {
    const { isSocket, target } = behind(description, 'writer');
    const events = () => (isSocket ? eventsFor(arena, target, 'output') : pipeEvents(target));
    const put = (from: Uint8Array) => (isSocket ? writeSocket(arena, target, from) : writePipe(arena, target, from));
    let total = 0;
    for (const piece of pieces) {
      for (let done = 0; done < piece.length;) {
        const from = piece.subarray(done);
        try {
          const count = untilDone(description, events, () => put(from));
          done += count;
          total += count;
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
      const { isSocket, target } = behind(description, 'reader');
      if (isSocket) return readableAt(arena, target);
      return isReadable(arena, target) ? pipeLength(arena, target) : undefined;
    },
    isWritable: (description: number): boolean => {
      const { isSocket, target } = behind(description, 'writer');
      return isSocket ? isSocketWritable(arena, target) : isWritable(arena, target);
    },
  };
}
