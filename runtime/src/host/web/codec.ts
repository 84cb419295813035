// Hashes of a library, since those of browsers take a whole message only, and compression of the browser: gzip. What else there is, it
// says.

import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { Bytes, Codec } from '../host.ts';

export const webCodec: Codec = {
  hasher(algorithm) {
    const hash = (algorithm === 'sha256' ? sha256 : sha512).create();
    return { update: (chunk) => void hash.update(chunk), hex: () => bytesToHex(hash.digest()) };
  },
  compress(kind, input) {
    if (kind === 'none') return input;
    if (kind !== 'gzip') throw missing(`${kind} compression`);
    return through(input, new CompressionStream('gzip'));
  },
  packing: undefined,
  decompress(kind, input) {
    if (kind === 'none') return input;
    if (kind !== 'gzip') throw missing(`${kind} compression`);
    return through(input, new DecompressionStream('gzip'));
  },
  runProgram: (program) => {
    throw missing(`${program} compression`);
  },
};

function missing(what: string): EngineError {
  return new EngineError('notImplemented', `${what} cannot be had in a browser: use gzip, or none`);
}

interface Transform {
  readonly readable: { getReader(): Reader };
  readonly writable: { getWriter(): Writer };
}

interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
  cancel(reason?: unknown): Promise<void>;
}

interface Writer {
  readonly ready: Promise<unknown>;
  write(chunk: unknown): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
}

/** Runs `input` through a transform; whoever leaves the loop early ends both. */
async function* through(input: Bytes, { readable, writable }: Transform): AsyncGenerator<Uint8Array> {
  const reader = readable.getReader();
  let failure: unknown;
  const feeding = feed(input, writable.getWriter()).catch((error: unknown) => {
    failure = error;
  });
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value as Uint8Array;
    await feeding;
    if (failure !== undefined) throw failure;
  } catch (error) {
    await feeding;
    // What the source failed with says more than that the transform was cut.
    if (failure !== undefined && !(failure instanceof TypeError)) throw failure;
    if (!(error instanceof TypeError)) throw error;
    throw new EngineError('invalidParameter', `gzip: ${messageOf(error)}`, { cause: error });
  } finally {
    await reader.cancel().catch(() => undefined);
    await feeding;
  }
}

async function feed(input: Bytes, writer: Writer): Promise<void> {
  try {
    for await (const chunk of input) {
      await writer.ready;
      // A copy: it may be a view of memory that is used again, or shared.
      await writer.write(Uint8Array.from(chunk));
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}
