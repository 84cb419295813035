// Builds as the API calls them, put together: what runs, what was, and what is kept for those to come.

import type { Host } from '../host/host.ts';
import type { Kernel } from '../host/kernel.ts';
import type { AuthConfig } from '../spec/api/images.ts';
import { analyse } from '../spec/dockerfile/analyse.ts';
import { parseDockerfile } from '../spec/dockerfile/parse.ts';
import type {
  BuildHandle,
  BuildRecord,
  BuildRequest,
  BuildSession,
  Builds,
  ContextSource,
  Entitlement,
  StepImageOptions,
  StepRecord,
} from '../spec/engine/builds.ts';
import type { EventSink } from '../spec/engine/system.ts';
import { EngineError } from '../spec/errors.ts';
import { writeTar } from '../spec/tar/writer.ts';
import { randomId } from '../spec/ids.ts';
import type { Logger } from '../spec/logger.ts';
import { runBuild } from './build.ts';
import { cacheEntries, type CacheParts, pruneCache } from './cache/prune.ts';
import { BroughtCaches } from './cache/shared/brought-caches.ts';
import { type CacheLimits, StepCache } from './cache/step-cache.ts';
import type { BuildImages, LayerRef } from './contract.ts';
import { EventStream } from './event-stream.ts';
import { HalfMade } from './half-made.ts';
import { Keys } from './keys.ts';
import { ending } from './outputs/ending.ts';
import { KeptResults } from './outputs/kept-results.ts';
import { exportResult } from './outputs/result.ts';
import { shellConfig, stepRoot } from './step-image.ts';
import { CacheMounts } from './mounts/cache-mounts.ts';
import { Origins } from './origins.ts';
import { targetStage } from './plan/needed.ts';
import { enforceChecks, type Linter } from './plan/enforced-checks.ts';
import { refuseForeignFrontend } from './plan/foreign-frontend.ts';
import { refuseFaults } from './plan/plan.ts';
import { RecordStore } from './records/record-store.ts';
import { KeptContexts } from './contexts/kept-contexts.ts';
import { ClientNeeds } from './client-needs.ts';
import { BuildContexts } from './build-contexts.ts';
import { namedContextsOf, type NamedContexts } from './named-contexts.ts';
import { type BuildContext, type ContextOptions, keptContext, openContext } from './sources/context.ts';
import { openRemoteContext } from './sources/remote-context.ts';
import { Slots } from '../spec/slots.ts';
import type { StepContainers } from './steps/step-containers.ts';

export interface BuildsDeps {
  readonly host: Host;
  readonly kernel: Pick<Kernel, 'openTree' | 'removeTree'>;
  readonly logger: Logger;
  readonly events: EventSink;
  /** `<data-root>/builds`. */
  readonly directory: string;
  /** `os/architecture` of this machine. */
  readonly platform: string;
  /** `failedMs`: how long what a command that failed had made is kept. */
  readonly limits: CacheLimits & { readonly failedMs: number };
  /** What clients may allow their builds. */
  readonly allowed: Readonly<Record<Entitlement, boolean>>;
  readonly lint: Linter;
  /** Held while builds work: little memory is taken meanwhile, and given back afterwards. */
  readonly spareMemory?: () => Disposable;
  /** What a build sees of images; the disposal lets go of all that it touched. */
  openImages(
    auth: Readonly<Record<string, AuthConfig>>,
    session?: Pick<BuildSession, 'credentials'>,
  ): BuildImages & AsyncDisposable;
  readonly containers: StepContainers;
  /** A folder of ours in memory. */
  readonly secretFolder: string;
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

const parallelCommands = 16;

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
  readonly #caches: CacheMounts;
  readonly #contexts: KeptContexts;
  readonly #halfMade: HalfMade;
  readonly #results: KeptResults;
  readonly #brought: BroughtCaches;
  readonly #slots = new Slots(parallelCommands);
  readonly #running = new Map<string, Running>();

