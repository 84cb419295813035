// Asks the engine in use for builds, and tells whoever listens how they go and end.

import { randomUUID } from 'node:crypto';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { openContext } from '../../../runtime/src/copy/build-context.ts';
import type { BuildOptions as AskedOptions, WireBuildEvent } from '../../../runtime/src/spec/api/builds.ts';
import type { BuildRecord } from '../../../runtime/src/spec/engine/builds.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import { isOurs } from '../model/is-ours.ts';
import { classicEvents } from './classic.ts';
import type { BuildAsk, BuildOptions, BuildOutcome, Builder, OwnBuild } from './contract.ts';
import { LiveRecord } from './live-record.ts';

export interface BuilderDeps {
  /** The engine in use, started when it is ours and sleeps. @throws Error that says why there is none, or why nothing may be built */
  client(): Promise<EngineClient>;
}

/** Builds that ended are remembered so far, with engines that keep no records. */
const mostOwn = 20;

export function createBuilder(deps: BuilderDeps): Builder {
  return new EngineBuilder(deps);
}

class EngineBuilder implements Builder {
  readonly #deps: BuilderDeps;
  readonly #ended = new Set<(outcome: BuildOutcome) => void>();
  readonly #changed = new Set<() => void>();
  /** The oldest first. */
  #runs: readonly Run[] = [];

  constructor(deps: BuilderDeps) {
    this.#deps = deps;
  }

  async build(ask: BuildAsk, { onEvent, signal }: BuildOptions = {}): Promise<BuildOutcome> {
    const run = new Run(ask, await this.#deps.client());
    const cancel = () => run.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    this.#runs = [...this.#runs, run];
    this.#tell();
    await run.follow((event) => {
      onEvent?.(event);
      // What was written is asked for by who looks at it.
      if (event.kind !== 'output' && event.kind !== 'progress') this.#tell();
    });
    signal?.removeEventListener('abort', cancel);
    this.#runs = withoutForgotten(this.#runs);
    this.#tell();
    for (const listener of this.#ended) listener(run.outcome);
    return run.outcome;
  }

  get own(): readonly OwnBuild[] {
    return this.#runs;
  }

  cancel(id: string): boolean {
    const run = this.#runs.find(({ record }) => record.state === 'running' && record.id === id);
    run?.cancel();
    return run !== undefined;
  }

  async remove(client: EngineClient, id: string): Promise<void> {
    const rest = this.#runs.filter(({ record }) => record.id !== id || record.state === 'running');
    if (rest.length === this.#runs.length) await client.builds.remove(id);
    this.#runs = rest;
    this.#tell();
  }

  onEnd(listener: (outcome: BuildOutcome) => void): Disposable {
    this.#ended.add(listener);
    return { [Symbol.dispose]: () => void this.#ended.delete(listener) };
  }

  onChange(listener: () => void): Disposable {
    this.#changed.add(listener);
    return { [Symbol.dispose]: () => void this.#changed.delete(listener) };
  }

  #tell(): void {
    for (const listener of this.#changed) listener();
  }
}

/** Builds that ended are left out: all but the newest, those of which the engine keeps the record, and those that began nothing. */
function withoutForgotten(runs: readonly Run[]): readonly Run[] {
  const kept = runs.filter(
    ({ id, record }) => record.state === 'running' || (id === undefined && record.steps.length > 0),
  );
  const over = kept.filter(({ record }) => record.state !== 'running');
  const gone = new Set(over.slice(0, -mostOwn));
  return kept.filter((run) => !gone.has(run));
}

/** One build from the question to its end. */
class Run implements OwnBuild {
  readonly ask: BuildAsk;
  readonly client: EngineClient;
  readonly #live: LiveRecord;
  readonly #connection = new AbortController();
  #isCancelled = false;

  constructor(ask: BuildAsk, client: EngineClient) {
    this.ask = ask;
    this.client = client;
    this.#live = new LiveRecord(ask, randomUUID(), Date.now());
  }

  get id(): string | undefined {
    return this.#live.id;
  }

  get record(): BuildRecord {
    return this.#live.record;
  }

  get outcome(): BuildOutcome {
    const { id, imageId, failure, isCancelled } = this.#live;
    return {
      ask: this.ask,
      ...(id === undefined ? {} : { id }),
      ...(imageId === undefined ? {} : { imageId }),
      ...(failure === undefined ? {} : { failure }),
      isCancelled,
    };
  }

  /** Where the engine knows the build it is asked to end it, so that its record is whole; else the connection tells it. */
  cancel(): void {
    this.#isCancelled = true;
    const { id } = this.#live;
    if (id === undefined) this.#connection.abort();
    // One that cannot be told so sees the connection close.
    else this.client.builds.cancel(id).catch(() => this.#connection.abort());
  }

  /** Never rejects: how it ended is in the outcome. */
  async follow(tell: (event: WireBuildEvent) => void): Promise<void> {
    const live = this.#live;
    try {
      for await (const event of await eventsOf(this.client, this.ask, this.#connection.signal)) {
        live.take(event, Date.now());
        tell(event);
      }
      // An engine that is killed may end its answer in good order.
      if (live.record.state === 'running')
        live.fail(l10n.t('The engine ended in the middle of the build.'), Date.now());
    } catch (error) {
      if (!this.#isCancelled) live.fail(messageOf(error), Date.now());
    }
    if (this.#isCancelled && live.imageId === undefined) live.cancel(Date.now());
  }
}

async function eventsOf(
  client: EngineClient,
  ask: BuildAsk,
  signal: AbortSignal,
): Promise<AsyncIterable<WireBuildEvent>> {
  const { listing, tar, dockerfile, text, origin } = await openContext(ask.folder, ask.dockerfile);
  const options: AskedOptions = {
    ...(dockerfile === undefined ? {} : { dockerfile }),
    tags: ask.tags,
    target: ask.target ?? '',
    buildArgs: ask.buildArgs ?? {},
    labels: ask.labels ?? {},
    noCache: ask.noCache === true,
    pull: ask.pull === true,
    ...(ask.platform === undefined ? {} : { platform: ask.platform }),
  };
  if (await isOurs(client)) {
    return await client.builds.build({ ...options, dockerfileText: text, origin }, listing, signal);
  }
  return await classicEvents(client, options, { tar, text }, signal);
}
