// What a place in a Bake file names, and everywhere that this is named.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { attributeOf, keyText, type Block } from '../hcl/tree.ts';
import { within } from '../hcl/walk.ts';
import { definitionsOf, itemsOf, localNames, type BakeModel, type Definition, type NameKind } from '../model/model.ts';
import type { BakeProject } from '../model/project.ts';
import type { BakeView } from '../view.ts';

export interface BakeSymbol {
  readonly kind: NameKind | 'local';
  readonly name: string;
  readonly span: Span;
  /** Of a local name: the block that it belongs to. */
  readonly block: Block | undefined;
}

export interface Occurrence {
  readonly uri: string;
  readonly text: string;
  readonly span: Span;
  readonly isDefinition: boolean;
}

export function symbolAt({ model }: BakeView, offset: number): BakeSymbol | undefined {
  const at = ({ start, end }: Span) => start <= offset && offset <= end;
  for (const [kind, names] of model.definitions) {
    for (const { name, nameSpan } of [...names.values()].flat())
      if (at(nameSpan)) return { kind, name, span: nameSpan, block: undefined };
  }
  for (const use of model.uses) {
    if (!at(use.span)) continue;
    const kind =
      use.kind === 'member' ? (definitionsOf(model, 'target', use.name).length > 0 ? 'target' : 'group') : use.kind;
    return { kind, name: use.name, span: use.span, block: undefined };
  }
  const block = model.file.body.blocks.find(({ span }) => at(span));
  if (block === undefined) return undefined;
  const local = localOccurrences(block).find(({ span }) => at(span));
  return local === undefined ? undefined : { kind: 'local', name: local.name, span: local.span, block };
}

interface LocalName {
  readonly name: string;
  readonly span: Span;
  readonly isDefinition: boolean;
}

/** Names of a matrix or of parameters, where they are given and where they are used. */
function localOccurrences(block: Block): LocalName[] {
  const names = localNames(block);
  const known = new Set(names.map(({ text }) => text));
  const found: LocalName[] = names.map(({ text, span }) => ({ name: text, span, isDefinition: true }));
  const given = new Set(names.map(({ span }) => span.start));
  for (const { value } of block.body.attributes) {
    for (const { expression } of within(value, new Set())) {
      if (expression.kind !== 'reference' || expression.name === undefined || !known.has(expression.name)) continue;
      if (!given.has(expression.nameSpan.start))
        found.push({ name: expression.name, span: expression.nameSpan, isDefinition: false });
    }
  }
  return found;
}

export function occurrencesOf(view: BakeView, symbol: BakeSymbol, project: BakeProject): Occurrence[] {
  const { uri, text } = view.document;
  if (symbol.kind === 'local') {
    const names = symbol.block === undefined ? [] : localOccurrences(symbol.block);
    return names
      .filter(({ name }) => name === symbol.name)
      .map(({ span, isDefinition }) => ({ uri, text, span, isDefinition }));
  }
  return project.files.flatMap((file) =>
    inFile(file.uri, file.model, symbol.kind === 'local' ? 'variable' : symbol.kind, symbol.name),
  );
}

function inFile(uri: string, model: BakeModel, kind: NameKind, name: string): Occurrence[] {
  const { text } = model.file;
  const definitions = definitionsOf(model, kind, name).map(({ nameSpan }) => ({
    uri,
    text,
    span: nameSpan,
    isDefinition: true,
  }));
  const isTarget = definitionsOf(model, 'target', name).length > 0;
  const uses = model.uses
    .filter(
      (use) =>
        use.name === name &&
        (use.kind === kind || (use.kind === 'member' && (kind === 'target' || (kind === 'group' && !isTarget)))),
    )
    .map(({ span }) => ({ uri, text, span, isDefinition: false }));
  return [...definitions, ...uses];
}

/** The attribute that `target.name.attribute` takes over at a place. */
export function takenAttribute({ file }: BakeView, offset: number, project: BakeProject): Occurrence | undefined {
  const block = file.body.blocks.find(({ span }) => span.start <= offset && offset <= span.end);
  for (const { value } of block?.body.attributes ?? []) {
    for (const { expression } of within(value, new Set())) {
      if (expression.kind !== 'reference' || expression.name !== 'target') continue;
      const [name, key] = expression.steps;
      if (name?.kind !== 'key' || key?.kind !== 'key' || offset < key.span.start || offset > key.span.end) continue;
      for (const { uri, model } of project.files) {
        const named = definitionsOf(model, 'target', name.name);
        const found = named.flatMap((each) => attributeOf(each.block?.body, key.name) ?? []).at(-1);
        if (found !== undefined) return { uri, text: model.file.text, span: found.nameSpan, isDefinition: true };
      }
    }
  }
  return undefined;
}

/** The target that a place is in, and the attribute. */
export function targetAt({ model }: BakeView, offset: number): Definition | undefined {
  for (const all of model.definitions.get('target')?.values() ?? []) {
    const found = all.find(({ span }) => span.start <= offset && offset <= span.end);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The stage or the argument of the Dockerfile that a place in a target names. */
export function dockerfilePartAt(
  target: Definition,
  offset: number,
): { readonly part: 'stages' | 'args'; readonly name: string; readonly span: Span } | undefined {
  const stage = attributeOf(target.block?.body, 'target')?.value;
  if (stage?.kind === 'template' && stage.inner.start <= offset && offset <= stage.inner.end) {
    const [part] = stage.parts;
    return part?.kind === 'text' && stage.parts.length === 1
      ? { part: 'stages', name: part.value, span: stage.inner }
      : undefined;
  }
  for (const { text, span } of itemsOf(attributeOf(target.block?.body, 'no-cache-filter')?.value)) {
    if (span.start <= offset && offset <= span.end) return { part: 'stages', name: text, span };
  }
  const args = attributeOf(target.block?.body, 'args')?.value;
  for (const { key } of args?.kind === 'object' ? args.entries : []) {
    const name = keyText(key);
    if (name !== undefined && name.span.start <= offset && offset <= name.span.end)
      return { part: 'args', name: name.text, span: name.span };
  }
  return undefined;
}
