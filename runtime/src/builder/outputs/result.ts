// What a build ends with, and the forms in which it leaves the engine.

import type { ExportForm, LayerCompression } from '../../spec/engine/build-outputs.ts';
import type { OciImageConfig } from '../../spec/oci.ts';
import { mediaTypes } from '../../spec/manifest.ts';
import type { Bundle, BuildImages, LayerRef } from '../contract.ts';
import { type BuildSteps, cacheBundle } from '../cache/shared/export.ts';
import type { StepContainers } from '../steps/step-containers.ts';
import { rootTar } from './root-tar.ts';

export interface BuildResult {
  readonly config: OciImageConfig;
  readonly layers: readonly LayerRef[];
  readonly tags: readonly string[];
  readonly steps: BuildSteps;
  /** Seconds since 1970: no time in an export is later. */
  readonly sourceDateEpoch: number | undefined;
}

export interface ResultDeps {
  readonly images: BuildImages;
  readonly containers: StepContainers;
}

export async function exportResult(
  deps: ResultDeps,
  result: BuildResult,
  form: ExportForm,
  signal?: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  switch (form.type) {
    case 'tar':
      return await rootTar(deps, result, signal);
    case 'docker':
    case 'oci': {
      // As docker and BuildKit have it: `docker load` unpacks what it reads, others keep it.
      const compression = form.compression ?? (form.type === 'oci' ? 'gzip' : 'none');
      const bundle = await imageBundle(deps.images, result, compression, signal);
      const formats = form.type === 'oci' ? (['oci'] as const) : (['docker', 'oci'] as const);
      return bundle.archive(formats, form.names ?? result.tags);
    }
    case 'cache': {
      const bundle = await cacheBundle(deps.images, result.steps, form.mode, signal);
      return bundle.archive(['oci'], []);
    }
  }
}

export async function imageBundle(
  images: BuildImages,
  { config, layers }: BuildResult,
  compression: LayerCompression,
  signal: AbortSignal | undefined,
): Promise<Bundle> {
  const bytes = new TextEncoder().encode(JSON.stringify(config));
  const { os, architecture, variant } = config;
  const platform = [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
  return await images.bundle({ bytes, mediaType: mediaTypes.ociConfig }, layers, { compression, platform, signal });
}
