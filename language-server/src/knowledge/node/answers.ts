// Answers of an engine, kept by question: given at once where they are there, asked for in the background where not.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { isNotFound } from '../../../../runtime/src/client/errors.ts';
import type { Known } from '../knowledge.ts';

/** Questions kept; the ones asked longest ago go first. */
const mostAnswers = 2000;
const mostAtOnce = 6;
/** An engine that takes longer is taken for one that does not answer. */
const patienceMs = 10_000;
/** So long a question that failed is not asked again. */
const pauseMs = 5_000;
/** Answers that come together are told together. */
const gatherMs = 30;

interface Answer {
  known: Known<unknown>;
  isAsked: boolean;
  /** When it may be asked again, by `performance.now()`. */
  again: number;
}

/** Finds an answer out. Undefined stands for: there is no such thing. */
export type Question<T> = (client: EngineClient, signal: AbortSignal) => Promise<T | undefined>;

export class Answers {
  readonly #client: () => EngineClient | undefined;
  readonly #changed: () => void;
  readonly #kept = new Map<string, Answer>();
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;
  #isTelling = false;

  /**
   * @param client of the engine that can be asked now; undefined where none can
   * @param changed is called after answers have come, or are no longer true
   */
  constructor(client: () => EngineClient | undefined, changed: () => void) {
    this.#client = client;
    this.#changed = changed;
  }

  get<T>(key: string, question: Question<T>): Known<T> {
    let answer = this.#kept.get(key);
    if (answer === undefined) answer = { known: unknown, isAsked: false, again: 0 };
    else this.#kept.delete(key);
    // The last one in the order of a Map is the one that was asked for last.
    this.#kept.set(key, answer);
    if (answer.known.kind === 'unknown' && !answer.isAsked && answer.again <= performance.now()) {
      this.#ask(key, answer, question);
    }
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostAnswers) break;
      this.#kept.delete(oldest);
    }
    // What is kept under a key was found by the same question.
    return answer.known as Known<T>;
  }

  /** Forgets answers whose keys begin with `prefix`. */
  forget(prefix: string): void {
    let isForgotten = false;
    for (const [key, answer] of this.#kept) {
      if (!key.startsWith(prefix)) continue;
      isForgotten ||= answer.known.kind !== 'unknown';
      this.#kept.delete(key);
    }
    if (isForgotten) this.#tell();
  }

  #ask<T>(key: string, answer: Answer, question: Question<T>): void {
    const client = this.#client();
    answer.again = performance.now() + pauseMs;
    if (client === undefined) return;
    answer.isAsked = true;
    this.#waiting.push(async () => {
      answer.known = await find(client, question);
      answer.isAsked = false;
      if (answer.known.kind !== 'unknown' && this.#kept.get(key) === answer) this.#tell();
    });
    this.#next();
  }

  #next(): void {
    while (this.#running < mostAtOnce) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      this.#running++;
      void work().finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setTimeout(() => {
      this.#isTelling = false;
      this.#changed();
    }, gatherMs);
  }
}

/** An engine that fails or refuses knows nothing; the question may be asked again later. */
async function find<T>(client: EngineClient, question: Question<T>): Promise<Known<T>> {
  try {
    const value = await question(client, AbortSignal.timeout(patienceMs));
    return value === undefined ? { kind: 'absent' } : { kind: 'known', value };
  } catch (error) {
    return isNotFound(error) ? { kind: 'absent' } : unknown;
  }
}

const unknown = { kind: 'unknown' } as const;
