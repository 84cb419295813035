// Whether an engine in a worker still answers: a program that only computes may hold it up for ever.

import { sleep } from '../../../runtime/src/host/sleep.ts';
import type { WebEngine } from '../../../runtime/src/web/client.ts';

export interface HeartLimits {
  /** Between an answer and the next question. */
  readonly quietMs: number;
  /** For an answer. */
  readonly answerMs: number;
}

export const usualHeart: HeartLimits = { quietMs: 15_000, answerMs: 30_000 };

/**
 * Follows an engine to its end, which it does not tell.
 * @param onSilence told when an answer is late, and not again before one has come
 */
export async function followHeart(
  engine: WebEngine,
  { quietMs, answerMs }: HeartLimits,
  onSilence: () => void,
): Promise<void> {
  const { lost } = engine;
  try {
    for (;;) {
      await sleep(quietMs, { signal: lost });
      const answered = new AbortController();
      const asked = beat(engine).finally(() => answered.abort());
      void tellWhenLate(answerMs, answered.signal, onSilence);
      await asked;
    }
  } catch (error) {
    if (!lost.aborted) throw error;
  }
}

async function beat(engine: WebEngine): Promise<void> {
  const answer = await engine.request({ method: 'GET', url: '/_ping' });
  answer.close();
}

async function tellWhenLate(ms: number, answered: AbortSignal, tell: () => void): Promise<void> {
  // Twice: when a machine wakes up, time that nobody had is over before an answer can come.
  for (let half = 0; half < 2; half++) await pause(ms / 2, answered);
  if (!answered.aborted) tell();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
