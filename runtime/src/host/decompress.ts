// A stream that may be plain, gzip or zstd, told apart by its first bytes: what names and media types say of it is often wrong.

import { EngineError } from '../spec/errors.ts';
import { concat } from '../spec/bytes.ts';
import type { Bytes, Codec, Compression } from './host.ts';

/** By magic numbers, as moby. @throws EngineError invalidParameter for bzip2 and xz, which nothing in this process reads */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  const program = programOf(head);
  if (program === undefined) return 'none';
  const message = `${program} compression is not supported: use gzip, zstd or none`;
  throw new EngineError('invalidParameter', message);
}

function programOf(head: Uint8Array): 'bzip2' | 'xz' | undefined {
  const [a, b, c, d] = head;
  if (a === 0x42 && b === 0x5a && c === 0x68) return 'bzip2';
  return a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58 ? 'xz' : undefined;
}

/** The plain bytes. @throws EngineError invalidParameter for bzip2 and xz */
export function decompressed(codec: Codec, input: Bytes): Promise<Bytes> {
  return byHead(input, (head, bytes) => codec.decompress(compressionOf(head), bytes));
}

/**
 * The same, and bzip2 and xz too: by programs of this machine, for what a build unpacks. Of uploads to containers no program is run.
 * @throws EngineError notImplemented, in the course of reading, where there is no such program
 */
export function decompressedByAll(codec: Codec, input: Bytes): Promise<Bytes> {
  return byHead(input, (head, bytes) => {
    const program = programOf(head);
    return program === undefined ? codec.decompress(compressionOf(head), bytes) : codec.runProgram(program, bytes);
  });
}

async function byHead(input: Bytes, read: (head: Uint8Array, bytes: Bytes) => Bytes): Promise<Bytes> {
  const iterator = input[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let ended = false;
  while (head.length < 6 && !ended) {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else head = head.length === 0 ? next.value : concat([head, next.value]);
  }
  try {
    return read(head, rejoined(head, iterator));
  } catch (error) {
    await iterator.return?.();
    throw error;
  }
}

async function* rejoined(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ended = false;
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    if (!ended) await rest.return?.();
  }
}
