// The caches that a client names for a build: at registries, in the image, and in folders of its own, which it serves as stores of
// contents.

import { parseDigest } from '../../spec/digest.ts';
import { EngineError } from '../../spec/errors.ts';
import type { CacheMode, CacheSource, CacheTarget } from '../../spec/engine/build-outputs.ts';
import type { ClientStore } from '../content/client-store.ts';
import type { SolveRequest } from '../messages/control.ts';

/** Opens a store of the client. */
export type OpenStore = (id: string) => ClientStore;

/** A folder of the client that a cache goes to when all is built. */
export interface LocalTarget {
  readonly folder: string;
  readonly mode: CacheMode;
  /** A failure is a warning then. */
  readonly ignoreError: boolean;
}

type Option = NonNullable<SolveRequest['cache']>['exports'][number];

/** @throws EngineError invalidParameter, notImplemented for what is not honoured */
export function cacheSources({ cache }: SolveRequest, open: OpenStore): readonly CacheSource[] {
  return (cache?.imports ?? []).map((option) => sourceOf(option, open));
}

function sourceOf({ type, attrs }: Option, open: OpenStore): CacheSource {
  if (type === 'registry') return { type, reference: attrs.get('ref') ?? '' };
  if (type !== 'local') {
    const words = `--cache-from type=${type} is not supported: use type=registry or type=local`;
    throw new EngineError('notImplemented', words);
  }
  const folder = attrs.get('src') ?? '';
  const store = open(storeOf(folder));
  // The client has looked it up in its index.json.
  const digest = parseDigest(attrs.get('digest') ?? '');
  return {
    type: 'content',
    name: folder,
    manifest: () => store.manifest(digest),
    blob: (descriptor) => store.read(descriptor),
  };
}

/** All but those in folders of the client. @throws EngineError invalidParameter, notImplemented for what is not honoured */
export function cacheTargets({ cache }: SolveRequest): readonly CacheTarget[] {
  return (cache?.exports ?? []).filter(({ type }) => type !== 'local').map(targetOf);
}

function targetOf({ type, attrs }: Option): CacheTarget {
  if (type === 'inline') return { type };
  if (type !== 'registry') {
    const words = `--cache-to type=${type} is not supported: use type=registry, type=local or type=inline`;
    throw new EngineError('notImplemented', words);
  }
  return { type, reference: attrs.get('ref') ?? '', mode: modeOf(attrs.get('mode')), ignoreError: ignores(attrs) };
}

/** @throws EngineError invalidParameter */
export function localTargets({ cache }: SolveRequest): readonly LocalTarget[] {
  const options = (cache?.exports ?? []).filter(({ type }) => type === 'local');
  return options.map(({ attrs }) => ({
    folder: attrs.get('dest') ?? '',
    mode: modeOf(attrs.get('mode')),
    ignoreError: ignores(attrs),
  }));
}

/** What a client calls the store of a cache's folder. */
export function storeOf(folder: string): string {
  return `local:${folder}`;
}

function ignores(attrs: ReadonlyMap<string, string>): boolean {
  return attrs.get('ignore-error') === 'true';
}

function modeOf(text = 'min'): CacheMode {
  if (text === 'min' || text === 'max') return text;
  throw new EngineError('invalidParameter', `mode=${text} of a cache: use min or max`);
}
