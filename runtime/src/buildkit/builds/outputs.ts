// What a client wants to get of a build: exporters, as our builder takes them.

import { EngineError } from '../../spec/errors.ts';
import type { BuildOutput } from '../../spec/engine/build-outputs.ts';
import type { BuildRequest } from '../../spec/engine/builds.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../spec/reference.ts';
import type { SolveRequest } from '../messages/control.ts';
import { localTargets } from './caches.ts';

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
export function outputsOf(request: SolveRequest): Pick<BuildRequest, 'tags' | 'outputs'> {
  const exporters = exportersOf(request);
  const images = exporters.filter(isImage);
  const outputs: BuildOutput[] = images.map(imageOutput);
  const isFetched = images.length < exporters.length || localTargets(request).length > 0;
  if (isFetched) outputs.push({ type: 'export' });
  // Nothing was asked for: only the cache is filled.
  if (exporters.length === 0) outputs.push({ type: 'image', store: false });
  return {
    tags: [...new Set(images.flatMap(({ attrs }) => namesOf(attrs)))],
    outputs,
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
