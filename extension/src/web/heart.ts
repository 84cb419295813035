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

export interface HeartListener {
  /** An answer is late. Not told again before one has come. */
  readonly onSilence: () => void;
  /** One has come: it lives. */
  readonly onAnswer: () => void;
  /** What came was no answer, but a failure. It lives as well. */
  readonly onFault: (error: unknown) => void;
}

/** Follows an engine to its end, which it does not tell. */
export async function followHeart(
  engine: Pick<WebEngine, 'lost' | 'request'>,
  { quietMs, answerMs }: HeartLimits,
  { onSilence, onAnswer, onFault }: HeartListener,
): Promise<void> {
  const { lost } = engine;
  while (await pause(quietMs, lost)) {
    const answered = new AbortController();
    void tellWhenLate(answerMs, answered.signal, onSilence);
    try {
      await beat(engine);
    } catch (error) {
      if (lost.aborted) return;
      onFault(error);
    } finally {
      answered.abort();
    }
    onAnswer();
  }
}

async function beat(engine: Pick<WebEngine, 'request'>): Promise<void> {
  const answer = await engine.request({ method: 'GET', url: '/_ping' });
  answer.close();
}

async function tellWhenLate(ms: number, answered: AbortSignal, tell: () => void): Promise<void> {
  // Twice: when a machine wakes up, time that nobody had is over before an answer can come.
  for (let half = 0; half < 2; half++) await pause(ms / 2, answered);
  if (!answered.aborted) tell();
}

/** @returns whether it was not broken off */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return !signal.aborted;
}
