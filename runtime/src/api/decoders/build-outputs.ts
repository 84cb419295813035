// What becomes of a build's result, and the caches that it asks and writes, as JSON and as a query.

import type { BuildLimits, WireCacheSource } from '../../spec/api/builds.ts';
import { array, boolean, type Decoder, isRecord, object, string } from '../../spec/decode.ts';
import type {
  BuildOutput,
  CacheMode,
  CacheTarget,
  ExportForm,
  LayerCompression,
} from '../../spec/engine/build-outputs.ts';
import { EngineError } from '../../spec/errors.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../spec/reference.ts';
import type { Query } from '../query.ts';
import { resources } from './containers.ts';

/** One of some words. @throws EngineError invalidParameter naming all of them */
function oneOf<T extends string>(...words: readonly T[]): Decoder<T> {
  return (value, path) => {
    const word = words.find((each) => each === value);
    if (word !== undefined) return word;
    throw new EngineError('invalidParameter', `${path} is ${JSON.stringify(value)}: use ${words.join(', ')}`);
  };
}

/** A cache's name, with its tag. */
const reference: Decoder<string> = (value, path) =>
  familiarReference(withDefaultTag(parseReference(string(value, path))));

const compression = oneOf<LayerCompression>('none', 'gzip', 'zstd');
const mode = oneOf<CacheMode>('min', 'max');

/** An object whose `type` says what else is in it. */
function tagged<T extends { readonly type: string }>(decoders: {
  readonly [Type in T['type']]: Decoder<Omit<Extract<T, { readonly type: Type }>, 'type'>>;
}): Decoder<T> {
  const types = Object.keys(decoders) as T['type'][];
  return (value, path) => {
    const type = oneOf(...types)(isRecord(value) ? value['type'] : undefined, `${path}.type`);
    return { type, ...decoders[type](value, path) } as unknown as T;
  };
}

/** Of an object all of whose fields must be there. */
function whole<T extends object>(decode: Decoder<T>, ...names: readonly (keyof T & string)[]): Decoder<T> {
  return (value, path) => {
    const decoded = decode(value, path);
    const missing = names.find((name) => !Object.hasOwn(decoded, name));
    if (missing === undefined) return decoded;
    throw new EngineError('invalidParameter', `${path}.${missing} is missing`);
  };
}

type Of<Union extends { readonly type: string }, Type extends Union['type']> = Omit<
  Extract<Union, { readonly type: Type }>,
  'type'
>;

export const outputs: Decoder<readonly BuildOutput[]> = array(
  tagged<BuildOutput>({
    image: object<Of<BuildOutput, 'image'>>({ store: boolean, push: boolean, compression }),
    export: object<Of<BuildOutput, 'export'>>({}),
  }),
);

export const cacheFrom: Decoder<readonly WireCacheSource[]> = array(
  tagged<WireCacheSource>({
    registry: whole(object<Of<WireCacheSource, 'registry'>>({ reference }), 'reference'),
    image: whole(object<Of<WireCacheSource, 'image'>>({ reference }), 'reference'),
    brought: whole(object<Of<WireCacheSource, 'brought'>>({ id: string, name: string }), 'id', 'name'),
  }),
);

const registryTarget = object<Partial<Of<CacheTarget, 'registry'>>>({ reference, mode, ignoreError: boolean });

export const cacheTo: Decoder<readonly CacheTarget[]> = array(
  tagged<CacheTarget>({
    inline: object<Of<CacheTarget, 'inline'>>({}),
    registry: whole<Of<CacheTarget, 'registry'>>(
      (value, path) =>
        ({ mode: 'min', ignoreError: false, ...registryTarget(value, path) }) as Of<CacheTarget, 'registry'>,
      'reference',
    ),
  }),
);

const { Memory, MemorySwap, CpuShares, CpuPeriod, CpuQuota, CpusetCpus, CpusetMems, CgroupParent, Ulimits } = resources;

export const limits: Decoder<BuildLimits> = object<BuildLimits>({
  Memory,
  MemorySwap,
  CpuShares,
  CpuPeriod,
  CpuQuota,
  CpusetCpus,
  CpusetMems,
  CgroupParent,
  Ulimits,
});

/** The query of `GET /coracle/v1/builds/{id}/export`. @throws EngineError invalidParameter naming the parameter */
export function exportForm(query: Query): ExportForm {
  const type = oneOf('tar', 'docker', 'oci', 'cache')(query.text('type'), 'type');
  switch (type) {
    case 'tar':
      return { type };
    case 'cache':
      return { type, mode: mode(query.text('mode') || 'min', 'mode') };
    default: {
      const names = query.all('name').filter((name) => name !== '');
      const packed = query.optional('compression');
      return {
        type,
        ...(names.length === 0 ? {} : { names }),
        ...(packed === undefined ? {} : { compression: compression(packed, 'compression') }),
      };
    }
  }
}

/** The classic builder's `cachefrom`: a JSON list of images that are here. @throws EngineError invalidParameter */
export function classicCacheFrom(text: string): readonly WireCacheSource[] {
  if (text === '') return [];
  try {
    const names = array(string)(JSON.parse(text) as unknown, 'cachefrom');
    return names.filter((name) => name !== '').map((name) => ({ type: 'image', reference: name }));
  } catch (cause) {
    throw new EngineError('invalidParameter', 'cachefrom is not a JSON array of names', { cause });
  }
}
