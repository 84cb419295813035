// What builds did with the instructions of a Dockerfile. An instruction is the one that was built when it says the same and
// everything that it stands on does: whatever was edited, and what follows it, was never built.

import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import { stageReferences } from '../../../runtime/src/spec/dockerfile/references.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import type { Item, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { BuildFacts, StepFacts } from '../knowledge/knowledge.ts';
import type { Context } from '../language/context.ts';
import { Document } from '../language/document.ts';
import { valueOf } from './known.ts';
import { DockerfileView } from './view.ts';

export interface Built {
  readonly build: BuildFacts;
  readonly step: StepFacts;
}

/** Builds that are looked into: the newest, and older ones for stages that it left out. */
const mostBuilds = 10;

/** Index of an instruction -> what the newest build that knows it did. */
export function builtSteps(view: DockerfileView, { knowledge }: Context): ReadonlyMap<number, Built> {
  const builds = (valueOf(knowledge.builds(view.document.uri)) ?? []).slice(0, mostBuilds);
  const found = new Map<number, Built>();
  for (const build of builds) {
    const steps = stepsIn(view, trail(build));
    // Who built it did not say which file: one with half of its steps is taken for it.
    if (!build.isNamed && steps.size * 2 < build.steps.length) continue;
    for (const [item, step] of steps) if (!found.has(item)) found.set(item, { build, step });
  }
  return found;
}

/** A state of a build between two instructions, and where each instruction leads from it. */
interface Point {
  readonly id: number;
  readonly next: Map<string, Point>;
  step?: StepFacts;
}

/** Points of builds, made once for each. */
const trails = new WeakMap<BuildFacts, Point>();

function trail(build: BuildFacts): Point {
  const known = trails.get(build);
  if (known !== undefined) return known;
  const document = new Document({ uri: '', languageId: 'dockerfile', version: 0 }, build.text);
  const { file, model } = new DockerfileView(document, parseDockerfile(build.text));
  const byLine = new Map<number, StepFacts>();
  // A FROM comes before the triggers that its image brings, which have its line.
  for (const step of build.steps) if (!byLine.has(step.startLine)) byLine.set(step.startLine, step);
  let count = 0;
  const begin: Point = { id: count, next: new Map() };
  const points = walk(model, begin, (from, text) => {
    const point = from.next.get(text) ?? { id: ++count, next: new Map() };
    from.next.set(text, point);
    return point;
  });
  for (const [item, point] of points) {
    const start = (file.starts[item] ?? 0) + begins(file.items[item]);
    const step = byLine.get(document.lineAt(start) + 1);
    if (step !== undefined) point.step ??= step;
  }
  trails.set(build, begin);
  return begin;
}

function begins(item: Item | undefined): number {
  return item?.kind === 'instruction' ? item.span.start : 0;
}

function stepsIn({ model }: DockerfileView, begin: Point): ReadonlyMap<number, StepFacts> {
  const points = walk(model, begin, (from, text) => from.next.get(text));
  return new Map([...points].flatMap(([item, { step }]) => (step === undefined ? [] : [[item, step] as const])));
}

/**
 * Goes through all stages, each from where it stands on.
 * @param go undefined where the way is not known from there
 * @returns the point behind each instruction that the way led to
 */
function walk(
  model: Model,
  begin: Point,
  go: (from: Point, text: string) => Point | undefined,
): ReadonlyMap<number, Point> {
  const points = new Map<number, Point>();
  const ends = new Map<Stage, Point>();
  const sources = sourcesOf(model);
  const step = (from: Point | undefined, item: number): Point | undefined => {
    const needed = sources.get(item) ?? [];
    const ids = needed.map(({ stage }) => ends.get(stage)?.id);
    if (from === undefined || ids.includes(undefined)) return undefined;
    const point = go(from, `${instructionText(model, item, needed)}\n${ids.join(' ')}`);
    if (point !== undefined) points.set(item, point);
    return point;
  };
  let globals: Point | undefined = begin;
  for (let item = 0; item < (model.stages[0]?.item ?? 0); item++) {
    if (model.file.items[item]?.kind === 'instruction') globals = step(globals, item);
  }
  for (const stage of model.stages) {
    let point = step(globals, stage.item);
    for (const item of stage.instructions) point = step(point, item);
    if (point !== undefined) ends.set(stage, point);
  }
  return points;
}

interface Source {
  readonly stage: Stage;
  /** Of its name in the instruction. */
  readonly span: Span;
}

/** The stages that each instruction stands on or takes something from. */
function sourcesOf(model: Model): ReadonlyMap<number, readonly Source[]> {
  const sources = new Map<number, Source[]>();
  for (const { place, stage } of stageReferences(model)) {
    const known = sources.get(place.item);
    const source = { stage, span: place.span };
    if (known === undefined) sources.set(place.item, [source]);
    else known.push(source);
  }
  return sources;
}

/** Without names of stages, which make no difference to what is built. */
function instructionText({ file }: Model, item: number, sources: readonly Source[]): string {
  const instruction = file.items[item];
  if (instruction?.kind !== 'instruction') return '';
  const { text, form, flags, keywordSpan, span } = instruction;
  const parts =
    form.kind === 'from'
      ? [...flags.map((flag) => flag.span), form.image?.span ?? keywordSpan]
      : [{ ...span, end: text.length }];
  return parts.map((part) => without(text, part, sources)).join(' ');
}

function without(text: string, { start, end }: Span, sources: readonly Source[]): string {
  let kept = '';
  let at = start;
  for (const { span } of sources) {
    if (span.start < at || span.end > end) continue;
    kept += text.slice(at, span.start);
    at = span.end;
  }
  return (kept + text.slice(at, end)).trim();
}