  constructor(deps: BuildsDeps) {
    const { host, kernel, logger, events, directory, limits } = deps;
    this.#deps = deps;
    this.#keys = new Keys(host);
    this.#records = new RecordStore({ host, logger, directory, events });
    this.#caches = new CacheMounts({ host, kernel, keys: this.#keys, directory: this.#folder('cache-mounts') });
    this.#contexts = new KeptContexts({
      host,
      kernel,
      logger,
      directory: this.#folder('kept-contexts'),
      limits: { bytes: limits.bytes / 4, ageMs: limits.ageMs },
    });
    this.#halfMade = new HalfMade({
      clock: host.clock,
      hold: (layers) => this.#hold(layers),
      keepMs: limits.failedMs,
    });
    this.#results = new KeptResults(host.clock);
    this.#brought = new BroughtCaches({ host, folder: this.#folder('brought-caches') });
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
    const { host, kernel, directory, secretFolder } = this.#deps;
    const clear = async (path: string): Promise<void> => {
      if ((await host.files.stat(path)) !== undefined) await kernel.removeTree(path);
    };
    // Of builds that a kill has ended.
    const left = [secretFolder, this.#folder('tmp'), this.#folder('contexts'), this.#folder('brought-caches')];
    await Promise.all([
      ...left.map(clear),
      host.files.makeDirectory(directory, { recursive: true, mode: 0o711 }),
      this.#cache.load(),
    ]);
  }

  isBusy(): boolean {
    return this.#running.size > 0;
  }

  async shutdown(): Promise<void> {
    for (const { abort } of this.#running.values()) abort.abort(new EngineError('cancelled', 'the engine ends'));
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    await this.#results.clear();
    await this.#cache.settle();
  }

  async build(request: BuildRequest): Promise<BuildHandle> {
    const { host, kernel, containers, platform, secretFolder, limits } = this.#deps;
    // Contexts are taken in before the build runs.
    using _ = this.#deps.spareMemory?.();
    await this.#records.load();
    const id = randomId((size) => host.random(size)).slice(0, 25);
    const abort = new AbortController();
    const signal = request.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, request.signal]);
    await using undo = new AsyncDisposableStack();
    const folder = `${this.#folder('tmp')}/${id}`;
    await host.files.makeDirectory(folder, { recursive: true, mode: 0o711 });
    undo.defer(() => kernel.removeTree(folder));
    if (request.session !== undefined || Object.keys(request.secrets).length > 0) {
      await host.files.makeDirectory(secretFolder, { recursive: true, mode: 0o711 });
    }
    const named = namedContextsOf(request);
    const contexts = undo.use(await this.#openContexts(request, named, id, signal));
    const cacheFrom = (request.cacheFrom ?? []).map((source) =>
      source.type === 'brought' ? undo.use(this.#brought.take(source.id, source.name)).source : source,
    );
    const text = request.dockerfileText ?? (await dockerfileOf(contexts.own, request.dockerfile));
    const model = analyse(parseDockerfile(text));
    refuseForeignFrontend(model.file, request.dockerfile, request.buildArgs);
    refuseFaults(model, request.dockerfile);
    targetStage(model, request.target);
    if (!request.checkOnly) {
      const { dockerfile: name, buildArgs } = request;
      await enforceChecks(model.file, { name, buildArgs, lint: this.#deps.lint, signal });
    }
    const events = new EventStream();
    const keys = new Keys(host, request.sourceDateEpoch);
    const held = undo.move();
    const run = async (): Promise<void> => {
      await using _context = held;
      await using ofImages = new AsyncDisposableStack();
      const images = ofImages.use(this.#deps.openImages(request.auth, request.session));
      await using origins = new Origins({ codec: host.codec, images, containers, keys, contexts });
      await runBuild({
        host,
        id,
        folder,
        request,
        namedContexts: named,
        allowed: this.#deps.allowed,
        model,
        dockerfileText: text,
        images,
        containers,
        cache: this.#cache,
        records: this.#records,
        keys,
        origins,
        mounts: { host, kernel, caches: this.#caches, secretFolder },
        platform,
        events,
        slots: this.#slots,
        halfMade: this.#halfMade,
        cacheFrom,
        keepResult: (result) => this.#results.keep(id, result, ofImages.move()),
        signal,
      });
      await this.#contexts.collect();
      await this.#cache.collect(limits.bytes - (await this.#contexts.size()));
      await this.#caches.collect(host.clock.now() - limits.ageMs);
      await this.#halfMade.collect();
      await this.#results.collect();
      await this.#brought.collect();
    };
    this.#running.set(id, { abort, ended: this.#watched(id, run()) });
    return { id, events: events.read(() => abort.abort(new EngineError('cancelled', 'the client has gone'))) };
  }

  async #watched(id: string, work: Promise<void>): Promise<void> {
    using _ = this.#deps.spareMemory?.();
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
    return this.#records.all().map(({ record }) => ({ ...record, steps: record.steps.map(withoutOutput) }));
  }

  async inspect(ref: string): Promise<BuildRecord> {
    await this.#records.load();
    return this.#records.find(ref).record;
  }

  async remove(ref: string): Promise<void> {
    const id = await this.#ended(ref, 'cancel it first');
    await this.#halfMade.drop(id);
    await this.#results.drop(id);
    await this.#records.remove(id);
  }

  async stepImage(ref: string, options: StepImageOptions): Promise<{ readonly Id: string }> {
    await this.#records.load();
    const build = this.#records.find(ref);
    const { layers, config } = stepRoot(build, this.#halfMade.get(build.record.id), options);
    const { host, platform } = this.#deps;
    await using images = this.#deps.openImages({});
    if (!(await images.hold(layers))) {
      throw new EngineError('notFound', 'the files of this step are not kept any more: build again');
    }
    const { id } = await images.register(shellConfig(config, layers, platform, host.clock.now()), layers, []);
    return { Id: id };
  }

  async export(...[ref, form, signal]: Parameters<Builds['export']>): ReturnType<Builds['export']> {
    const id = await this.#ended(ref, 'it has no result yet');
    const result = this.#results.get(id);
    if (result === undefined) {
      throw new EngineError('notFound', `the result of build ${id} is not kept: build with an output of type export`);
    }
    await using undo = new AsyncDisposableStack();
    // Until the last byte is fetched.
    undo.use(this.#deps.spareMemory?.());
    const images = undo.use(this.#deps.openImages({}));
    const bytes = await exportResult({ images, containers: this.#deps.containers }, result, form, signal);
    return ending(bytes, undo.move());
  }

  async bringCache(...[tar, signal]: Parameters<Builds['bringCache']>): ReturnType<Builds['bringCache']> {
    using _ = this.#deps.spareMemory?.();
    return await this.#brought.add(tar, signal ?? new AbortController().signal);
  }

  /** The id of a build that is over, and lets go of nothing any more. @throws EngineError notFound, conflict while it runs */
  async #ended(ref: string, hint: string): Promise<string> {
    const { id, state } = await this.inspect(ref);
    if (state === 'running') throw new EngineError('conflict', `build ${id} is running: ${hint}`);
    await this.#running.get(id)?.ended;
    return id;
  }

  async cancel(ref: string): Promise<void> {
    const { id } = await this.inspect(ref);
    const running = this.#running.get(id);
    if (running === undefined) throw new EngineError('conflict', `build ${id} is not running`);
    running.abort.abort(new EngineError('cancelled', 'the build was cancelled'));
    await running.ended;
  }

  async cache(): ReturnType<Builds['cache']> {
    return await cacheEntries(this.#kept());
  }

  async prune(...[filters, options]: Parameters<Builds['prune']>): ReturnType<Builds['prune']> {
    const pruned = await pruneCache(this.#kept(), filters, options, this.#deps.host.clock.now());
    const attributes = { reclaimed: String(pruned.SpaceReclaimed) };
    this.#deps.events.publish('builder', 'prune', { id: '', attributes });
    return pruned;
  }

  async offerContext(...[offer, lines]: Parameters<Builds['offerContext']>): ReturnType<Builds['offerContext']> {
    using _ = this.#deps.spareMemory?.();
    return await this.#contexts.offer(offer, lines);
  }

  async supplyContext(...[id, tar, signal]: Parameters<Builds['supplyContext']>): Promise<void> {
    using _ = this.#deps.spareMemory?.();
    await this.#contexts.supply(id, tar, signal ?? new AbortController().signal);
  }

  #kept(): CacheParts {
    return { steps: this.#cache, mounts: this.#caches, contexts: this.#contexts };
  }

  #folder(name: string): string {
    return `${this.#deps.directory}/${name}`;
  }

  async #openContexts(
    request: BuildRequest,
    named: NamedContexts,
    id: string,
    signal: AbortSignal,
  ): Promise<BuildContexts> {
    const { host, kernel } = this.#deps;
    const deps = { host, kernel, folder: this.#folder('contexts') };
    const { context, dockerfile, buildArgs } = request;
    const needs = new ClientNeeds(request);
    const sshAgent = () => needs.sshAgent('default', { mode: 0o600, uid: 0, gid: 0 });
    const keepsGitFolder = /^(?:1|t|true)$/i.test(buildArgs['BUILDKIT_CONTEXT_KEEP_GIT_DIR'] ?? '');
    const open = async (source: ContextSource, options: ContextOptions): Promise<BuildContext> => {
      if (source.kind === 'offered') return keptContext(deps, await this.#contexts.open(source.id), options);
      if (source.kind === 'remote') return await openRemoteContext(deps, source.address, options);
      return await openContext(deps, source.kind === 'tar' ? source.bytes : writeTar([]), options);
    };
    const own = await open(context, { id, dockerfile, signal, sshAgent, keepsGitFolder });
    return new BuildContexts(own, named, (other, number) => {
      const source: ContextSource = other.kind === 'folder' ? { kind: 'offered', id: other.id } : other;
      return open(source, { id: `${id}-${number}`, dockerfile: undefined, signal, sshAgent });
    });
  }

  async #hold(layers: readonly LayerRef[]): Promise<AsyncDisposable | undefined> {
    const held = this.#deps.openImages({});
    if (await held.hold(layers)) return held;
    await held[Symbol.asyncDispose]();
    return undefined;
  }
}

function withoutOutput(step: StepRecord): StepRecord {
  const { output: _, ...rest } = step;
  return rest;
}

async function dockerfileOf(context: BuildContext, path: string): Promise<string> {
  const text = await context.readText(path);
  if (text !== undefined) return text;
  throw new EngineError('invalidParameter', `Cannot locate specified Dockerfile: ${path}`);
}
