// One build from its Dockerfile to its image: planned, carried out, registered at the very end, and written down meanwhile.

import type { Host } from '../host/host.ts';
import type {
  BuildEvent,
  BuildRecord,
  BuildRequest,
  Entitlement,
  StepPlan,
  StepResult,
} from '../spec/engine/builds.ts';
import { messageOf } from '../spec/errors.ts';
import type { Model } from '../spec/dockerfile/model.ts';
import { CacheLookUp } from './cache/look-up.ts';
import { inlineResults } from './cache/shared/export.ts';
import type { AskedCache } from './cache/shared/import.ts';
import { inlineCache, inlineKey } from './cache/shared/cache-config.ts';
import { ClientNeeds } from './client-needs.ts';
import type { StepCache } from './cache/step-cache.ts';
import type { BaseImage, BuildImages, Plan, Snapshot } from './contract.ts';
import type { EventStream } from './event-stream.ts';
import type { HalfMade } from './half-made.ts';
import { imageConfig } from './image-config.ts';
import type { Keys, StepInputs } from './keys.ts';
import type { MountDeps } from './mounts/prepare-mounts.ts';
import type { NamedContexts } from './named-contexts.ts';
import type { Origins } from './origins.ts';
import { deliver, type Delivered } from './outputs/deliver.ts';
import type { BuildResult } from './outputs/result.ts';
import { planBuild } from './plan/plan.ts';
import { unusedArguments } from './plan/scope.ts';
import { prepareStep } from './prepare.ts';
import { refuseUnallowed } from './entitlements.ts';
import { explainMiss, likest } from './records/explain.ts';
import type { KeptBuild, StepRoot } from './records/record.ts';
import { OutputTail } from './records/output-tail.ts';
import type { RecordStore } from './records/record-store.ts';
import { needsOf, solve } from './solve.ts';
import type { Slots } from '../spec/slots.ts';
import { RunSteps } from './steps/run.ts';
import type { StepContainers } from './steps/step-containers.ts';
import { StepFailure } from './steps/step-failure.ts';
import { Works } from './works.ts';

export interface BuildParts {
  readonly host: Host;
  readonly id: string;
  /** Of its own, gone with the build. */
  readonly folder: string;
  readonly request: BuildRequest;
  readonly namedContexts: NamedContexts;
  /** What the engine lets clients allow. */
  readonly allowed: Readonly<Record<Entitlement, boolean>>;
  /** The Dockerfile, analysed; no fault is in it. */
  readonly model: Model;
  readonly dockerfileText: string;
  readonly images: BuildImages;
  readonly containers: StepContainers;
  readonly cache: StepCache;
  readonly records: RecordStore;
  readonly keys: Keys;
  readonly origins: Origins;
  readonly mounts: Omit<MountDeps, 'origins' | 'needs' | 'scriptFolder'>;
  /** `os/architecture` of this machine. */
  readonly platform: string;
  readonly events: EventStream;
  readonly slots: Slots;
  readonly halfMade: HalfMade;
  readonly cacheFrom: readonly AskedCache[];
  /** Takes the result, and the images that hold it, into care for a client to fetch. */
  readonly keepResult: (result: BuildResult) => Promise<void>;
  readonly signal: AbortSignal;
}

const nothingMade: Delivered = { imageId: '', isStored: false };

/** Runs to its end, which is told by the events and the record. Never rejects. */
export async function runBuild(parts: BuildParts): Promise<void> {
  const build = new Build(parts);
  await build.run();
}

interface StepState {
  readonly plan: StepPlan;
  startedAtMs?: number;
  result?: StepResult;
  inputs?: StepInputs;
  root?: StepRoot;
  readonly tail: OutputTail;
}

class Build {
  readonly #parts: BuildParts;
  readonly #startedAtMs: number;
  readonly #steps = new Map<number, StepState>();
  readonly #needs: ClientNeeds;
  readonly #works: Works;

  constructor(parts: BuildParts) {
    this.#parts = parts;
    this.#needs = new ClientNeeds(parts.request);
    this.#works = new Works(parts.host.clock, (event) => void parts.events.push(event));
    this.#startedAtMs = parts.host.clock.now();
  }

