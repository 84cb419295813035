// Definition, references, highlights and rename.

import {
  DocumentHighlightKind,
  type DocumentHighlight,
  type Location,
  type PrepareRenamePlaceholder,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { Refusal, type Context } from '../../language/context.ts';
import { Document } from '../../language/document.ts';
import { resolveUri } from '../../language/uri.ts';
import { argumentNames } from '../checks/files.ts';
import { buildFileOf } from '../model/dockerfile.ts';
import { definitionOf } from '../model/model.ts';
import type { ComposeView } from '../view.ts';
import { valueOf } from '../yaml/tree.ts';
import {
  isPlainPath,
  nameKind,
  occurrencesHere,
  occurrencesOf,
  symbolAt,
  valueAt,
  type ComposeSymbol,
  type Occurrence,
} from './symbol.ts';

export function definition(view: ComposeView, offset: number, context: Context): Location[] {
  const symbol = symbolAt(view, offset);
  if (symbol !== undefined) {
    const occurrences = occurrencesOf(view, symbol, context).filter(({ isDefinition }) => isDefinition);
    return toLocations(view, occurrences);
  }
  const value = valueAt(view, offset);
  if (value === undefined) return [];
  const { role, scalar, service } = value;
  if (role.kind === 'path' && role.of === 'file') {
    const inBuild = scalar === valueOf(view.file.root, 'services', service ?? '', 'build', 'dockerfile');
    const uri = inBuild || !isPlainPath(scalar) ? undefined : resolveUri(view.document.uri, scalar.text);
    if (uri !== undefined) return context.files.text(uri).kind === 'known' ? [start(uri)] : [];
  }
  if (role.kind !== 'target' && role.kind !== 'argument' && role.kind !== 'path') return [];
  return inDockerfile(view, value, context);
}

/** The stage, the ARG or the file that a part of `build` names. */
function inDockerfile(view: ComposeView, value: NonNullable<ReturnType<typeof valueAt>>, context: Context): Location[] {
  const { role, scalar, service } = value;
  const node = service === undefined ? undefined : definitionOf(view.model, 'service', service)?.value;
  const build = view.model.resolver.get(node, 'build');
  if (build === undefined) return [];
  const reading = buildFileOf(view.document.uri, view.model, node, context);
  if (reading.kind !== 'known') return [];
  const { uri, stages, args } = reading.file;
  if (role.kind === 'path')
    return scalar.span.start >= build.span.start && scalar.span.end <= build.span.end ? [start(uri)] : [];
  const name =
    role.kind === 'target'
      ? scalar.text
      : argumentNames(view.model.resolver.get(build, 'args')).find(
          ({ span }) => span.start >= scalar.span.start && span.end <= scalar.span.end,
        )?.name;
  const place = (role.kind === 'target' ? stages : args).find((each) => each.name === name);
  const known = context.files.text(uri);
  if (place === undefined || known.kind !== 'known') return [];
  const span = { start: place.at, end: place.at + place.name.length };
  return toLocations(view, [{ uri, text: known.value, span, isDefinition: true }]);
}

export function references(
  view: ComposeView,
  offset: number,
  includeDeclaration: boolean,
  context: Context,
): Location[] {
  const symbol = symbolAt(view, offset);
  if (symbol === undefined) return [];
  const occurrences = occurrencesOf(view, symbol, context).filter(
    ({ isDefinition }) => includeDeclaration || !isDefinition,
  );
  return toLocations(view, occurrences);
}

export function highlights(view: ComposeView, offset: number): DocumentHighlight[] {
  const symbol = symbolAt(view, offset);
  if (symbol === undefined) return [];
  return occurrencesHere(view, symbol).map(({ span, isDefinition }) => ({
    range: view.document.range(span.start, span.end),
    kind: isDefinition ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));
}

export function prepareRename(view: ComposeView, offset: number): PrepareRenamePlaceholder | undefined {
  const symbol = symbolAt(view, offset);
  if (symbol === undefined) return undefined;
  return { range: view.document.range(symbol.span.start, symbol.span.end), placeholder: symbol.name };
}

/** Names as Compose allows them: https://docs.docker.com/reference/compose-file/services/ */
const allowed = /^[a-zA-Z0-9._-]+$/;
const allowedVariable = /^[A-Za-z_]\w*$/;
const allowedAnchor = /^[^\s,[\]{}]+$/;

/** @throws Refusal for a name that is none, or that is taken */
export function rename(
  view: ComposeView,
  offset: number,
  newName: string,
  context: Context,
): WorkspaceEdit | undefined {
  const symbol = symbolAt(view, offset);
  if (symbol === undefined) return undefined;
  checkName(view, symbol, newName);
  const changes: Record<string, TextEdit[]> = {};
  for (const { uri, location } of withRanges(view, occurrencesOf(view, symbol, context))) {
    (changes[uri] ??= []).push({ range: location.range, newText: newName });
  }
  return { changes };
}

function checkName({ model }: ComposeView, symbol: ComposeSymbol, newName: string): void {
  const pattern = symbol.kind === 'variable' ? allowedVariable : symbol.kind === 'anchor' ? allowedAnchor : allowed;
  if (!pattern.test(newName)) throw new Refusal(`\`${newName}\` is no name that a ${symbol.kind} may have.`);
  const kind = nameKind(symbol.kind);
  if (kind === undefined || newName === symbol.name) return;
  if (definitionOf(model, kind, newName) !== undefined) {
    throw new Refusal(`There is a ${symbol.kind} \`${newName}\` already.`);
  }
}

function toLocations(view: ComposeView, occurrences: readonly Occurrence[]): Location[] {
  return withRanges(view, occurrences).map(({ location }) => location);
}

/** Places of other files are counted in those files' lines. */
function withRanges(view: ComposeView, occurrences: readonly Occurrence[]) {
  const documents = new Map([[view.document.uri, view.document]]);
  return occurrences.map(({ uri, text, span }) => {
    const known = documents.get(uri);
    const { encoding } = view.document;
    const document = known ?? new Document({ uri, languageId: 'plaintext', version: 0, encoding }, text);
    documents.set(uri, document);
    return { uri, location: { uri, range: document.range(span.start, span.end) } };
  });
}

function start(uri: string): Location {
  const zero = { line: 0, character: 0 };
  return { uri, range: { start: zero, end: zero } };
}
