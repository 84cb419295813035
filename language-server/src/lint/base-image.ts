// What is known of the image that a stage stands on, and whether the stage's steps may have changed it.

import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { ImageFacts, Knowledge } from '../knowledge/knowledge.ts';

/** The image below a stage, through the stages between; undefined for `scratch` and what only the build knows. */
export function baseReference(stage: Stage | undefined): string | undefined {
  const { base } = bottom(stage) ?? {};
  return base?.kind === 'image' ? base.reference : undefined;
}

/** Whether the stage stands on nothing, directly or through others. */
export function standsOnScratch(stage: Stage): boolean {
  return bottom(stage)?.base.kind === 'scratch';
}

function bottom(stage: Stage | undefined): Stage | undefined {
  let current = stage;
  // A stage only stands on an earlier one.
  while (current?.base.kind === 'stage') current = current.base.stage;
  return current;
}

export function baseFacts(stage: Stage | undefined, knowledge: Knowledge): ImageFacts | undefined {
  const reference = baseReference(stage);
  const known = reference === undefined ? undefined : knowledge.image(reference, undefined);
  return known?.kind === 'known' ? known.value : undefined;
}

/** Instructions of a stage before `item`, and all of the stages that it stands on. */
export function* instructionsBefore(model: Model, stage: Stage, item: number): Generator<Instruction> {
  let current: Stage | undefined = stage;
  while (current !== undefined) {
    for (const index of current.instructions) {
      const instruction = model.file.items[index];
      if (index < item && instruction?.kind === 'instruction') yield instruction;
    }
    current = current.base.kind === 'stage' ? current.base.stage : undefined;
  }
}

const changing: ReadonlySet<string> = new Set(['RUN', 'COPY', 'ADD']);

/** Whether nothing before `item` put a file into the stage, so that it has those of its base image. */
export function isUnchanged(model: Model, stage: Stage, item: number): boolean {
  for (const { name } of instructionsBefore(model, stage, item)) if (changing.has(name ?? '')) return false;
  return true;
}
