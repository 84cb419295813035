// The document of one build on disk: what is shown of it, what its steps were made of, to explain the misses of the next, and
// what they ended with, for who wants to look into it.

import type { BuildRecord } from '../../spec/engine/builds.ts';
import { EngineError } from '../../spec/errors.ts';
import { isObject } from '../../spec/manifest.ts';
import type { OciContainerConfig } from '../../spec/oci.ts';
import type { LayerRef } from '../contract.ts';
import type { StepInputs } from '../keys.ts';

const schema = 2;

/** What a step ended with; one that failed, what it began with. */
export interface StepRoot {
  readonly layers: readonly LayerRef[];
  readonly config: OciContainerConfig;
}

export interface KeptBuild {
  readonly record: BuildRecord;
  /** By the number of the step; of those that it came to. */
  readonly inputs: Readonly<Record<number, StepInputs>>;
  readonly roots: Readonly<Record<number, StepRoot>>;
}

interface Document {
  readonly schema: number;
  readonly record: BuildRecord;
  readonly inputs: KeptBuild['inputs'];
  /** Each layer once. */
  readonly layers: readonly LayerRef[];
  readonly roots: Readonly<Record<number, { readonly stack: readonly number[]; readonly config: OciContainerConfig }>>;
}

export function writeBuild({ record, inputs, roots }: KeptBuild): string {
  const layers = new Map<string, LayerRef>();
  for (const root of Object.values(roots)) for (const layer of root.layers) layers.set(layer.digest, layer);
  const numbers = new Map([...layers.keys()].map((digest, number) => [digest, number]));
  const stacks = Object.entries(roots).map(([step, root]) => {
    const stack = root.layers.map(({ digest }) => numbers.get(digest) ?? 0);
    return [step, { stack, config: root.config }] as const;
  });
  const document: Document = {
    schema,
    record,
    inputs,
    layers: [...layers.values()],
    roots: Object.fromEntries(stacks),
  };
  return JSON.stringify(document);
}

/** @throws EngineError dataLoss for what is no record, SyntaxError for what is no JSON */
export function readBuild(text: string): KeptBuild {
  const value: unknown = JSON.parse(text);
  if (!isDocument(value)) throw new EngineError('dataLoss', 'is no record of a build');
  const { record, inputs, layers } = value;
  const roots = Object.entries(value.roots).map(([step, { stack, config }]) => {
    return [step, { layers: stack.flatMap((number) => layers[number] ?? []), config }] as const;
  });
  return { record, inputs, roots: Object.fromEntries(roots) };
}

/** Written by ourselves: looked at so far that another version of it is told from this one. */
function isDocument(value: unknown): value is Document {
  if (!isObject(value) || value['schema'] !== schema) return false;
  const { record, inputs, layers, roots } = value;
  if (!isObject(record) || !isObject(inputs) || !Array.isArray(layers) || !isObject(roots)) return false;
  const { id, steps, startedAtMs } = record;
  return typeof id === 'string' && Array.isArray(steps) && typeof startedAtMs === 'number';
}
