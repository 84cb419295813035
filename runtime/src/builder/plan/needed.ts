// Which stages a target needs, and which images those stand on or copy from.

import type { Model, Stage } from '../../spec/dockerfile/model.ts';
import { sourceNames, stageFinder } from '../../spec/dockerfile/references.ts';
import type { Instruction } from '../../spec/dockerfile/tree.ts';
import { nearest } from '../../spec/nearest.ts';
import { EngineError } from '../../spec/errors.ts';

/** @throws EngineError invalidParameter with a near name when there is no such stage */
export function targetStage(model: Model, target: string): Stage {
  const found = target === '' ? model.stages.at(-1) : stageFinder(model.stages)(target);
  if (found !== undefined) return found;
  const near = nearest(
    target,
    model.stages.flatMap(({ name }) => name ?? []),
  );
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  throw new EngineError('invalidParameter', `target stage "${target}" could not be found${hint}`);
}

/**
 * The stage and all that it needs, in the order of the file.
 * @param isReplaced whether a context stands in the place of what has this name
 */
export function neededStages(model: Model, target: Stage, isReplaced: (name: string) => boolean): readonly Stage[] {
  const needed = new Set<Stage>();
  const waiting = [target];
  for (let stage = waiting.pop(); stage !== undefined; stage = waiting.pop()) {
    if (needed.has(stage)) continue;
    needed.add(stage);
    const { base } = stage;
    if (base.kind === 'stage' && !isReplaced(base.stage.name ?? '')) waiting.push(base.stage);
    waiting.push(...sourceStages(model, stage, isReplaced));
  }
  return model.stages.filter((stage) => needed.has(stage));
}

function sourceStages(model: Model, stage: Stage, isReplaced: (name: string) => boolean): Stage[] {
  const find = stageFinder(model.stages.slice(0, stage.index));
  return [...triggersBelow(model, stage), ...instructionsOf(model, stage)].flatMap((instruction) =>
    sourceNames(instruction).flatMap(({ text }) => (isReplaced(text) ? [] : (find(text) ?? []))),
  );
}

/** What the stage that this one stands on has done here. */
function triggersBelow(model: Model, { base }: Stage): readonly Instruction[] {
  if (base.kind !== 'stage') return [];
  return instructionsOf(model, base.stage).flatMap(({ form }) =>
    form.kind === 'onbuild' && form.trigger !== undefined ? [form.trigger] : [],
  );
}

/** References of `COPY --from` and mounts that name no stage: images, or contexts with a name. */
export function sourceReferences(
  model: Model,
  stage: Stage,
  isReplaced: (name: string) => boolean,
): readonly { readonly text: string; readonly item: number }[] {
  const find = stageFinder(model.stages.slice(0, stage.index));
  return stage.instructions.flatMap((item) => {
    const instruction = model.file.items[item];
    const names = instruction?.kind === 'instruction' ? sourceNames(instruction) : [];
    return names.flatMap(({ text }) => (isReplaced(text) || find(text) === undefined ? [{ text, item }] : []));
  });
}

export function instructionsOf({ file }: Model, stage: Stage): readonly Instruction[] {
  return stage.instructions.flatMap((index) => {
    const item = file.items[index];
    return item?.kind === 'instruction' ? [item] : [];
  });
}
