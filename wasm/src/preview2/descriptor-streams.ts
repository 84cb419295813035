// Streams over what a process's descriptors stand for, as a program of preview 1 reads and writes them: ends of pipes, terminals, sockets,
// and files at the descriptor's own place. Inside the arena.

import { wholeWrite } from '../memory/pipe.ts';
import { appendTo, readAt, writeAt } from '../mounts/places.ts';
import { fdflags } from '../preview1/abi.ts';
import { access, opened } from '../preview1/descriptions.ts';
import { streamsOf } from '../preview1/streams.ts';
import { after } from '../preview1/waiting.ts';
import { errno, fail } from '../wasi/errno.ts';
import type { Calls } from './calls.ts';
import type { Sink, Source } from './streams.ts';

/** Of one write to a file. */
export const mostWritten = 2 ** 20;

/** @throws Failure when read, EBADF for a descriptor that is closed or cannot be read */
export function sourceOf({ waiter }: Calls, descriptor: number): Source {
  const { process } = waiter;
  const { descriptions, space } = process;
  const streams = streamsOf(waiter);
  const isFile = () => descriptions.kindOf(process.description(descriptor)) === opened.inode;
  const isReady = () => isFile() || streams.readable(process.description(descriptor)) !== undefined;
  return {
    isReady,
    read: (length) => {
      if (!isReady()) return undefined;
      const bytes = new Uint8Array(length);
      const description = process.description(descriptor);
      if (!isFile()) return bytes.subarray(0, waiter.finish(streams.read(description, [bytes])));
      if (!descriptions.may(description, access.read)) fail(errno.EBADF);
      const place = descriptions.place(description);
      const count = readAt(space, descriptions.fileOf(description), place, bytes);
      descriptions.setPlace(description, place + count);
      return bytes.subarray(0, count);
    },
  };
}

/** @throws Failure when written, EBADF for a descriptor that is closed or cannot be written */
export function sinkOf({ waiter }: Calls, descriptor: number): Sink {
  const { process } = waiter;
  const { descriptions, space } = process;
  const streams = streamsOf(waiter);
  const isFile = () => descriptions.kindOf(process.description(descriptor)) === opened.inode;
  const isReady = () => isFile() || streams.isWritable(process.description(descriptor));
  return {
    isReady,
    room: () => (!isReady() ? 0 : isFile() ? mostWritten : wholeWrite),
    write: (bytes) => {
      const description = process.description(descriptor);
      if (!isFile()) return after(streams.write(description, [bytes]), () => undefined);
      if (!descriptions.may(description, access.write)) fail(errno.EBADF);
      const file = descriptions.fileOf(description);
      const isAppending = (descriptions.flags(description) & fdflags.append) !== 0;
      const start = isAppending ? appendTo(space, file, bytes) : descriptions.place(description);
      if (!isAppending) writeAt(space, file, start, bytes);
      descriptions.setPlace(description, start + bytes.length);
      return undefined;
    },
  };
}

/** A source that takes its descriptor over. */
export function ownSource(calls: Calls, descriptor: number): Source {
  return { ...sourceOf(calls, descriptor), [Symbol.dispose]: () => closeDescriptor(calls, descriptor) };
}

/** A sink that takes its descriptor over. */
export function ownSink(calls: Calls, descriptor: number): Sink {
  return { ...sinkOf(calls, descriptor), [Symbol.dispose]: () => closeDescriptor(calls, descriptor) };
}

/** Another descriptor of the same description. @throws Failure EMFILE */
export function duplicate({ process }: Calls, descriptor: number): number {
  process.checkRoom();
  const description = process.description(descriptor);
  process.descriptions.hold(description);
  return process.add(description);
}

export function closeDescriptor({ process }: Calls, descriptor: number): void {
  process.close(descriptor);
}
