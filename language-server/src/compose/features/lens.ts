// Above each service: what of it runs.

import type { CodeLens } from 'vscode-languageserver';
import type { ContainerFacts } from '../../knowledge/knowledge.ts';
import type { Context } from '../../language/context.ts';
import { definitionsOf } from '../model/model.ts';
import { projectName, projectOf } from '../model/project.ts';
import type { ComposeView } from '../view.ts';

export function codeLenses(view: ComposeView, context: Context): CodeLens[] {
  const known = context.knowledge.containers();
  if (!context.settings.codeLens || known.kind !== 'known') return [];
  const project = projectName(view, projectOf(view, context));
  const own = known.value.filter((container) => container.project === project);
  return definitionsOf(view.model, 'service').flatMap(({ name, key }) => {
    const containers = own.filter(({ service }) => service === name);
    if (containers.length === 0) return [];
    const title = containers.map((container) => `${container.name}: ${lastingState(container)}`).join(' · ');
    // A lens without a command is a text.
    return [
      {
        range: view.document.range(key.span.start, key.span.end),
        command: { title: title.slice(0, 200), command: '' },
      },
    ];
  });
}

/** State, health and exit status. A lens stays as it is drawn until something happens, so it tells no time: `Up 2 hours` would soon be wrong. */
function lastingState({ state, status }: ContainerFacts): string {
  const details = /\((?:[a-z][a-z: ]*|\d{1,3})\)/.exec(status)?.[0];
  return details === undefined ? state : `${state} ${details}`;
}
