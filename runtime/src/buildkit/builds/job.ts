// Builds that clients speak of by a name of theirs: who solves one, who watches it and who hands over its result come on calls of their
// own, in any order.

import { EngineError } from '../../spec/errors.ts';
import type { FinishedEvent } from '../../spec/engine/builds.ts';
import type { SolveRequest } from '../messages/control.ts';
import { WaitingMap } from '../waiting-map.ts';
import { type Status, StatusFeed } from './feed.ts';

/** What a frontend made: a build that is done, or an answer about a Dockerfile. */
export interface Solved {
  /** Our id of the build; undefined where nothing was built. */
  readonly build: string | undefined;
  readonly finished: FinishedEvent | undefined;
  /** What clients read beside it. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

export class Job {
  readonly request: SolveRequest;
  readonly feed = new StatusFeed();
  /** What frontends made for it, by the names that its client got for them. */
  readonly solved = new Map<string, Solved>();
  readonly #abort = new AbortController();
  readonly #returned = Promise.withResolvers<string | undefined>();
  /** Why a frontend failed, which its client only knows in short. */
  failure: unknown;

  constructor(request: SolveRequest) {
    this.request = request;
    // Nobody may be waiting for it.
    this.#returned.promise.catch(() => undefined);
  }

  /** Aborted when who asked for it is gone. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(reason: unknown): void {
    this.#abort.abort(reason);
    this.#returned.reject(reason);
  }

  /** The name of what the client hands over as the result; undefined for an empty one. */
  get returned(): Promise<string | undefined> {
    return this.#returned.promise;
  }

  giveBack(ref: string | undefined): void {
    this.#returned.resolve(ref);
  }

  fail(error: unknown): void {
    this.#returned.reject(error);
  }
}

/** How long a build that is over waits for who wants to know how it went, in ms: the call may come late, or be slow. */
const lingerMs = 30_000;

export class Jobs {
  readonly #jobs = new WaitingMap<Job>((ref) => `no such job ${ref}`);

  /** @throws EngineError conflict for a name that is taken, invalidParameter for none */
  begin(request: SolveRequest): Job & Disposable {
    const { ref } = request;
    if (ref === '') throw new EngineError('invalidParameter', 'a build needs a ref');
    if (this.#jobs.has(ref)) throw new EngineError('conflict', `the build ${ref} runs already`);
    const job = new Job(request);
    this.#jobs.add(ref, job);
    return Object.assign(job, { [Symbol.dispose]: () => this.#over(job) });
  }

  has(ref: string): boolean {
    return this.#jobs.has(ref);
  }

  /** What a build tells, from the beginning to its end. @throws EngineError notFound when it does not begin */
  async *watch(ref: string, signal: AbortSignal): AsyncGenerator<Status, void, undefined> {
    const job = await this.#jobs.get(ref, signal);
    yield* job.feed.read(signal);
    if (job.feed.isOver) this.#jobs.delete(ref);
  }

  /** @throws EngineError notFound when it does not begin */
  get(ref: string, signal: AbortSignal): Promise<Job> {
    return this.#jobs.get(ref, signal);
  }

  #over({ request: { ref }, feed }: Job): void {
    feed.end();
    if (!feed.isRead) setTimeout(() => this.#jobs.delete(ref), lingerMs).unref();
  }
}
