// Where a stage or a variable is defined, and where it is used.

import { DocumentHighlightKind } from 'vscode-languageserver';
import type { DocumentHighlight, Location, LocationLink } from 'vscode-languageserver';
import type { Context } from '../language/context.ts';
import { namedAt } from './names/named.ts';
import type { DockerfileView } from './view.ts';

export function definition(view: DockerfileView, offset: number, { client }: Context): (Location | LocationLink)[] {
  const named = namedAt(view, offset);
  if (named?.definition === undefined) return [];
  const target = view.range(named.definition.item, named.definition.span);
  const { uri } = view.document;
  if (!client.definitionLinks) return [{ uri, range: target }];
  const whole = view.instruction(named.definition.item)?.span ?? named.definition.span;
  return [
    {
      originSelectionRange: view.range(named.here.item, named.here.span),
      targetUri: uri,
      targetRange: view.range(named.definition.item, whole),
      targetSelectionRange: target,
    },
  ];
}

export function references(view: DockerfileView, offset: number, includeDeclaration: boolean): Location[] {
  return (namedAt(view, offset)?.occurrences ?? [])
    .filter(({ role }) => includeDeclaration || role !== 'definition')
    .map(({ item, span }) => ({ uri: view.document.uri, range: view.range(item, span) }));
}

export function highlights(view: DockerfileView, offset: number): DocumentHighlight[] {
  return (namedAt(view, offset)?.occurrences ?? []).map(({ item, span, role }) => ({
    range: view.range(item, span),
    kind: role === 'use' ? DocumentHighlightKind.Read : DocumentHighlightKind.Write,
  }));
}
