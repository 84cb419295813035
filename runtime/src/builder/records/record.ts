// The document of one build on disk: what is shown of it, and what its steps were made of, to explain the misses of the next.

import type { BuildRecord } from '../../spec/engine/builds.ts';
import { EngineError } from '../../spec/errors.ts';
import { isObject } from '../../spec/manifest.ts';
import type { StepInputs } from '../keys.ts';

const schema = 1;

export interface KeptBuild {
  readonly record: BuildRecord;
  /** By the number of the step; of those that it came to. */
  readonly inputs: Readonly<Record<number, StepInputs>>;
}

export function writeBuild(build: KeptBuild): string {
  return JSON.stringify({ schema, ...build });
}

/** @throws EngineError dataLoss for what is no record, SyntaxError for what is no JSON */
export function readBuild(text: string): KeptBuild {
  const value: unknown = JSON.parse(text);
  if (isObject(value) && value['schema'] === schema && isObject(value['record']) && isObject(value['inputs'])) {
    const { id, steps, startedAtMs } = value['record'];
    if (typeof id === 'string' && Array.isArray(steps) && typeof startedAtMs === 'number') {
      return value as object as KeptBuild;
    }
  }
  throw new EngineError('dataLoss', 'is no record of a build');
}
