// What can be folded: stages, instructions over several lines, heredocs, runs of comments.

import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver';
import type { DockerfileView } from './view.ts';

export function folding(view: DockerfileView): FoldingRange[] {
  const folds = [...stageFolds(view), ...instructionFolds(view), ...commentFolds(view)];
  return folds.filter(({ startLine, endLine }) => endLine > startLine);
}

/** A stage ends with its last instruction: comments behind it tell of the next stage. */
function* stageFolds(view: DockerfileView): Generator<FoldingRange> {
  for (const stage of view.model.stages) {
    const last = stage.instructions.at(-1);
    if (last !== undefined) {
      yield {
        startLine: lineOf(view, stage.item, stage.from.span.start),
        endLine: endLineOf(view, last),
        kind: FoldingRangeKind.Region,
      };
    }
  }
}

function* instructionFolds(view: DockerfileView): Generator<FoldingRange> {
  for (let item = 0; item < view.file.items.length; item++) {
    const instruction = view.instruction(item);
    if (instruction === undefined) continue;
    const startLine = lineOf(view, item, instruction.span.start);
    const endLine = endLineOf(view, item);
    const [first] = instruction.heredocs;
    const bodies = instruction.heredocs.map(({ bodySpan, endSpan }) => ({
      startLine: lineOf(view, item, bodySpan.start) - 1,
      endLine: lineOf(view, item, endSpan?.start ?? Math.max(bodySpan.start, bodySpan.end - 1)),
    }));
    yield* bodies;
    const isBody = bodies.some((body) => body.startLine === startLine && body.endLine === endLine);
    if (first === undefined || !isBody) yield { startLine, endLine };
  }
}

function* commentFolds(view: DockerfileView): Generator<FoldingRange> {
  const { items } = view.file;
  for (let item = 0; item < items.length; item++) {
    const first = item;
    while (items[item + 1]?.kind === 'comment' && items[first]?.kind === 'comment') item++;
    if (item > first) {
      yield { startLine: lineOf(view, first, 0), endLine: lineOf(view, item, 0), kind: FoldingRangeKind.Comment };
    }
  }
}

function lineOf({ document, file }: DockerfileView, item: number, offset: number): number {
  return document.lineAt((file.starts[item] ?? 0) + offset);
}

function endLineOf(view: DockerfileView, item: number): number {
  return lineOf(view, item, view.instruction(item)?.span.end ?? 0);
}
