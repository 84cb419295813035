// What is wrong between stages: sources that come later, circles, indexes that are not there.

import { referenceFault } from './base.ts';
import type { Model, Stage } from './model.ts';
import { nearestName, someNames } from './names.ts';
import { sourceNames, stageFinder, stageIndex, type SourceName } from './references.ts';
import { excerpt, hint, quote } from './quote.ts';

type GraphFault = Model['faults'][number];

/** A stage's use of another one in COPY or a mount. */
interface Arrow {
  readonly from: Stage;
  readonly to: Stage;
  readonly item: number;
  readonly source: SourceName;
}

export function graphFaults(model: Pick<Model, 'file' | 'stages'>): GraphFault[] {
  const faults: GraphFault[] = [];
  const arrows: Arrow[] = [];
  const find = stageFinder(model.stages);
  for (const stage of model.stages) {
    for (const item of stage.instructions) {
      const instruction = model.file.items[item];
      // What ONBUILD keeps meets other stages than these.
      if (instruction?.kind !== 'instruction' || instruction.name === 'ONBUILD') continue;
      if (instruction.flags.length === 0) continue;
      for (const source of sourceNames(instruction)) {
        const to = find(source.text);
        if (to !== undefined) arrows.push({ from: stage, to, item, source });
        else faults.push(...unknownSource(source, item, model.stages));
      }
    }
  }
  const circles = inCircles(model.stages, arrows);
  for (const arrow of arrows) if (arrow.to.index >= arrow.from.index) faults.push(arrowFault(arrow, circles));
  return faults;
}

function unknownSource({ text, span, flag }: SourceName, item: number, stages: readonly Stage[]): GraphFault[] {
  const index = flag === 'from' ? stageIndex(text) : undefined;
  if (index !== undefined) {
    const message = `There is no stage ${excerpt(text)}: the file has ${String(stages.length)}, counted from 0.`;
    return [{ code: 'invalid-stage-index', message, item, span }];
  }
  const reason = text === 'scratch' ? undefined : referenceFault(text);
  if (reason === undefined) return [];
  const suggestion = nearestName(text.toLowerCase(), someNames(stages));
  const message =
    `${quote(text)} is no stage of this file and no image's name: ${reason}. ${hint(suggestion, '')}`.trimEnd();
  return [{ code: 'invalid-from', message, item, span, ...(suggestion === undefined ? {} : { suggestion }) }];
}

function arrowFault({ from, to, item, source }: Arrow, circles: ReadonlySet<Stage>): GraphFault {
  const { span, text } = source;
  if (to === from) {
    return { code: 'own-stage', message: `${quote(text)} is the stage that this line is in.`, item, span };
  }
  const name = to.name ?? String(to.index);
  if (circles.has(from) && circles.has(to)) {
    return {
      code: 'stage-circle',
      message: `The stages ${quote(from.name ?? String(from.index))} and ${quote(name)} need each other.`,
      item,
      span,
    };
  }
  const message = `The stage ${quote(name)} comes later. What is copied or mounted must be built before: move it up.`;
  return { code: 'later-stage', message, item, span };
}

/** The stages that can reach themselves by the arrows (Kosaraju's components, without recursion: a file may have many stages). */
function inCircles(stages: readonly Stage[], arrows: readonly Arrow[]): ReadonlySet<Stage> {
  const circles = new Set<Stage>();
  // A circle needs an arrow that leads forwards.
  if (!arrows.some(({ from, to }) => to.index > from.index)) return circles;
  const next = stages.map((): number[] => []);
  const back = stages.map((): number[] => []);
  for (const { from, to } of arrows) {
    next[from.index]?.push(to.index);
    back[to.index]?.push(from.index);
  }
  const seen = new Set<number>();
  for (const root of finishingOrder(next).toReversed()) {
    const component: number[] = [];
    const open = [root];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      component.push(at);
      for (const other of back[at] ?? []) if (!seen.has(other)) open.push(other);
    }
    if (component.length < 2) continue;
    for (const index of component) {
      const stage = stages[index];
      if (stage !== undefined) circles.add(stage);
    }
  }
  return circles;
}

function finishingOrder(next: readonly (readonly number[])[]): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  for (const root of next.keys()) {
    if (seen.has(root)) continue;
    seen.add(root);
    const path = [{ at: root, edge: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = next[top.at]?.[top.edge];
      top.edge += 1;
      if (to === undefined) {
        order.push(top.at);
        path.pop();
      } else if (!seen.has(to)) {
        seen.add(to);
        path.push({ at: to, edge: 0 });
      }
    }
  }
  return order;
}
