// What a build has to tell other caches of its steps.

import type { CacheMode } from '../../../spec/engine/build-outputs.ts';
import { chainOf } from '../../image-config.ts';
import type { Bundle, BuildImages, LayerRef, Operation, Plan, Snapshot } from '../../contract.ts';
import { cacheConfigType, type SharedResult, writeCacheConfig } from './cache-config.ts';

/** What a build ended with, as far as caches look at it. */
export interface BuildSteps {
  readonly plan: Plan;
  /** What each operation ended with, by its index. */
  readonly results: ReadonlyMap<number, Snapshot>;
  /** Stands for the time of every step, for the same bytes from the same input. */
  readonly fixedAtMs: number | undefined;
}

interface KnownStep {
  readonly key: string;
  readonly layer: LayerRef | undefined;
  readonly description: string;
  readonly createdAtMs: number;
}

/** @param mode `min`: of the steps that the result stands on; `max`: of all */
function knownSteps({ plan, results, fixedAtMs }: BuildSteps, mode: CacheMode): readonly KnownStep[] {
  const operations = mode === 'max' ? plan.operations : chainOf(plan);
  return operations.flatMap((operation) => {
    const known = knownStep(operation, results);
    return known === undefined ? [] : [{ ...known, createdAtMs: fixedAtMs ?? known.createdAtMs }];
  });
}

/** Undefined for one that did nothing that a cache would have to know. */
function knownStep(operation: Operation, results: ReadonlyMap<number, Snapshot>): KnownStep | undefined {
  if (operation.kind === 'from') return undefined;
  const below = results.get(operation.index - 1);
  const after = results.get(operation.index);
  if (below === undefined || after?.createdAtMs === undefined || after.key === below.key) return undefined;
  const layer = after.layers.length > below.layers.length ? after.layers.at(-1) : undefined;
  return { key: after.key, layer, description: operation.text, createdAtMs: after.createdAtMs };
}

/** For the configuration of the image whose layers are `layers`. */
export function inlineResults(steps: BuildSteps, layers: readonly LayerRef[]): readonly SharedResult[] {
  return numbered(
    knownSteps(steps, 'min'),
    layers.map(({ diffId }) => diffId),
  );
}

/** A cache as a manifest of its own, with every layer once, packed. */
export async function cacheBundle(
  images: BuildImages,
  steps: BuildSteps,
  mode: CacheMode,
  signal: AbortSignal | undefined,
): Promise<Bundle> {
  const known = knownSteps(steps, mode);
  const layers = [
    ...new Map(known.flatMap(({ layer }) => (layer === undefined ? [] : [[layer.diffId, layer] as const]))).values(),
  ];
  const diffIds = layers.map(({ diffId }) => diffId);
  const bytes = writeCacheConfig({ diffIds, results: numbered(known, diffIds) });
  const config = { bytes, mediaType: cacheConfigType };
  return await images.bundle(config, layers, { compression: 'gzip', platform: undefined, signal });
}

function numbered(steps: readonly KnownStep[], diffIds: readonly string[]): readonly SharedResult[] {
  return steps.map(({ layer, ...step }) => {
    const number = layer === undefined ? -1 : diffIds.indexOf(layer.diffId);
    return number < 0 ? step : { ...step, layer: number };
  });
}
