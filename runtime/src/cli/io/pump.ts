// Joins a taken-over connection with the user's terminal or pipes: what is typed goes in, with its end as a half-close; what
// the container writes comes out, until it ends.

import { readFrames, readRaw } from '../../client/hijack-streams.ts';
import type { Hijacked } from '../../client/http.ts';
import { DetachWatcher, defaultDetachKeys, parseDetachKeys } from './detach-keys.ts';
import { rawMode } from './terminal.ts';
import { output } from './output.ts';

export interface PumpOptions {
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly detachKeys?: string | undefined;
}

/** @returns `detached` when the user typed the detach keys, else `ended` when the engine closed the stream */
export async function pump(connection: Hijacked, options: PumpOptions): Promise<'ended' | 'detached'> {
  using raw = options.stdin && options.tty ? rawMode() : undefined;
  using input = options.stdin ? sendInput(connection, options) : undefined;
  const output = readOutput(connection, options);
  const result = await Promise.race([output, ...(input === undefined ? [] : [input.detached])]);
  if (result === 'detached') connection.socket.destroy();
  void raw;
  return result;
}

async function readOutput({ socket }: Hijacked, options: PumpOptions): Promise<'ended'> {
  const drop = () => undefined;
  const sinks = {
    stdout: options.stdout ? writerTo(1) : drop,
    stderr: options.stderr ? writerTo(2) : drop,
  };
  try {
    if (options.tty) await readRaw(socket, sinks);
    else await readFrames(socket, sinks);
  } catch (error) {
    // The engine dropped the connection: an end as any other, the exit status tells the rest.
    if (!isDisconnect(error)) throw error;
  }
  return 'ended';
}

function isDisconnect(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Writes to file descriptor 1 or 2 and waits when the reader behind the pipe is slow. Opened for the first bytes: many programs write none. */
export function writerTo(fd: 1 | 2): (bytes: Uint8Array) => Promise<void> | void {
  return (bytes) => {
    const stream = output(fd);
    if (stream.write(bytes)) return undefined;
    return new Promise((resolve) => stream.once('drain', resolve));
  };
}

interface Input extends Disposable {
  readonly detached: Promise<'detached'>;
}

function sendInput({ socket }: Hijacked, options: PumpOptions): Input {
  const watcher = options.tty ? new DetachWatcher(parseDetachKeys(options.detachKeys || defaultDetachKeys)) : undefined;
  const { promise, resolve } = Promise.withResolvers<'detached'>();
  const { stdin } = process;
  const onData = (chunk: Buffer) => {
    const { pass, detached } = watcher?.push(chunk) ?? { pass: chunk, detached: false };
    if (pass.length > 0 && !socket.write(pass)) {
      stdin.pause();
      socket.once('drain', () => stdin.resume());
    }
    if (detached) resolve('detached');
  };
  const onEnd = () => socket.end();
  // A container that no longer reads its input is no fault of ours.
  socket.on('error', () => undefined);
  stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
  return {
    detached: promise,
    [Symbol.dispose]: () => {
      stdin.off('data', onData).off('end', onEnd).off('error', onEnd);
      stdin.pause();
    },
  };
}
