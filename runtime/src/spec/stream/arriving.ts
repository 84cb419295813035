// What comes over a connection, taken before it is asked for. The buffer of Node's own streams is as large as one chunk: read by
// iteration, each stops the connection and starts it again.

/** Received but not yet asked for, in bytes: then the other side has to wait. */
const mostWaiting = 512 * 1024;

/** What is used of a readable stream of Node's. */
export interface ArrivingStream {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off(event: 'end', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  readonly errored: Error | null;
}

/** Its chunks to its end, from the first step on. Leaving early pauses the stream. @throws what it failed with */
export async function* arriving(stream: ArrivingStream): AsyncGenerator<Uint8Array, undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let end: { readonly error?: Error } | undefined;
  let wake = (): void => undefined;
  const onData = (chunk: Uint8Array): void => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= mostWaiting) stream.pause();
    wake();
  };
  const onEnd = (error?: Error): void => {
    end ??= stream.readableEnded ? {} : { error: error ?? stream.errored ?? new Error('the connection was closed') };
    wake();
  };
  // Of what is over already no event tells any more.
  if (stream.destroyed || stream.readableEnded) onEnd();
  stream.on('error', onEnd);
  stream.on('close', onEnd);
  stream.on('end', onEnd);
  stream.on('data', onData);
  stream.resume();
  try {
    for (;;) {
      const next = chunks.shift();
      if (next !== undefined) {
        size -= next.length;
        if (size < mostWaiting / 2 && stream.isPaused()) stream.resume();
        yield next;
      } else if (end === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      } else if (end.error !== undefined) {
        throw end.error;
      } else {
        return undefined;
      }
    }
  } finally {
    stream.off('data', onData);
    stream.off('end', onEnd);
    stream.off('close', onEnd);
    stream.off('error', onEnd);
    stream.pause();
  }
}
