// Builds as the API calls them, put together: what runs, what was, and what is kept for those to come.

import type { Host } from '../host/host.ts';
import type { AuthConfig } from '../spec/api/images.ts';
import { analyse } from '../spec/dockerfile/analyse.ts';
import { parseDockerfile } from '../spec/dockerfile/parse.ts';
import type { BuildHandle, BuildRecord, BuildRequest, Builds } from '../spec/engine/builds.ts';
import { EngineError } from '../spec/errors.ts';
import { randomId } from '../spec/ids.ts';
import type { Logger } from '../spec/logger.ts';
import { runBuild } from './build.ts';
import { type CacheLimits, StepCache } from './cache/step-cache.ts';
import type { BuildImages, LayerRef } from './contract.ts';
import { EventStream } from './event-stream.ts';
import { Keys } from './keys.ts';
import { targetStage } from './plan/needed.ts';
import { refuseFaults } from './plan/plan.ts';
import { RecordStore } from './records/record-store.ts';
import type { StepContainers } from './steps/step-containers.ts';

export interface BuildsDeps {
  readonly host: Host;
  readonly logger: Logger;
  /** `<data-root>/builds`. */
  readonly directory: string;
  /** `os/architecture` of this machine. */
  readonly platform: string;
  readonly limits: CacheLimits;
  /** What a build sees of images; the disposal lets go of all that it touched. */
  openImages(auth: Readonly<Record<string, AuthConfig>>): BuildImages & AsyncDisposable;
  readonly containers: StepContainers;
  /** Resolves when all that was written before is on disk. */
  sync(): Promise<void>;
}

export interface BuildsRoom extends Builds {
  /** Takes the cache's layers into care. Call once, before the store of images removes what nobody needs. */
  recover(): Promise<void>;
  /** True while a build runs. */
  isBusy(): boolean;
  /** Ends what runs and writes down what is known. */
  shutdown(): Promise<void>;
}

interface Running {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

export function createBuilds(deps: BuildsDeps): BuildsRoom {
  return new BuildsOf(deps);
}

class BuildsOf implements BuildsRoom {
  readonly #deps: BuildsDeps;
  readonly #keys: Keys;
  readonly #cache: StepCache;
  readonly #records: RecordStore;
  readonly #running = new Map<string, Running>();

  constructor(deps: BuildsDeps) {
    const { host, logger, directory, limits } = deps;
    this.#deps = deps;
    this.#keys = new Keys(host);
    this.#records = new RecordStore({ host, logger, directory });
    this.#cache = new StepCache({
      host,
      logger,
      limits,
      path: `${directory}/cache.json`,
      hold: (layers) => this.#hold(layers),
      sync: () => deps.sync(),
    });
  }

  async recover(): Promise<void> {
    await this.#deps.host.files.makeDirectory(this.#deps.directory, { recursive: true, mode: 0o700 });
    await this.#cache.load();
  }

  isBusy(): boolean {
    return this.#running.size > 0;
  }

  async shutdown(): Promise<void> {
    for (const { abort } of this.#running.values()) abort.abort(new EngineError('cancelled', 'the engine ends'));
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    await this.#cache.settle();
  }

  async build(request: BuildRequest): Promise<BuildHandle> {
    const { host, containers, platform } = this.#deps;
    await this.#records.load();
    const text = request.dockerfileText;
    if (text === undefined) throw new EngineError('notImplemented', 'contexts are not supported yet');
    const model = analyse(parseDockerfile(text));
    refuseFaults(model, request.dockerfile);
    targetStage(model, request.target);
    const id = randomId((size) => host.random(size)).slice(0, 25);
    const abort = new AbortController();
    const signal = request.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, request.signal]);
    const events = new EventStream();
    const run = async (): Promise<void> => {
      await using images = this.#deps.openImages(request.auth);
      await runBuild({
        host,
        id,
        request,
        model,
        dockerfileText: text,
        images,
        containers,
        cache: this.#cache,
        records: this.#records,
        keys: this.#keys,
        platform,
        events,
        signal,
      });
      await this.#cache.collect();
    };
    this.#running.set(id, { abort, ended: this.#watched(id, run()) });
    return { id, events: events.read(() => abort.abort(new EngineError('cancelled', 'the client has gone'))) };
  }

  async #watched(id: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#deps.logger.error('a build was not ended in order', { build: id, error });
    } finally {
      this.#running.delete(id);
    }
  }

  async list(): Promise<readonly BuildRecord[]> {
    await this.#records.load();
    return this.#records.all().map(({ record }) => record);
  }

  async inspect(ref: string): Promise<BuildRecord> {
    await this.#records.load();
    return this.#records.find(ref).record;
  }

  async remove(ref: string): Promise<void> {
    const { id } = await this.inspect(ref);
    if (this.#running.has(id)) throw new EngineError('conflict', `build ${id} is running: cancel it first`);
    await this.#records.remove(id);
  }

  async cancel(ref: string): Promise<void> {
    const { id } = await this.inspect(ref);
    const running = this.#running.get(id);
    if (running === undefined) throw new EngineError('conflict', `build ${id} is not running`);
    running.abort.abort(new EngineError('cancelled', 'the build was cancelled'));
    await running.ended;
  }

  async cache(): ReturnType<Builds['cache']> {
    return await Promise.resolve(
      this.#cache.all().map(({ key, description, size, createdAtMs, lastUsedAtMs }) => ({
        id: key,
        kind: 'step' as const,
        description,
        size,
        createdAtMs,
        lastUsedAtMs,
        inUse: false,
      })),
    );
  }

  async prune(
    _filters: Parameters<Builds['prune']>[0],
    options: Parameters<Builds['prune']>[1],
  ): ReturnType<Builds['prune']> {
    const going: string[] = [];
    let left = this.#cache.size;
    const before = left;
    for (const { key, size } of this.#cache.all()) {
      if (options.keepBytes !== undefined && left <= options.keepBytes) break;
      going.push(key);
      left -= size;
    }
    await this.#cache.remove(going);
    return { CachesDeleted: going.length === 0 ? null : going, SpaceReclaimed: before - left };
  }

  async #hold(layers: readonly LayerRef[]): Promise<AsyncDisposable | undefined> {
    const held = this.#deps.openImages({});
    if (await held.hold(layers)) return held;
    await held[Symbol.asyncDispose]();
    return undefined;
  }
}
