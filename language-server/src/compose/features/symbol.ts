// What a place in a Compose file names, and everywhere that this is named: the ground of definition, references, highlights and rename.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../../language/context.ts';
import { resolveUri } from '../../language/uri.ts';
import { allVariables, variablesOf } from '../model/interpolation.ts';
import type { ComposeModel } from '../model/model.ts';
import { projectOf } from '../model/project.ts';
import type { NameKind } from '../model/roles.ts';
import { valuesWithVariables } from '../checks/variables.ts';
import type { ComposeView } from '../view.ts';
import { wayTo } from '../yaml/way.ts';
import { innerSpan, touches, type Scalar } from '../yaml/tree.ts';

export type SymbolKind = NameKind | 'anchor' | 'variable' | 'profile';

export interface ComposeSymbol {
  readonly kind: SymbolKind;
  readonly name: string;
  /** Of the name at the place that was asked for. */
  readonly span: Span;
  /** The file that defines it where that is another one than it is named in; of a service that is extended. */
  readonly home: string;
}

/** A place where a symbol is named. */
export interface Occurrence {
  readonly uri: string;
  readonly text: string;
  readonly span: Span;
  readonly isDefinition: boolean;
}

export function symbolAt(view: ComposeView, offset: number): ComposeSymbol | undefined {
  const { model, document } = view;
  const home = document.uri;
  for (const { kind, name, span, home: other } of namesIn(model, home)) {
    if (touches(span, offset)) return { kind, name, span, home: other };
  }
  const way = wayTo(view.file.root, offset);
  if (way?.node.kind === 'alias') {
    const { name, nameSpan: span } = way.node;
    return name !== '' && touches(span, offset) ? { kind: 'anchor', name, span, home } : undefined;
  }
  const anchored = model.resolver.anchors.find(({ anchor }) => touches(anchor.span, offset));
  if (anchored !== undefined) return { kind: 'anchor', name: anchored.anchor.name, span: anchored.anchor.span, home };
  if (way?.node.kind !== 'scalar') return undefined;
  for (const use of allVariables(variablesOf(document.text, way.node).variables)) {
    if (touches(use.nameSpan, offset)) return { kind: 'variable', name: use.name, span: use.nameSpan, home };
  }
  return undefined;
}

interface Named {
  readonly kind: NameKind | 'profile';
  readonly name: string;
  readonly span: Span;
  readonly isDefinition: boolean;
  readonly home: string;
}

/** Every place in one file where a name of the project stands. */
function* namesIn(model: ComposeModel, uri: string): Iterable<Named> {
  for (const names of model.definitions.values()) {
    for (const { of, name, key } of names.values()) {
      yield { kind: of, name, span: innerSpan(key), isDefinition: true, home: uri };
    }
  }
  for (const { of, name, span, file } of model.uses) {
    const home = file === undefined ? uri : (resolveUri(uri, file.text) ?? uri);
    yield { kind: of, name, span, isDefinition: false, home };
  }
  for (const { role, scalar } of model.values) {
    if (role.kind === 'profile' && scalar.text !== '') {
      yield { kind: 'profile', name: scalar.text, span: innerSpan(scalar), isDefinition: false, home: uri };
    }
  }
}

/** Everywhere in the project that a symbol is named; only in the file itself for what has no meaning outside. */
export function occurrencesOf(view: ComposeView, symbol: ComposeSymbol, context: Context): Occurrence[] {
  if (symbol.kind === 'anchor') return anchorOccurrences(view, symbol);
  const project = projectOf(view, context);
  const files = [{ uri: view.document.uri, model: view.model }, ...project.files];
  if (symbol.kind === 'variable') {
    return [
      ...files.flatMap(({ uri, model }) => variableOccurrences(uri, model, symbol.name)),
      ...envOccurrences(view, symbol, context),
    ];
  }
  if (!files.some(({ uri }) => uri === symbol.home)) {
    const known = context.files.text(symbol.home);
    if (known.kind === 'known') {
      files.push({ uri: symbol.home, model: view.related.model(symbol.home, known.value) });
    }
  }
  // A service that is extended lives in the file it is extended from, where another of its name may be in this one.
  const alone = symbol.home !== view.document.uri && !project.files.some(({ uri }) => uri === symbol.home);
  const shared = new Set(alone ? [symbol.home] : [view.document.uri, ...project.files.map(({ uri }) => uri)]);
  return files.flatMap(({ uri, model }) =>
    [...namesIn(model, uri)]
      .filter(({ kind, name, home }) => kind === symbol.kind && name === symbol.name && shared.has(home))
      .map(({ span, isDefinition }) => ({ uri, text: model.file.text, span, isDefinition })),
  );
}

/** In the file alone. */
export function occurrencesHere(view: ComposeView, symbol: ComposeSymbol): Occurrence[] {
  const { uri, text } = view.document;
  if (symbol.kind === 'anchor') return anchorOccurrences(view, symbol);
  if (symbol.kind === 'variable') return variableOccurrences(uri, view.model, symbol.name);
  return [...namesIn(view.model, uri)]
    .filter(({ kind, name, home }) => kind === symbol.kind && name === symbol.name && home === symbol.home)
    .map(({ span, isDefinition }) => ({ uri, text, span, isDefinition }));
}

/** The kind where it is one that Compose files define. */
export function nameKind(kind: SymbolKind): NameKind | undefined {
  return kind === 'anchor' || kind === 'variable' || kind === 'profile' ? undefined : kind;
}

function anchorOccurrences({ model, document }: ComposeView, symbol: ComposeSymbol): Occurrence[] {
  const { resolver } = model;
  const alias = resolver.aliases.find(({ nameSpan }) => nameSpan.start === symbol.span.start);
  const meant =
    alias === undefined
      ? resolver.anchors.find(({ anchor }) => anchor.span.start === symbol.span.start)
      : resolver.anchorOf(alias);
  if (meant === undefined) return [];
  const uses = resolver.aliases.filter((each) => resolver.anchorOf(each) === meant).map(({ nameSpan }) => nameSpan);
  return [meant.anchor.span, ...uses].map((span) => ({
    uri: document.uri,
    text: document.text,
    span,
    isDefinition: span === meant.anchor.span,
  }));
}

function variableOccurrences(uri: string, { file }: ComposeModel, name: string): Occurrence[] {
  const found: Occurrence[] = [];
  for (const { variables } of valuesWithVariables(file)) {
    for (const use of allVariables(variables)) {
      if (use.name === name) found.push({ uri, text: file.text, span: use.nameSpan, isDefinition: false });
    }
  }
  return found;
}

function envOccurrences(view: ComposeView, { name }: ComposeSymbol, context: Context): Occurrence[] {
  const uri = resolveUri(view.document.uri, '.env');
  const known = uri === undefined ? undefined : context.files.text(uri);
  if (uri === undefined || known?.kind !== 'known') return [];
  return view.related
    .variables(uri, known.value)
    .filter((entry) => entry.name === name)
    .map(({ at }) => ({ uri, text: known.value, span: { start: at, end: at + name.length }, isDefinition: true }));
}

/** The value of a scalar at a place with its role, such as a path or an image. */
export function valueAt(view: ComposeView, offset: number) {
  return view.model.values.find(({ scalar }) => touches(scalar.span, offset));
}

export function isPlainPath(scalar: Scalar): boolean {
  return scalar.text !== '' && !scalar.text.includes('$') && scalar.style !== 'block';
}
