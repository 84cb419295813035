// A body that can be left while nothing comes.

import type { Bytes } from '../../host/host.ts';

/** The same chunks. @throws the signal's reason as soon as it is aborted; what is still to come is not waited for */
export async function* endable(body: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const source = body[Symbol.asyncIterator]();
  // One listener for all chunks: a race of promises would keep something of each for as long as the signal lives.
  let fail = (_reason: unknown): void => undefined;
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        fail = reject;
        source.next().then(resolve, reject);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: it may wait for a chunk that never comes. Where reading failed it has ended already.
    source.return?.().catch(() => undefined);
  }
}
