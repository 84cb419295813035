// One build: the engine is asked for it, and what it tells is kept as its record.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { BuildOptions as AskedOptions, WireBuildEvent } from '../../../runtime/src/spec/api/builds.ts';
import type { BuildRecord } from '../../../runtime/src/spec/engine/builds.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import { isOurs } from '../model/is-ours.ts';
import { classicEvents } from './classic.ts';
import type { BuilderDeps } from './builder.ts';
import type { BuildAsk, BuildOutcome, OwnBuild } from './contract.ts';
import { LiveRecord } from './live-record.ts';

/** From the question to the end. */
export class Run implements OwnBuild {
  readonly ask: BuildAsk;
  readonly client: EngineClient;
  readonly #deps: Pick<BuilderDeps, 'local' | 'auths'>;
  readonly #live: LiveRecord;
  readonly #connection = new AbortController();
  #isCancelled = false;

  constructor(ask: BuildAsk, client: EngineClient, deps: Pick<BuilderDeps, 'local' | 'auths'>) {
    this.ask = ask;
    this.client = client;
    this.#deps = deps;
    this.#live = new LiveRecord(ask, crypto.randomUUID(), Date.now());
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
      for await (const event of await this.#events(this.#connection.signal)) {
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

  async #events(signal: AbortSignal): Promise<AsyncIterable<WireBuildEvent>> {
    const { ask, client } = this;
    const { local } = this.#deps;
    const { listing, tar, dockerfile, text, origin } = await local.openContext(ask.folder, ask.dockerfile);
    const options: AskedOptions = {
      ...(dockerfile === undefined ? {} : { dockerfile }),
      tags: ask.tags,
      target: ask.target ?? '',
      buildArgs: ask.buildArgs ?? {},
      labels: ask.labels ?? {},
      noCache: ask.noCache === true,
      pull: ask.pull === true,
      ...(ask.platform === undefined ? {} : { platform: ask.platform }),
      auth: (await this.#deps.auths?.()) ?? {},
    };
    if (await isOurs(client)) {
      return await client.builds.build({ ...options, dockerfileText: text, origin }, listing ?? tar, signal);
    }
    return await classicEvents(client, options, { tar, text }, signal);
  }
}