  async run(): Promise<void> {
    const { events, signal, request, host } = this.#parts;
    try {
      await this.#parts.records.follow(() => this.#kept({ state: 'running' }));
      const { isStored, ...made } = request.checkOnly ? nothingMade : await this.#make();
      const durationMs = host.clock.now() - this.#startedAtMs;
      await this.#save({ state: 'done', ...(isStored ? { imageId: made.imageId } : {}), durationMs });
      await events.push({ kind: 'finished', ...made, tags: request.tags });
    } catch (error) {
      const isCancelled = signal.aborted;
      if (error instanceof StepFailure) await this.#keepHalfMade(error);
      const message = isCancelled ? 'The build was cancelled.' : messageOf(error);
      const durationMs = host.clock.now() - this.#startedAtMs;
      await this.#save({ state: isCancelled ? 'cancelled' : 'failed', message, durationMs });
      await events.push({ kind: 'failed', message, ...this.#failedStep(), ...exitCodeOf(error) });
    } finally {
      events.end();
    }
  }

  async #make(): Promise<Delivered> {
    const { images, request, signal } = this.#parts;
    const plan = await this.#plan();
    const results = await this.#solve(plan);
    const config = imageConfig(plan, results, {
      labels: request.labels,
      platform: request.platform ?? this.#parts.platform,
      created: this.#created(),
      isFixed: request.sourceDateEpoch !== undefined,
    });
    const { sourceDateEpoch, tags, cacheTo, outputs } = request;
    const fixedAtMs = sourceDateEpoch === undefined ? undefined : sourceDateEpoch * 1000;
    const steps = { plan, results, fixedAtMs };
    const layers = results.get(plan.result)?.layers ?? [];
    const isInline = cacheTo?.some(({ type }) => type === 'inline') === true;
    const inline = isInline ? { [inlineKey]: inlineCache(inlineResults(steps, layers)) } : {};
    const result = { config: { ...config, ...inline }, layers, tags, steps, sourceDateEpoch };
    signal.throwIfAborted();
    const delivered = await deliver({ images, works: this.#works, signal }, result, { outputs, cacheTo });
    if (outputs?.some(({ type }) => type === 'export') === true) await this.#parts.keepResult(result);
    return delivered;
  }

  #created(): string {
    const { sourceDateEpoch } = this.#parts.request;
    return new Date(sourceDateEpoch === undefined ? this.#startedAtMs : sourceDateEpoch * 1000).toISOString();
  }

  async #plan(): Promise<Plan> {
    const { request, model, platform, events } = this.#parts;
    const plan = await planBuild(
      model,
      request.dockerfile,
      {
        target: request.target,
        buildArgs: request.buildArgs,
        targetPlatform: request.platform ?? platform,
        buildPlatform: platform,
        network: request.network === 'none' || request.network === 'host' ? request.network : 'default',
        noCache: request.noCache,
        noCacheFilter: request.noCacheFilter,
        namedContexts: this.#parts.namedContexts,
        created: this.#created(),
      },
      this.#finder(),
    );
    const steps = plan.operations.map((operation): StepPlan => {
      const { index, stage, text, source } = operation;
      const name = model.stages[stage]?.name;
      const named = name === undefined ? {} : { stageName: name };
      return { step: index, stage, ...named, text, source, needs: needsOf(operation) };
    });
    const file = { name: request.dockerfile, text: this.#parts.dockerfileText };
    refuseUnallowed(plan, file, { given: request.entitlements ?? ['network.host'], allowed: this.#parts.allowed });
    for (const step of steps) this.#steps.set(step.step, { plan: step, tail: new OutputTail() });
    await events.push({ kind: 'planned', steps });
    const unused = unusedArguments(model, request.buildArgs, plan.triggerArguments);
    if (unused.length > 0) {
      const message = `One or more build-args [${unused.join(' ')}] were not consumed`;
      await events.push({ kind: 'warning', message });
    }
    return plan;
  }

  /** Finds an image here or pulls it, once for each name and platform. */
  #finder(): (reference: string, platform: string | undefined) => Promise<BaseImage> {
    const { images, request, events, signal } = this.#parts;
    const known = new Map<string, Promise<BaseImage>>();
    const find = async (reference: string, platform: string | undefined): Promise<BaseImage> => {
      const here = request.pull ? undefined : await images.find(reference, platform);
      if (here !== undefined) return here;
      const report = (message: Readonly<Record<string, unknown>>) =>
        void events.push({ kind: 'progress', step: 0, message });
      return await images.pull(reference, platform, report, signal);
    };
    return (reference, platform) => {
      const name = `${reference} ${platform ?? ''}`;
      const found = known.get(name) ?? find(reference, platform);
      known.set(name, found);
      return found;
    };
  }

  async #solve(plan: Plan): Promise<ReadonlyMap<number, Snapshot>> {
    const { host, images, cache, keys, origins, records, containers, request, signal, folder } = this.#parts;
    const previous = likest(
      plan.operations,
      this.#parts.request.tags,
      records.all().filter(({ record }) => record.state !== 'running'),
    );
    const { hostConfig, network } = request;
    const prepareDeps = {
      host,
      folder,
      cache,
      sourceDateEpoch: request.sourceDateEpoch,
      images,
      containers,
      keys,
      origins,
      mounts: {
        ...this.#parts.mounts,
        scriptFolder: folder,
        origins,
        needs: this.#needs,
      },
      steps: new RunSteps({
        containers,
        images,
        hostConfig,
        network: isNamed(network) ? network : 'default',
        sourceDateEpoch: request.sourceDateEpoch,
        slots: this.#parts.slots,
      }),
      extraHosts: hostConfig.ExtraHosts ?? [],
      output: (step: number, stream: 'stdout' | 'stderr', bytes: Uint8Array) =>
        this.#emit({ kind: 'output', step, stream, bytes }),
    };
    return await solve(
      plan,
      {
        host,
        images,
        cache: new CacheLookUp({
          host,
          images,
          cache,
          sources: this.#parts.cacheFrom,
          works: this.#works,
          signal,
        }),
        keys,
        prepare: async (operation, below, context) => {
          const work = await prepareStep(prepareDeps, operation, below, context);
          const step = this.#steps.get(operation.index);
          if (step !== undefined && work.inputs !== undefined) step.inputs = work.inputs;
          return work;
        },
        emit: (event) => this.#emit(event),
        reached: ({ index, config }, { layers }) => {
          const step = this.#steps.get(index);
          if (step !== undefined) step.root = { layers, config };
        },
        explain: async (operation, { inputs, files }) => {
          const read = inputs.files === undefined ? undefined : await files?.();
          if (read !== undefined && inputs.files !== undefined) await records.saveFiles(inputs.files, read);
          return await explainMiss({
            operations: plan.operations,
            operation,
            inputs,
            files: read,
            previous,
            readFiles: (digest) => records.readFiles(digest),
          });
        },
      },
      signal,
    );
  }

  #emit(event: BuildEvent): Promise<void> | undefined {
    if (event.kind === 'output') this.#steps.get(event.step)?.tail.push(event.stream, event.bytes);
    const step = 'step' in event && event.step !== undefined ? this.#steps.get(event.step) : undefined;
    if (event.kind === 'started' && step !== undefined) step.startedAtMs = event.atMs;
    if (event.kind === 'ended' && step !== undefined) this.#stepEnded(step, event.result);
    return this.#parts.events.push(event);
  }

  #stepEnded(step: StepState, result: StepResult): void {
    step.result = result;
    const { id, request, records } = this.#parts;
    // What the cache had, or only sets something of the configuration, is over at once.
    const hasWorked = result.miss !== undefined || result.state === 'failed';
    if (hasWorked) records.stepEnded({ id, tags: request.tags }, step.plan.step, result);
  }

  async #keepHalfMade({ halfMade }: StepFailure): Promise<void> {
    const { step } = this.#failedStep();
    const root = step === undefined ? undefined : this.#steps.get(step)?.root;
    if (halfMade === undefined || root === undefined) return;
    await this.#parts.halfMade.keep(this.#parts.id, { ...root, layers: [...root.layers, halfMade] });
  }

