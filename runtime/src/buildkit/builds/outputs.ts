// What a client wants to get of a build, and which caches it shares: exporters and cache options, as our builder takes them.

import { EngineError } from '../../spec/errors.ts';
import type { BuildOutput, CacheMode, CacheSource, CacheTarget } from '../../spec/engine/build-outputs.ts';
import type { BuildRequest } from '../../spec/engine/builds.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../spec/reference.ts';
import type { SolveRequest } from '../messages/control.ts';

type Attributes = ReadonlyMap<string, string>;

export interface Exporter {
  readonly type: string;
  readonly attrs: Attributes;
}

/** In the order in which the client numbers them. */
export function exportersOf(request: SolveRequest): readonly Exporter[] {
  const { exporters, exporterDeprecated: type, exporterAttrsDeprecated: attrs } = request;
  return exporters.length > 0 || type === '' ? exporters : [{ type, attrs }];
}

/** Whether it is an image in the engine's own store. */
export function isImage({ type }: Exporter): boolean {
  return type === 'moby' || type === 'image';
}

/** @throws EngineError invalidParameter for a bad name, notImplemented for what is not honoured */
export function outputsOf(request: SolveRequest): Pick<BuildRequest, 'tags' | 'outputs' | 'cacheTo' | 'cacheFrom'> {
  const exporters = exportersOf(request);
  const images = exporters.filter(isImage);
  const outputs: BuildOutput[] = images.map(imageOutput);
  if (images.length < exporters.length) outputs.push({ type: 'export' });
  // Nothing was asked for: only the cache is filled.
  if (exporters.length === 0) outputs.push({ type: 'image', store: false });
  const { imports = [], exports = [] } = request.cache ?? {};
  return {
    tags: [...new Set(images.flatMap(({ attrs }) => namesOf(attrs)))],
    outputs,
    cacheFrom: imports.flatMap(sourceOf),
    cacheTo: exports.flatMap(targetOf),
  };
}

function imageOutput({ attrs }: Exporter): BuildOutput {
  if (attrs.get('push-by-digest') === 'true') {
    throw new EngineError('notImplemented', 'pushing an image without a name (push-by-digest) is not supported');
  }
  const compression = attrs.get('compression');
  return {
    type: 'image',
    ...(attrs.get('store') === 'false' ? { store: false } : {}),
    ...(attrs.get('push') === 'true' ? { push: true } : {}),
    ...(compression === undefined ? {} : { compression: compressionOf(compression) }),
  };
}

export function compressionOf(text: string): 'none' | 'gzip' | 'zstd' {
  if (text === 'uncompressed') return 'none';
  if (text === 'gzip' || text === 'zstd') return text;
  throw new EngineError('notImplemented', `compression ${JSON.stringify(text)}: use uncompressed, gzip or zstd`);
}

/** @throws EngineError invalidParameter */
export function namesOf(attrs: Attributes): readonly string[] {
  const names = (attrs.get('name') ?? '').split(',').filter((name) => name !== '');
  return names.map((name) => familiarReference(withDefaultTag(parseReference(name))));
}

function sourceOf({ type, attrs }: { readonly type: string; readonly attrs: Attributes }): readonly CacheSource[] {
  if (type === 'registry') return [{ type, reference: attrs.get('ref') ?? '' }];
  throw new EngineError('notImplemented', `--cache-from type=${type} is not supported: use type=registry`);
}

function targetOf({ type, attrs }: { readonly type: string; readonly attrs: Attributes }): readonly CacheTarget[] {
  if (type === 'inline') return [{ type }];
  if (type !== 'registry') {
    throw new EngineError('notImplemented', `--cache-to type=${type} is not supported: use type=registry or inline`);
  }
  const ignoreError = attrs.get('ignore-error') === 'true';
  return [{ type, reference: attrs.get('ref') ?? '', mode: modeOf(attrs.get('mode')), ignoreError }];
}

function modeOf(text = 'min'): CacheMode {
  if (text === 'min' || text === 'max') return text;
  throw new EngineError('invalidParameter', `mode=${text} of a cache: use min or max`);
}
