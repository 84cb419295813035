// Code lenses: what can be done with a stage, where the client has the commands for it, and which stages need it.

import type { CodeLens, Command } from 'vscode-languageserver';
import { stageReferences } from '../../../runtime/src/spec/dockerfile/references.ts';
import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Context } from '../language/context.ts';
import { dockerfileCommands } from '../language/protocol.ts';
import type { DockerfileView } from './view.ts';

/** Above each FROM. */
export function codeLenses(view: DockerfileView, context: Context): CodeLens[] {
  const { model, document } = view;
  if (!context.settings.codeLens) return [];
  const users = usersOf(model);
  return model.stages.flatMap((stage) => {
    const isLast = stage === model.stages.at(-1);
    const needing = users.get(stage) ?? [];
    const commands = stageCommands(document.uri, stage, { isLast, isResult: isLast || needing.length === 0 }, context);
    const offered = commands.filter(({ command }) => context.client.commands.has(command));
    // A lens without a command is a text: nothing happens when it is clicked.
    const texts =
      model.stages.length < 2 ? [] : [{ title: stageText(model.stages, stage, needing, context), command: '' }];
    const range = view.range(stage.item, stage.from.keywordSpan);
    return [...offered, ...texts].map((command) => ({ range, command }));
  });
}

/** Which stages need a stage. */
function usersOf(model: Model): ReadonlyMap<Stage, readonly Stage[]> {
  const users = new Map<Stage, Set<Stage>>();
  for (const { stage, place } of stageReferences(model)) {
    const user = model.stages.findLast(({ item }) => item <= place.item);
    if (user !== undefined) users.set(stage, (users.get(stage) ?? new Set()).add(user));
  }
  return new Map([...users].map(([stage, all]) => [stage, [...all]]));
}

/** What is only needed by other stages is built, to look into it; what is a result can be run as well. */
function stageCommands(
  uri: string,
  { name, index }: Stage,
  { isLast, isResult }: { readonly isLast: boolean; readonly isResult: boolean },
  { say }: Context,
): Command[] {
  const { build, buildStage, run, debug } = dockerfileCommands;
  const place = isLast ? [uri] : [uri, name ?? String(index)];
  return [
    isLast
      ? { title: say('Build'), command: build, arguments: place }
      : { title: say('Build this stage'), command: buildStage, arguments: place },
    ...(isResult
      ? [
          { title: say('Run'), command: run, arguments: place },
          { title: say('Debug'), command: debug, arguments: place },
        ]
      : []),
  ];
}

function stageText(stages: readonly Stage[], stage: Stage, users: readonly Stage[], { say }: Context): string {
  const isLast = stage === stages.at(-1);
  if (users.length === 0) {
    return isLast ? say('the image that is built') : say('no stage needs this one: only built as a target');
  }
  const nameOf = (user: Stage) => {
    return user.name ?? (user === stages.at(-1) ? say('the last stage') : say('stage {0}', user.index));
  };
  const names = users.map(nameOf).join(', ');
  return isLast ? say('the image that is built, needed by {0}', names) : say('needed by {0}', names);
}
