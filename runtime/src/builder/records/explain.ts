// Why a step was not in the cache: what differs from the last build that did the same.

import type { BuildRecord, MissReason } from '../../spec/engine/builds.ts';
import type { Operation } from '../contract.ts';
import type { StepInputs } from '../keys.ts';
import type { KeptBuild } from './record.ts';

/** Names that a reason lists at most. */
const most = 20;

/**
 * The newest build that has most in common with these steps. One of another name must have half of what comes after FROM in common:
 * builds of other projects explain nothing.
 */
export function likest(
  operations: readonly Operation[],
  tags: readonly string[],
  builds: readonly KeptBuild[],
): KeptBuild | undefined {
  const wanted = new Set(operations.filter(({ kind }) => kind !== 'from').map(placeOf));
  let best: KeptBuild | undefined;
  let most = 0;
  for (const build of builds) {
    const common = build.record.steps.filter((step) => wanted.has(placeOf(step))).length;
    const isSameName = build.record.tags.some((tag) => tags.includes(tag));
    if (common <= most || (!isSameName && common * 2 < wanted.size)) continue;
    best = build;
    most = common;
  }
  return best;
}

function placeOf({ stage, text }: { readonly stage: number; readonly text: string }): string {
  return `${stage} ${text}`;
}

export interface Miss {
  readonly operations: readonly Operation[];
  readonly operation: Operation;
  readonly inputs: StepInputs;
  readonly files: ReadonlyMap<string, string> | undefined;
  readonly previous: KeptBuild | undefined;
  readonly readFiles: (digest: string) => Promise<ReadonlyMap<string, string> | undefined>;
}

export async function explainMiss(miss: Miss): Promise<MissReason> {
  const { operation, inputs, previous, operations } = miss;
  if (!operation.usesCache) return { kind: 'no-cache', message: 'The build was asked not to use the cache for it.' };
  if (previous === undefined) return { kind: 'first-build', message: 'It was not built before.' };
  const before = sameStep(operations, operation, previous.record);
  if (before === undefined) return instructionChanged(operations, operation, previous.record);
  const known = previous.inputs[before.step];
  if (known === undefined || before.result?.state === 'failed' || before.result?.state === 'cancelled') {
    return { kind: 'first-build', message: 'The last build did not get beyond it.' };
  }
  if (known.parent !== inputs.parent || known.layers !== inputs.layers) return below(operations, operation);
  if (known.instruction !== inputs.instruction) {
    return {
      kind: 'instruction-changed',
      message: 'The instruction or what it stands in (user, folder, mounts) changed.',
    };
  }
  const variables = changedKeys(Object.entries(known.variables), Object.entries(inputs.variables));
  if (variables.length > 0) return { kind: 'argument-changed', ...told('Changed variables', variables) };
  if (known.files !== inputs.files) return await filesChanged(miss, known.files);
  return { kind: 'removed', message: 'Its result is not in the cache any more.' };
}

type Step = BuildRecord['steps'][number];

/** The step with the same text in the same stage; of several the one that is as far from the first of them. */
function sameStep(operations: readonly Operation[], operation: Operation, record: BuildRecord): Step | undefined {
  const place = placeOf(operation);
  const number = operations.filter((each) => placeOf(each) === place).indexOf(operation);
  return record.steps.filter((step) => placeOf(step) === place)[number];
}

function instructionChanged(
  operations: readonly Operation[],
  operation: Operation,
  { steps }: BuildRecord,
): MissReason {
  const number = operations.filter(({ stage }) => stage === operation.stage).indexOf(operation);
  const before = steps.filter(({ stage }) => stage === operation.stage)[number];
  const isNew = before === undefined || operations.some((each) => placeOf(each) === placeOf(before));
  if (isNew) return { kind: 'instruction-changed', message: 'The instruction is new.' };
  return {
    kind: 'instruction-changed',
    message: `It was \`${before.text}\` in the last build.`,
    changed: [before.text],
  };
}

function below(operations: readonly Operation[], operation: Operation): MissReason {
  const parent = operations[operation.index - 1];
  if (parent?.kind !== 'from' || parent.base.kind === 'stage') {
    return { kind: 'step-before', message: 'A step before it ran again.' };
  }
  const name = parent.base.kind === 'image' ? parent.base.image.reference : 'scratch';
  return { kind: 'base-changed', message: `The base image ${name} changed.`, changed: [name] };
}

async function filesChanged({ files, readFiles }: Miss, before: string | undefined): Promise<MissReason> {
  const known = before === undefined ? undefined : await readFiles(before);
  if (known === undefined || files === undefined)
    return { kind: 'files-changed', message: 'Files that it reads changed.' };
  return { kind: 'files-changed', ...told('Changed files', changedKeys(known, files)) };
}

function changedKeys(
  before: Iterable<readonly [string, string]>,
  now: Iterable<readonly [string, string]>,
): readonly string[] {
  const old = new Map(before);
  const changed: string[] = [];
  for (const [key, value] of now) {
    if (old.get(key) !== value) changed.push(key);
    old.delete(key);
  }
  return [...changed, ...old.keys()].toSorted();
}

function told(what: string, names: readonly string[]): Pick<MissReason, 'message' | 'changed'> {
  const shown = names.slice(0, 3).join(', ');
  const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return { message: `${what}: ${shown}${rest}.`, changed: names.slice(0, most) };
}
