// Waiting for something that tells nobody when it happens.

import { setTimeout as sleep } from 'node:timers/promises';
import { begin } from './trace.ts';

/**
 * Asks until the answer is neither undefined nor false. The limit is only for what hangs: a busy machine may take many times
 * what ours takes.
 * @param probe is told which attempt it is, from 1: what waits itself may wait longer each time
 * @throws Error with `what` and the number of attempts after `timeoutMs`, with what `probe` threw at last, if it did, as its
 *   cause
 */
export async function until<T>(
  what: string,
  probe: (attempt: number) => Promise<T | undefined | false>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 90_000;
  const deadline = Date.now() + timeoutMs;
  using _ = begin(what);
  for (let attempt = 1; ; attempt++) {
    let cause: unknown;
    try {
      const answer = await probe(attempt);
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline)
      throw new Error(`waited in vain for ${timeoutMs / 1000} s, ${attempt} times: ${what}`, { cause });
    await sleep(options.everyMs ?? 20);
  }
}
