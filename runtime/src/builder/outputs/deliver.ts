// The outputs of a build that is done, one after the other: the store at the end, so that what could not be pushed has no new name
// here.

import type { BuildOutput, CacheTarget } from '../../spec/engine/build-outputs.ts';
import type { FinishedEvent } from '../../spec/engine/builds.ts';
import { EngineError, isEngineError, messageOf } from '../../spec/errors.ts';
import { cacheBundle } from '../cache/shared/export.ts';
import type { Works } from '../works.ts';
import { type BuildResult, imageBundle, type ResultDeps } from './result.ts';

export interface DeliverDeps extends Pick<ResultDeps, 'images'> {
  readonly works: Works;
  readonly signal: AbortSignal;
}

export interface Delivered extends Pick<FinishedEvent, 'imageId' | 'manifest'> {
  readonly isStored: boolean;
}

const imageOutput: BuildOutput = { type: 'image' };

/** @throws EngineError in a registry's words when a push fails, or a cache that must be written */
export async function deliver(
  deps: DeliverDeps,
  result: BuildResult,
  asked: { readonly outputs: readonly BuildOutput[] | undefined; readonly cacheTo: readonly CacheTarget[] | undefined },
): Promise<Delivered> {
  const outputs = asked.outputs === undefined || asked.outputs.length === 0 ? [imageOutput] : asked.outputs;
  const images = outputs.filter((output) => output.type === 'image');
  const pushed = images.find(({ push }) => push === true);
  const sent = pushed === undefined ? undefined : await push(deps, result, pushed.compression ?? 'gzip');
  for (const target of asked.cacheTo ?? []) await writeCache(deps, result, target);
  deps.signal.throwIfAborted();
  if (!images.some(({ store }) => store !== false)) {
    const { id: imageId } = sent ?? (await imageBundle(deps.images, result, 'none', deps.signal));
    return { imageId, isStored: false, ...(sent === undefined ? {} : { manifest: sent.manifest }) };
  }
  const { id, manifest } = await deps.images.register(result.config, result.layers, result.tags, sent?.manifest.digest);
  return { imageId: id, isStored: true, manifest: sent?.manifest ?? manifest };
}

async function push(
  { images, works, signal }: DeliverDeps,
  result: BuildResult,
  compression: 'none' | 'gzip' | 'zstd',
) {
  if (result.tags.length === 0) throw new EngineError('invalidParameter', 'tag is needed when pushing to a registry');
  const bundle = await works.run('packing layers', () => imageBundle(images, result, compression, signal));
  for (const tag of result.tags) {
    await works.run(`pushing ${tag}`, () => bundle.push(tag, signal)).catch(failed(`failed to push ${tag}`, signal));
  }
  return bundle;
}

/** Says before the words of a registry what they are about. */
function failed(what: string, signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    signal.throwIfAborted();
    const kind = isEngineError(error) ? error.kind : 'system';
    throw new EngineError(kind, `${what}: ${messageOf(error)}`, { cause: error });
  };
}

async function writeCache(
  { images, works, signal }: DeliverDeps,
  { steps }: BuildResult,
  target: CacheTarget,
): Promise<void> {
  if (target.type === 'inline') return;
  const { reference, mode } = target;
  try {
    await works.run(`exporting cache to ${reference}`, async () => {
      const bundle = await cacheBundle(images, steps, mode, signal);
      await bundle.push(reference, signal);
    });
  } catch (error) {
    signal.throwIfAborted();
    const what = `failed to export cache to ${reference}`;
    if (!target.ignoreError) failed(what, signal)(error);
    works.warn(`${what}: ${messageOf(error)}`);
  }
}
