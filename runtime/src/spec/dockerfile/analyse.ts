// The stages of a file and what they stand on.

import { carryOver } from './edited.ts';
import { expandWord, type Lookup } from './expand.ts';
import { valueFaults } from './faults/values.ts';
import { certainLookup, defaultsLookup, globalDefinitions } from './globals.ts';
import { graphFaults } from './graph.ts';
import type { Base, Model, Stage } from './model.ts';
import { baseFaults } from './base.ts';
import type { Dockerfile, Instruction } from './tree.ts';

/**
 * What a file means. It takes one walk over the file, so it can be done at each change.
 * @param before model of the file before an edit: what still holds is taken from it
 */
export function analyse(file: Dockerfile, before?: Model): Model {
  return (before && carryOver(before, file)) ?? analyseAnew(file);
}

function analyseAnew(file: Dockerfile): Model {
  const first = file.items.findIndex(isFrom);
  const globals = globalDefinitions(file, first < 0 ? file.items.length : first);
  const stages = first < 0 ? [] : collectStages(file, first);
  resolveBases(stages, defaultsLookup(globals));
  const faults: Model['faults'][number][] = [];
  const model = { file, globals, stages, stageOf: (item: number) => stageOf(stages, item), faults };
  const certain = certainLookup(globals);
  // What is found out of variables on the way is kept by the model: it is the same object from here on.
  for (const part of [
    orderFaults(file, first),
    ...stages.map((stage) => baseFaults(stage, stages, certain)),
    graphFaults(model),
    valueFaults(model),
  ]) {
    for (const fault of part) faults.push(fault);
  }
  return model;
}

/**
 * The model of one build of the file: stages stand on what FROM names with the build's own values, which may be another stage, another
 * image or nothing, whatever the defaults name. Faults stay those of the file.
 */
export function analyseBuild(model: Model, lookup: Lookup): Model {
  const stages = model.stages.map((stage): BasedStage => ({ ...stage }));
  resolveBases(stages, lookup);
  return { ...model, stages, stageOf: (item) => stageOf(stages, item) };
}

function isFrom(item: Dockerfile['items'][number]): boolean {
  return item.kind === 'instruction' && item.name === 'FROM';
}

/** A stage whose base is still being found out. */
interface BasedStage extends Stage {
  base: Base;
}

/** A stage whose end is still being found out as well. */
interface OpenStage extends BasedStage {
  end: number;
  readonly instructions: number[];
}

function collectStages(file: Dockerfile, first: number): OpenStage[] {
  const stages: OpenStage[] = [];
  for (let item = first; item < file.items.length; item += 1) {
    const instruction = file.items[item];
    const stage = stages.at(-1);
    if (stage !== undefined) stage.end = item;
    if (instruction?.kind !== 'instruction') continue;
    if (instruction.name === 'FROM') stages.push(openStage(stages.length, item, instruction));
    else stage?.instructions.push(item);
  }
  const last = stages.at(-1);
  if (last !== undefined) last.end = file.items.length;
  return stages;
}

function openStage(index: number, item: number, from: Instruction): OpenStage {
  const form = from.form.kind === 'from' ? from.form : undefined;
  const word = form?.as?.raw.toUpperCase() === 'AS' ? form.stageName : undefined;
  return {
    index,
    item,
    end: item + 1,
    from,
    name: word?.raw.toLowerCase(),
    namePlace: word === undefined ? undefined : { item, span: word.span },
    base: { kind: 'missing' },
    instructions: [],
  };
}

function resolveBases(stages: readonly BasedStage[], lookup: Lookup): void {
  const byName = new Map<string, Stage>();
  for (const stage of stages) {
    const word = stage.from.form.kind === 'from' ? stage.from.form.image : undefined;
    if (word !== undefined) {
      const reference = expandWord(word, lookup).value;
      // Unlike in COPY --from, the case of a stage's name counts here.
      const base = reference === undefined ? undefined : byName.get(reference);
      if (base !== undefined) stage.base = { kind: 'stage', stage: base };
      else if (reference === 'scratch') stage.base = { kind: 'scratch' };
      else stage.base = { kind: 'image', word, reference: reference === '' ? undefined : reference };
    }
    if (stage.name !== undefined) byName.set(stage.name, stage);
  }
}

function stageOf(stages: readonly Stage[], item: number): Stage | undefined {
  let low = 0;
  let high = stages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stages[middle]?.item ?? 0) <= item) low = middle + 1;
    else high = middle;
  }
  return stages[low - 1];
}

function orderFaults(file: Dockerfile, first: number): Model['faults'] {
  const end = first < 0 ? file.items.length : first;
  let last: { item: number; instruction: Instruction } | undefined;
  for (let item = 0; item < end; item += 1) {
    const instruction = file.items[item];
    if (instruction?.kind !== 'instruction') continue;
    last = { item, instruction };
    if (instruction.name === undefined || instruction.name === 'ARG') continue;
    const message = `${instruction.name} stands before the first FROM. Only ARG may stand there.`;
    return [{ code: 'no-stage-yet', message, item, span: instruction.keywordSpan }];
  }
  if (first >= 0) return [];
  const message = 'There is no FROM: nothing is built.';
  if (last === undefined) return [{ code: 'no-stage', message, item: 0, span: { start: 0, end: 0 } }];
  return [{ code: 'no-stage', message, item: last.item, span: last.instruction.keywordSpan }];
}
