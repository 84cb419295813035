// Compressions that Node has no code for, by the programs that nearly every machine has.

import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { EngineError } from '../../spec/errors.ts';
import type { Bytes } from '../host.ts';

/** What a hostile header may make them take. */
const flags = { bzip2: ['-dc'], xz: ['-dc', '--memlimit-decompress=256MiB'] };
const maximumComplaint = 1000;

/** Runs `input` through a program; whoever leaves the loop early ends it. */
export async function* decompressBy(program: 'bzip2' | 'xz', input: Bytes): AsyncGenerator<Uint8Array> {
  const child = spawn(program, flags[program], { env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
  const ended = Promise.withResolvers<number>();
  child.on('error', (error) => ended.reject(error)).on('close', (code) => ended.resolve(code ?? 1));
  ended.promise.catch(() => undefined); // met below, unless the consumer leaves first
  let complaint = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(0, maximumComplaint)));
  let failure: unknown;
  const feeding = pipeline(input, child.stdin).catch((error: unknown) => {
    // A program that ends early is heard by its code.
    if (!isClosedPipe(error)) failure = error;
  });
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    const code = await ended.promise.catch((error: unknown) => Promise.reject(notStarted(program, error)));
    await feeding;
    if (failure !== undefined) throw failure;
    if (code !== 0) throw new EngineError('invalidParameter', complaint.trim() || `${program} ended with code ${code}`);
  } finally {
    child.kill('SIGKILL');
    await feeding;
  }
}

function isClosedPipe(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes(String(error.code));
}

function notStarted(program: string, error: unknown): EngineError {
  const message = `${program} is not installed on this machine, and what is compressed with it cannot be read without it`;
  return new EngineError('notImplemented', message, { cause: error });
}
