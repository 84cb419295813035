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
  question: Question<unknown>;
  isAsked: boolean;
  /** While it is asked, something has happened that the answer may not tell. */
  isDue: boolean;
  /** When it may be asked again, by `performance.now()`. */
  again: number;
  /** When it was asked last. */
  askedAt: number;
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

  /** @param freshMs so long an answer is taken for true; then it is looked at again, and stands until the new one is there */
  get<T>(key: string, question: Question<T>, freshMs = Infinity): Known<T> {
    let answer = this.#kept.get(key);
    if (answer === undefined) answer = { known: unknown, question, isAsked: false, isDue: false, again: 0, askedAt: 0 };
    else this.#kept.delete(key);
    // The last one in the order of a Map is the one that was asked for last.
    this.#kept.set(key, answer);
    const now = performance.now();
    const isWanted =
      answer.known.kind === 'unknown' || (answer.known.kind === 'known' && answer.askedAt + freshMs < now);
    if (isWanted && !answer.isAsked && answer.again <= now) this.#ask(key, answer);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostAnswers) break;
      this.#kept.delete(oldest);
    }
    // What is kept under a key was found by the same question.
    return answer.known as Known<T>;
  }

  /** Asks again what was asked under this key; the answer that is there stands until then. */
  renew(key: string): void {
    const answer = this.#kept.get(key);
    if (answer === undefined) return;
    if (answer.isAsked) answer.isDue = true;
    else this.#ask(key, answer);
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

  #ask(key: string, answer: Answer): void {
    const client = this.#client();
    const now = performance.now();
    answer.again = now + pauseMs;
    if (client === undefined) return;
    answer.askedAt = now;
    answer.isAsked = true;
    answer.isDue = false;
    this.#waiting.push(async () => {
      const found = await find(client, answer.question);
      answer.isAsked = false;
      if (this.#kept.get(key) !== answer) return;
      // Who has an answer keeps it while nobody knows better.
      const isNews = found.kind !== 'unknown' && JSON.stringify(found) !== JSON.stringify(answer.known);
      if (isNews) {
        answer.known = found;
        this.#tell();
      }
      if (answer.isDue) this.#ask(key, answer);
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
