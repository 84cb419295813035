// Waiting for other extensions, whose promises may never settle.

import { l10n } from '../l10n.ts';

/** A provider may have to ask its cloud; everything else waits for it meanwhile. */
const longestMs = 20_000;

export interface Patience {
  readonly signal?: AbortSignal | undefined;
  /** In ms; Infinity where the user is asked something. */
  readonly limitMs?: number;
}

/**
 * What a provider promised, as long as somebody wants it and it does not take too long.
 * @param who is named in the error
 * @throws what the provider throws, the signal's reason, Error when it takes too long
 */
export async function answerOf<T>(
  who: string,
  promised: Promise<T> | undefined,
  { signal, limitMs = longestMs }: Patience,
): Promise<T | undefined> {
  signal?.throwIfAborted();
  let end: () => void = () => undefined;
  const given = new Promise<never>((_resolve, reject) => {
    const stop = () => reject(signal?.reason as Error);
    const late = () => reject(new Error(l10n.t('{0} did not answer within {1} seconds.', who, limitMs / 1000)));
    const timer = limitMs === Infinity ? undefined : setTimeout(late, limitMs);
    signal?.addEventListener('abort', stop, { once: true });
    end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
  });
  try {
    return await Promise.race([promised, given]);
  } finally {
    end();
  }
}
