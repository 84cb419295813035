// The record of a build, from the one who has it.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { BuildRecord } from '../../../runtime/src/spec/engine/builds.ts';
import type { Builder } from './contract.ts';

/** With the output of its steps. @throws ApiError 404 for one that is not known any more */
export async function recordOf(client: EngineClient, builder: Builder, id: string): Promise<BuildRecord> {
  const own = builder.own.find(({ record }) => record.id === id);
  return own?.record ?? (await client.builds.inspect(id));
}

/** What a step began with: the one before it in its stage. Undefined for the first. */
export function stepBefore({ steps }: BuildRecord, step: number): number | undefined {
  const stage = steps.find((each) => each.step === step)?.stage;
  return steps.findLast((each) => each.stage === stage && each.step < step)?.step;
}

/** The step that failed, else the last one that it came to; what the engine takes where none is named. */
export function shownStep({ steps }: BuildRecord): number | undefined {
  const failed = steps.find(({ result }) => result?.state === 'failed');
  return (failed ?? steps.findLast(({ result }) => result !== undefined))?.step;
}
