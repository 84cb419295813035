// Code lenses: which stages need a stage. What a build did with it comes with build records.

import type { CodeLens } from 'vscode-languageserver';
import { stageReferences } from '../../../runtime/src/spec/dockerfile/references.ts';
import type { Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Context } from '../language/context.ts';
import type { DockerfileView } from './view.ts';

/** One above each FROM of a file with several stages. They are text: nothing happens when one is clicked. */
export function codeLenses(view: DockerfileView, context: Context): CodeLens[] {
  const { model } = view;
  if (!context.settings.codeLens || model.stages.length < 2) return [];
  const users = new Map<Stage, Set<Stage>>();
  for (const { stage, place } of stageReferences(model)) {
    const user = model.stages.findLast(({ item }) => item <= place.item);
    if (user !== undefined) users.set(stage, (users.get(stage) ?? new Set()).add(user));
  }
  return model.stages.map((stage) => ({
    range: view.range(stage.item, stage.from.keywordSpan),
    command: { title: lensText(model.stages, stage, [...(users.get(stage) ?? [])]), command: '' },
  }));
}

function lensText(stages: readonly Stage[], stage: Stage, users: readonly Stage[]): string {
  const isLast = stage === stages.at(-1);
  if (users.length === 0) return isLast ? 'the image that is built' : 'no stage needs this one: only built as a target';
  const nameOf = (user: Stage) => user.name ?? (user === stages.at(-1) ? 'the last stage' : `stage ${user.index}`);
  const names = users.map(nameOf).join(', ');
  return isLast ? `the image that is built, needed by ${names}` : `needed by ${names}`;
}
