// Streams over files, each with a place of its own. Inside the arena.

import { appendTo, readAt, writeAt } from '../../mounts/places.ts';
import type { Calls } from '../calls.ts';
import { closeDescriptor, mostWritten } from '../descriptor-streams.ts';
import type { Sink, Source } from '../streams.ts';

/** @param descriptor it takes it over @param start bytes */
export function fileSource(calls: Calls, descriptor: number, start: number): Source {
  const { process } = calls;
  let offset = start;
  return {
    isReady: () => true,
    read: (length) => {
      const bytes = new Uint8Array(length);
      const place = process.descriptions.fileOf(process.description(descriptor));
      const count = readAt(process.space, place, offset, bytes);
      offset += count;
      return bytes.subarray(0, count);
    },
    [Symbol.dispose]: () => closeDescriptor(calls, descriptor),
  };
}

/** @param descriptor it takes it over @param start bytes, or wherever the file ends */
export function fileSink(calls: Calls, descriptor: number, start: number | 'end'): Sink {
  const { process } = calls;
  let written = 0;
  return {
    isReady: () => true,
    room: () => mostWritten,
    write: (bytes) => {
      const place = process.descriptions.fileOf(process.description(descriptor));
      if (start === 'end') appendTo(process.space, place, bytes);
      else writeAt(process.space, place, start + written, bytes);
      written += bytes.length;
    },
    [Symbol.dispose]: () => closeDescriptor(calls, descriptor),
  };
}
