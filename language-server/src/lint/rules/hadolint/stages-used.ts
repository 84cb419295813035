// Whether what a stage leaves behind is part of an image: of the last stage, or of one that another stands on.

import type { Model, Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import { keptBy } from '../../../../../runtime/src/spec/dockerfile/kept.ts';

const bases = keptBy<Model['stages'], ReadonlySet<Stage>>();

/** Whether a stage is the last one, or another stage is built on it. */
export function isUsed(stage: Stage, model: Model): boolean {
  if (stage.index === model.stages.length - 1) return true;
  let used = bases.get(model.stages);
  if (used === undefined) {
    used = new Set(model.stages.flatMap(({ base }) => (base.kind === 'stage' ? [base.stage] : [])));
    bases.set(model.stages, used);
  }
  return used.has(stage);
}

/** Nobody stacks more stages, and what is asked of each of them should not cost more. */
const deepest = 40;

/** A stage and those that it stands on, nearest first. */
export function lineage(stage: Stage): readonly Stage[] {
  const stages = [stage];
  for (let { base } = stage; base.kind === 'stage' && stages.length < deepest; { base } = base.stage)
    stages.push(base.stage);
  return stages;
}
