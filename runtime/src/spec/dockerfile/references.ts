// Where stages are used: in FROM, in `COPY --from` and in `RUN --mount=from=`, by name or by index.

import type { Model, Stage, StageReference } from './model.ts';
import type { Instruction, Span } from './tree.ts';
import { keptBy } from './kept.ts';

/** A name or index that may be a stage's. */
export interface SourceName {
  readonly text: string;
  readonly span: Span;
  readonly flag: 'from' | 'mount';
}

/** Every use of a stage, in the order of the text. One that is the value of an ARG is none, since no name stands there. */
export function stageReferences(model: Model): readonly StageReference[] {
  const known = cache.get(model);
  if (known !== undefined) return known;
  const found = [...references(model)];
  cache.set(model, found);
  return found;
}

const cache = keptBy<Model, readonly StageReference[]>();

function* references(model: Model): Generator<StageReference> {
  const find = stageFinder(model.stages);
  for (const stage of model.stages) {
    const { base, from, item } = stage;
    const word = from.form.kind === 'from' ? from.form.image : undefined;
    if (base.kind === 'stage' && word?.pieces.length === 1 && word.pieces[0]?.kind === 'text') {
      yield { place: { item, span: word.pieces[0].span }, stage: base.stage };
    }
    for (const index of stage.instructions) {
      for (const { text, span } of sourcesAt(model, index)) {
        const source = find(text);
        if (source !== undefined) yield { place: { item: index, span }, stage: source };
      }
    }
  }
}

function sourcesAt(model: Model, item: number): readonly SourceName[] {
  const instruction = model.file.items[item];
  return instruction?.kind === 'instruction' ? sourceNames(instruction) : [];
}

/** The sources other than the build's context that an instruction names, without those that have variables. */
export function sourceNames(instruction: Instruction): readonly SourceName[] {
  const { name, flags, form } = instruction;
  if (form.kind === 'onbuild') return form.trigger === undefined ? [] : sourceNames(form.trigger);
  if (flags.length === 0) return [];
  if (name === 'COPY') return flags.flatMap((flag) => (flag.name === 'from' ? copySource(flag.value) : []));
  if (name !== 'RUN') return [];
  return flags.flatMap(({ name: flagName, fields = [] }) =>
    flagName === 'mount' ? fields.flatMap((field) => mountSource(field)) : [],
  );
}

function copySource(word: Instruction['flags'][number]['value']): SourceName[] {
  const piece = word?.pieces.length === 1 ? word.pieces[0] : undefined;
  return piece?.kind === 'text' ? [{ text: piece.value, span: piece.span, flag: 'from' }] : [];
}

function mountSource({
  key,
  value,
  valueSpan,
}: NonNullable<Instruction['flags'][number]['fields']>[number]): SourceName[] {
  if (key !== 'from' || value === undefined || valueSpan === undefined || value === '' || value.includes('$'))
    return [];
  return [{ text: value, span: valueSpan, flag: 'mount' }];
}

/** Finds a stage as COPY and mounts do: the last one of a name, in any case, or the one at an index. */
export function stageFinder(stages: readonly Stage[]): (text: string) => Stage | undefined {
  const known = finders.get(stages) ?? makeFinder(stages);
  finders.set(stages, known);
  return known;
}

const finders = keptBy<readonly Stage[], (text: string) => Stage | undefined>();

function makeFinder(stages: readonly Stage[]): (text: string) => Stage | undefined {
  const byName = new Map(stages.flatMap((stage) => (stage.name === undefined ? [] : [[stage.name, stage]])));
  return (text) =>
    byName.get(text.toLowerCase()) ?? (stageIndex(text) === undefined ? undefined : stages[Number(text)]);
}

/** The number that a text is to `COPY --from`; undefined where it is a name. */
export function stageIndex(text: string): number | undefined {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}
