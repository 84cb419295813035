// Stages, named contexts and images: what FROM, `--from` and `from=` take.

import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver';
import type { Stage } from '../../../../runtime/src/spec/dockerfile/model.ts';
import { stageAt } from '../items.ts';
import type { TypedWord } from '../cursor.ts';
import { imageCompletions } from './images.ts';
import { itemOf, type AskedInInstruction } from './item.ts';

/** Of `COPY --from=` and mounts: earlier stages, then images. */
export function sourceCompletions(asked: AskedInInstruction, typed: TypedWord): CompletionItem[] {
  const own = stageAt(asked.view.model, asked.cursor.item);
  return [
    ...stageItems(
      asked,
      typed,
      asked.view.model.stages.filter(({ index }) => index < (own?.index ?? 0)),
    ),
    ...imageCompletions(asked, typed),
  ];
}

/** Of FROM: earlier stages by name, since a number is the name of an image there; `scratch`, images. */
export function baseCompletions(asked: AskedInInstruction, typed: TypedWord): CompletionItem[] {
  const { item } = asked.cursor;
  const scratch = { label: 'scratch', kind: CompletionItemKind.Module, detail: 'nothing: an empty root', rank: 3 };
  return [
    ...stageItems(
      asked,
      typed,
      asked.view.model.stages.filter((stage) => stage.item < item && stage.name !== undefined),
    ),
    itemOf(asked, typed, scratch),
    ...imageCompletions(asked, typed),
  ];
}

function stageItems(asked: AskedInInstruction, typed: TypedWord, stages: readonly Stage[]): CompletionItem[] {
  return stages.map((stage) =>
    itemOf(asked, typed, {
      label: stage.name ?? String(stage.index),
      kind: CompletionItemKind.Class,
      detail: `stage ${stage.index}: FROM ${baseText(stage)}`,
      // The nearest first.
      rank: stage.name === undefined ? 2 : 1,
    }),
  );
}

function baseText({ base }: Stage): string {
  switch (base.kind) {
    case 'scratch':
      return 'scratch';
    case 'stage':
      return base.stage.name ?? String(base.stage.index);
    case 'image':
      return base.reference ?? base.word.raw;
    case 'missing':
      return '?';
  }
}
