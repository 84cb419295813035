// A plan, carried out: each operation as soon as those that it needs are done, so that stages that do not need each other go side by
// side. The cache is asked first. The first failure ends all that still runs.

import type { Host } from '../host/host.ts';
import type { BuildEvent, MissReason, StepResult } from '../spec/engine/builds.ts';
import { messageOf } from '../spec/errors.ts';
import type { CacheLookUp } from './cache/look-up.ts';
import type { BuildImages, LayerRef, Operation, Origin, Plan, Snapshot } from './contract.ts';
import type { Keys, StepInputs } from './keys.ts';
import { StepFailure } from './steps/step-failure.ts';

/** What one operation does, once what it needs is there. */
export interface StepWork {
  /** All that its result depends on; undefined where it changes no files. */
  readonly inputs: StepInputs | undefined;
  /** The files behind `inputs.files`, path -> short digest. */
  readonly files?: () => Promise<ReadonlyMap<string, string>>;
  /** @returns its layer, undefined where there is none */
  readonly make: () => Promise<LayerRef | undefined>;
  /** What it holds until it is done, or not to be done. */
  readonly held?: AsyncDisposable;
}

export interface SolveDeps {
  readonly host: Pick<Host, 'clock'>;
  readonly images: BuildImages;
  readonly cache: Pick<CacheLookUp, 'find' | 'put'>;
  readonly keys: Keys;
  /** @param resultOf what another operation, which is done, ended with */
  readonly prepare: (operation: Operation, below: Snapshot, context: StepContext) => Promise<StepWork>;
  /** @returns what to wait for before there is more */
  readonly emit: (event: BuildEvent) => Promise<void> | undefined;
  /** Told what an operation ended with; of one that failed, what it began with. */
  readonly reached: (operation: Operation, snapshot: Snapshot) => void;
  /** Why there was nothing in the cache. */
  readonly explain: (operation: Operation, work: StepWork & { readonly inputs: StepInputs }) => Promise<MissReason>;
}

export interface StepContext {
  readonly signal: AbortSignal;
  readonly resultOf: (index: number) => Snapshot;
}

/** @throws what the first step that failed threw, or the signal's reason, when nothing runs any more */
export async function solve(plan: Plan, deps: SolveDeps, signal: AbortSignal): Promise<ReadonlyMap<number, Snapshot>> {
  const solver = new Solver(plan, deps, signal);
  return await solver.run();
}

class Solver {
  readonly #plan: Plan;
  readonly #deps: SolveDeps;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #done = new Map<number, Snapshot>();
  readonly #pending = new Map<number, Promise<Snapshot>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(plan: Plan, deps: SolveDeps, signal: AbortSignal) {
    this.#plan = plan;
    this.#deps = deps;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
  }

  async run(): Promise<ReadonlyMap<number, Snapshot>> {
    for (const operation of this.#plan.operations) {
      const work = this.#take(operation);
      // Whoever needs it hears of its failure; so does the end.
      work.catch((error: unknown) => this.#fail(error));
      this.#pending.set(operation.index, work);
    }
    await Promise.allSettled(this.#pending.values());
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#signal.throwIfAborted();
    return this.#done;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort(error);
  }

  async #take(operation: Operation): Promise<Snapshot> {
    const below = await this.#below(operation);
    await Promise.all(sourcesOf(operation).map((index) => this.#resultOf(index)));
    this.#signal.throwIfAborted();
    const { emit, host } = this.#deps;
    const startedAtMs = host.clock.now();
    const step = operation.index;
    await emit({ kind: 'started', step, atMs: startedAtMs });
    const durationMs = () => host.clock.now() - startedAtMs;
    try {
      const { snapshot, ...result } = await this.#carryOut(operation, below);
      this.#done.set(step, snapshot);
      this.#deps.reached(operation, snapshot);
      await emit({ kind: 'ended', step, result: { ...result, durationMs: durationMs(), snapshot: snapshot.key } });
      return snapshot;
    } catch (error) {
      // Before the event: of several that end together the first has failed, the others were ended for it.
      const isFirst = this.#failure === undefined && !this.#signal.aborted;
      if (isFirst) this.#fail(error);
      this.#deps.reached(operation, below);
      await emit({ kind: 'ended', step, result: failed(error, isFirst, below, durationMs()) });
      throw error;
    }
  }

  async #below(operation: Operation): Promise<Snapshot> {
    if (operation.kind !== 'from') return await this.#resultOf(operation.index - 1);
    const { base } = operation;
    if (base.kind === 'stage') return await this.#resultOf(base.last);
    const layers = base.kind === 'image' ? base.image.layers : [];
    return this.#deps.keys.snapshotOf(layers);
  }

  async #resultOf(index: number): Promise<Snapshot> {
    const pending = this.#pending.get(index);
    if (pending === undefined) throw new Error(`step ${index} is needed before it was planned`);
    return await pending;
  }

  async #carryOut(operation: Operation, below: Snapshot): Promise<Outcome> {
    const { cache, keys, images, prepare, explain, host } = this.#deps;
    const work = await prepare(operation, below, {
      signal: this.#signal,
      resultOf: (index) => this.#finished(index),
    });
    await using _held = work.held;
    if (work.inputs === undefined) return { state: 'done', snapshot: below };
    const key = keys.keyOf(work.inputs);
    const hit = operation.usesCache ? await cache.find(key, below, operation.text) : undefined;
    if (hit !== undefined) {
      const { layers, createdAtMs, size, from } = hit;
      const cachedFrom = from === undefined ? {} : { cachedFrom: from };
      return { state: 'cached', snapshot: { key, layers, createdAtMs }, layerSize: size, ...cachedFrom };
    }
    const miss = await explain(operation, { ...work, inputs: work.inputs });
    const layer = await work.make();
    const layers = layer === undefined ? below.layers : [...below.layers, layer];
    const size = layer === undefined ? 0 : images.layerSize(layers);
    const createdAtMs = host.clock.now();
    await cache.put({ key, layers, size, createdAtMs, description: operation.text });
    return { state: 'done', miss, snapshot: { key, layers, createdAtMs }, layerSize: size };
  }

  #finished(index: number): Snapshot {
    const snapshot = this.#done.get(index);
    if (snapshot === undefined) throw new Error(`step ${index} is needed before it is done`);
    return snapshot;
  }
}

interface Outcome extends Pick<StepResult, 'state' | 'cachedFrom' | 'miss' | 'layerSize'> {
  readonly snapshot: Snapshot;
}

/** Operations that it reads files of. */
export function sourcesOf(operation: Operation): readonly number[] {
  const origins: readonly (Origin | undefined)[] =
    operation.kind === 'copy'
      ? [operation.from]
      : operation.kind === 'run'
        ? operation.mounts.map((mount) => ('from' in mount ? mount.from : undefined))
        : [];
  return [...new Set(origins.flatMap((origin) => (origin?.kind === 'stage' ? [origin.last] : [])))];
}

/** Operations that must be done before it. */
export function needsOf(operation: Operation): readonly number[] {
  if (operation.kind !== 'from') return [operation.index - 1, ...sourcesOf(operation)];
  return operation.base.kind === 'stage' ? [operation.base.last] : [];
}

function failed(error: unknown, isFirst: boolean, below: Snapshot, durationMs: number): StepResult {
  if (!isFirst) return { state: 'cancelled', durationMs };
  const code = error instanceof StepFailure ? { exitCode: error.exitCode } : {};
  return { state: 'failed', durationMs, snapshot: below.key, message: messageOf(error), ...code };
}
