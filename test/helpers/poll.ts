// Waiting for something that tells nobody when it happens.

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is neither undefined nor false.
 * @throws Error with `what` after `timeoutMs`, with the last error of `probe` as its cause
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + (options.timeoutMs ?? 20_000);
  let cause: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`, { cause });
    await sleep(options.everyMs ?? 20);
  }
}
