// Above each service: what of it runs.

import type { CodeLens } from 'vscode-languageserver';
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
    const title = containers
      .map((container) => `${container.name}: ${container.status === '' ? container.state : container.status}`)
      .join(' · ');
    // A lens without a command is a text.
    return [
      {
        range: view.document.range(key.span.start, key.span.end),
        command: { title: title.slice(0, 200), command: '' },
      },
    ];
  });
}