  #failedStep(): { readonly step?: number } {
    const failed = [...this.#steps.values()].find(({ result }) => result?.state === 'failed');
    return failed === undefined ? {} : { step: failed.plan.step };
  }

  async #save(change: Pick<BuildRecord, 'state'> & Partial<BuildRecord>): Promise<void> {
    await this.#parts.records.save(this.#kept(change));
  }

  #kept(change: Pick<BuildRecord, 'state'> & Partial<BuildRecord>): KeptBuild {
    const { id, request, dockerfileText } = this.#parts;
    const hidden = this.#needs.hidden();
    const steps = [...this.#steps.values()];
    const record: BuildRecord = {
      id,
      startedAtMs: this.#startedAtMs,
      dockerfile: request.dockerfile,
      ...(request.origin === undefined ? {} : { origin: request.origin }),
      dockerfileText,
      target: request.target,
      tags: request.tags,
      steps: steps.map(({ plan, startedAtMs, result, tail }) => {
        const output = tail.text(hidden);
        return {
          ...plan,
          ...(startedAtMs === undefined ? {} : { startedAtMs }),
          ...(result === undefined ? {} : { result }),
          ...(output === '' ? {} : { output }),
        };
      }),
      ...change,
    };
    const inputs = Object.fromEntries(
      steps.flatMap(({ plan, inputs: own }) => (own === undefined ? [] : [[plan.step, own]])),
    );
    const roots = Object.fromEntries(
      steps.flatMap(({ plan, root }) => (root === undefined ? [] : [[plan.step, root]])),
    );
    return { record, inputs, roots };
  }
}

/** A network that is neither the default nor one of the modes that a step can choose itself. */
function isNamed(network: string): boolean {
  return !['', 'default', 'none', 'host'].includes(network);
}

function exitCodeOf(error: unknown): { readonly exitCode?: number } {
  return error instanceof StepFailure ? { exitCode: error.exitCode } : {};
}
