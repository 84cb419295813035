// The steps that a classic builder goes through: all instructions up to the target's stage, in the order of the file.

import type { StepPlan } from '../../../runtime/src/spec/engine/builds.ts';
import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { stageFinder } from '../../../runtime/src/spec/dockerfile/references.ts';

/** Of a step's text, for people. */
const longestText = 500;

/** @param target name or number of a stage, empty for the last */
export function classicSteps(text: string, target: string): readonly StepPlan[] {
  const model = analyse(parseDockerfile(text));
  const { file, stages } = model;
  const last = target === '' ? stages.at(-1) : stageFinder(stages)(target);
  const steps: StepPlan[] = [];
  let line = 1;
  for (const [index, item] of file.items.entries()) {
    if (last !== undefined && index >= last.end) break;
    const startLine = line;
    line += newlines(item.text);
    if (item.kind !== 'instruction' || item.name === undefined) continue;
    const { index: stage = 0, name } = model.stageOf(index) ?? {};
    const begin = startLine + newlines(item.text.slice(0, item.span.start));
    steps.push({
      step: steps.length,
      stage,
      ...(name === undefined ? {} : { stageName: name }),
      text: item.text
        .slice(item.span.start, item.bodyStart)
        .concat(item.body.text)
        .replaceAll(/\s+/g, ' ')
        .slice(0, longestText),
      source: {
        startLine: begin,
        endLine: begin + newlines(item.text.slice(item.span.start, item.span.end).trimEnd()),
      },
      needs: [],
    });
  }
  return steps;
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
