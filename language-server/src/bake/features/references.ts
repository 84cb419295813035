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
import { definitionsOf } from '../model/model.ts';
import { buildFileOf, projectOf } from '../model/project.ts';
import type { BakeView } from '../view.ts';
import { dockerfilePartAt, occurrencesOf, symbolAt, takenAttribute, targetAt, type Occurrence } from './symbol.ts';

export function definition(view: BakeView, offset: number, context: Context): Location[] {
  const project = projectOf(view, context);
  const symbol = symbolAt(view, offset);
  if (symbol !== undefined) {
    return locations(
      view,
      occurrencesOf(view, symbol, project).filter(({ isDefinition }) => isDefinition),
    );
  }
  const attribute = takenAttribute(view, offset, project);
  if (attribute !== undefined) return locations(view, [attribute]);
  const target = targetAt(view, offset);
  const part = target === undefined ? undefined : dockerfilePartAt(target, offset);
  if (target === undefined || part === undefined) return [];
  const reading = buildFileOf(view, target, project, context);
  if (reading.kind !== 'known') return [];
  const place = reading.file[part.part].find(({ name }) => name === part.name);
  const known = context.files.text(reading.file.uri);
  // A Dockerfile in the Bake file has no places of its own.
  if (place === undefined || known.kind !== 'known' || reading.file.uri === view.document.uri) return [];
  const span = { start: place.at, end: place.at + place.name.length };
  return locations(view, [{ uri: reading.file.uri, text: known.value, span, isDefinition: true }]);
}

export function references(view: BakeView, offset: number, includeDeclaration: boolean, context: Context): Location[] {
  const symbol = symbolAt(view, offset);
  if (symbol === undefined) return [];
  const all = occurrencesOf(view, symbol, projectOf(view, context));
  return locations(
    view,
    all.filter(({ isDefinition }) => includeDeclaration || !isDefinition),
  );
}

export function highlights(view: BakeView, offset: number): DocumentHighlight[] {
  const symbol = symbolAt(view, offset);
  if (symbol === undefined) return [];
  const here = { files: [{ uri: view.document.uri, model: view.model }], complete: false };
  return occurrencesOf(view, symbol, here).map(({ span, isDefinition }) => ({
    range: view.document.range(span.start, span.end),
    kind: isDefinition ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));
}

export function prepareRename(view: BakeView, offset: number): PrepareRenamePlaceholder | undefined {
  const symbol = symbolAt(view, offset);
  if (symbol === undefined) return undefined;
  return { range: view.document.range(symbol.span.start, symbol.span.end), placeholder: symbol.name };
}

/** @throws Refusal for a name that is none, or that is taken, or of what is not defined here */
export function rename(view: BakeView, offset: number, newName: string, context: Context): WorkspaceEdit | undefined {
  const symbol = symbolAt(view, offset);
  if (symbol === undefined) return undefined;
  const isWord = symbol.kind === 'target' || symbol.kind === 'group' ? /^[\w-]+$/ : /^[A-Za-z_][\w-]*$/;
  if (!isWord.test(newName)) throw new Refusal(`\`${newName}\` is no name that a ${symbol.kind} may have.`);
  const occurrences = occurrencesOf(view, symbol, projectOf(view, context));
  if (!occurrences.some(({ isDefinition }) => isDefinition)) {
    throw new Refusal(`\`${symbol.name}\` is not defined in this project and cannot have another name.`);
  }
  if (
    symbol.kind !== 'local' &&
    newName !== symbol.name &&
    definitionsOf(view.model, symbol.kind, newName).length > 0
  ) {
    throw new Refusal(`There is a ${symbol.kind} \`${newName}\` already.`);
  }
  const changes: Record<string, TextEdit[]> = {};
  for (const { uri, range } of locations(view, occurrences)) (changes[uri] ??= []).push({ range, newText: newName });
  return { changes };
}

/** Places of other files are counted in those files' lines. */
function locations(view: BakeView, occurrences: readonly Occurrence[]): Location[] {
  const documents = new Map([[view.document.uri, view.document]]);
  return occurrences.map(({ uri, text, span }) => {
    const { encoding } = view.document;
    const document = documents.get(uri) ?? new Document({ uri, languageId: 'plaintext', version: 0, encoding }, text);
    documents.set(uri, document);
    return { uri, range: document.range(span.start, span.end) };
  });
}
