// Inlay hints: what a value becomes with its variables, and what it was in the file or the service that it overrides.

import { InlayHintKind, type InlayHint } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../../language/context.ts';
import { fileName } from '../../language/uri.ts';
import { valuesWithVariables } from '../checks/variables.ts';
import { chainOf } from '../model/extended.ts';
import { allVariables, fillScalar } from '../model/interpolation.ts';
import { definitionsOf, type ComposeModel, type Definition } from '../model/model.ts';
import { projectOf, type Project } from '../model/project.ts';
import type { ComposeView } from '../view.ts';
import { entriesOf, type Node } from '../yaml/tree.ts';

const longest = 60;

/** Names whose values are not written into the editor without being asked for. */
const secret = /pass|secret|token|key|credential/i;

export function inlayHints(view: ComposeView, span: Span, context: Context): InlayHint[] {
  if (!context.settings.inlayHints) return [];
  const project = projectOf(view, context);
  const hints = [...interpolated(view, project), ...overridden(view, project, context)];
  return hints
    .filter(({ at }) => at >= span.start && at <= span.end)
    .map(({ at, label, tooltip }) => ({
      position: view.document.positionAt(at),
      label: label.length > longest ? `${label.slice(0, longest)}…` : label,
      kind: InlayHintKind.Type,
      paddingLeft: true,
      ...(tooltip === undefined ? {} : { tooltip }),
    }));
}

interface Hint {
  readonly at: number;
  readonly label: string;
  readonly tooltip?: string;
}

function interpolated(view: ComposeView, project: Project): Hint[] {
  const hints: Hint[] = [];
  for (const { node, variables } of valuesWithVariables(view.file)) {
    if (node.style === 'block' || variables.length === 0) continue;
    const all = [...allVariables(variables)];
    if (all.some(({ name }) => secret.test(name))) continue;
    const value = fillScalar(view.document.text, node, (name) => project.variables.get(name)?.value);
    if (value === undefined || value.includes('\n')) continue;
    hints.push({
      at: node.span.end,
      label: `= ${value === '' ? '""' : value}`,
      tooltip: origins(
        all.map(({ name }) => name),
        project,
      ),
    });
  }
  return hints;
}

function origins(names: readonly string[], project: Project): string {
  const lines = [...new Set(names)].map((name) => {
    const from = project.variables.get(name)?.from;
    return `${name}: ${from === undefined ? 'not set' : from === 'file' ? 'from .env' : 'from the environment'}`;
  });
  return lines.join('\n');
}

/** A service of an override has its values beside those of the base, an extending one beside those that it extends. */
function overridden(view: ComposeView, project: Project, context: Context): Hint[] {
  const bases = project.files.filter(({ how, uri }) => how === 'merge' && !fileName(uri).includes('.override.'));
  return definitionsOf(view.model, 'service').flatMap((service) => {
    const extended = chainOf(service, view, context).chain.map(({ uri, model, definition }) => ({
      uri,
      model,
      value: definition.value,
    }));
    const merged = bases.flatMap(({ uri, model }) => {
      const definition = model.definitions.get('service')?.get(service.name);
      return definition === undefined ? [] : [{ uri, model, value: definition.value }];
    });
    return [...extended, ...merged].slice(0, 1).flatMap((base) => differences(view, service, base));
  });
}

interface Base {
  readonly uri: string;
  readonly model: ComposeModel;
  readonly value: Node | undefined;
}

function differences(view: ComposeView, service: Definition, base: Base): Hint[] {
  const own = view.model.resolver.follow(service.value);
  const direct = compare(own, base, base.value);
  const environment = view.model.resolver.get(own, 'environment');
  return [...direct, ...compare(environment, base, base.model.resolver.get(base.value, 'environment'))];
}

function compare(own: Node | undefined, base: Base, other: Node | undefined): Hint[] {
  return entriesOf(own).flatMap(({ key, value }) => {
    const before = base.model.resolver.get(other, key.text);
    if (value?.kind !== 'scalar' || before?.kind !== 'scalar' || before.text === value.text) return [];
    if (before.style === 'block' || secret.test(key.text) || before.text === '') return [];
    return [{ at: value.span.end, label: `was ${before.text}`, tooltip: `Overrides what ${fileName(base.uri)} says.` }];
  });
}
