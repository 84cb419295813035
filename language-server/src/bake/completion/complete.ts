// Completion of a Bake file.

import { CompletionItemKind, InsertTextFormat, InsertTextMode, type CompletionItem } from 'vscode-languageserver';
import type { Context } from '../../language/context.ts';
import { resolveUri } from '../../language/uri.ts';
import { keyText } from '../hcl/tree.ts';
import { itemsOf, localNames, namesOf } from '../model/model.ts';
import { buildFileOf, projectOf, type BakeProject } from '../model/project.ts';
import { bakeBlocks, builtinVariables, functions, type AttributeInfo } from '../model/reference.ts';
import { targetAt } from '../features/symbol.ts';
import type { BakeView } from '../view.ts';
import { cursorAt, type Cursor } from './cursor.ts';

interface Asked {
  readonly view: BakeView;
  readonly context: Context;
  readonly project: BakeProject;
  readonly cursor: Cursor;
  readonly offset: number;
}

interface Offer {
  readonly label: string;
  readonly kind: CompletionItemKind;
  readonly insert?: string;
  readonly snippet?: boolean;
  readonly detail?: string;
  readonly text?: string;
}

export function completion(view: BakeView, offset: number, context: Context): CompletionItem[] {
  const cursor = cursorAt(view, offset);
  if (cursor === undefined) return [];
  const asked = { view, context, project: projectOf(view, context), cursor, offset };
  // A half-typed block has an empty name, which nobody can choose.
  const offers = offersAt(asked).filter(({ label }) => label !== '');
  return offers.map((offer, index) => itemOf(asked, offer, index));
}

function offersAt(asked: Asked): Offer[] {
  switch (asked.cursor.place) {
    case 'name':
      return asked.cursor.block === undefined ? blockOffers(asked) : attributeOffers(asked);
    case 'key':
      return keyOffers(asked);
    case 'text':
      return textOffers(asked);
    case 'expression':
      return [...quotedOffers(asked), ...expressionOffers(asked)];
  }
}

function blockOffers({ view, context, cursor }: Asked): Offer[] {
  const followed = isFollowed(view, cursor, /^\s*(?:["{:]|"\s*:)/);
  return Object.entries(bakeBlocks).map(([label, { text }]) => {
    if (view.isJson || followed || !context.client.snippets) return { label, kind: CompletionItemKind.Class, text };
    const body = label === 'group' ? '  targets = [$2]' : label === 'variable' ? '  default = $2' : '  $2';
    return {
      label,
      kind: CompletionItemKind.Class,
      insert: `${label} "\${1:name}" {\n${body}\n}`,
      snippet: true,
      text,
    };
  });
}

function attributeOffers({ view, context, cursor }: Asked): Offer[] {
  const { block } = cursor;
  const info = block !== undefined && Object.hasOwn(bakeBlocks, block.type) ? bakeBlocks[block.type] : undefined;
  if (info === undefined || block === undefined) return [];
  const present = new Set(
    block.body.attributes.filter(({ nameSpan }) => nameSpan.start !== cursor.span.start).map(({ name }) => name),
  );
  const followed = isFollowed(view, cursor, /^"?\s*[=:]/);
  return Object.entries(info.attributes)
    .filter(([label]) => !present.has(label))
    .map(([label, attribute]) => {
      const base = { label, kind: CompletionItemKind.Property, detail: attribute.kind, text: attribute.text };
      return followed || view.isJson || !context.client.snippets
        ? base
        : { ...base, insert: `${label} = ${opening(attribute)}`, snippet: true };
    });
}

function opening({ kind }: AttributeInfo): string {
  if (kind === 'list') return '[$1]';
  if (kind === 'map') return '{\n  $1\n}';
  return kind === 'string' ? '"$1"' : '$1';
}

/** Arguments of the Dockerfile. */
function keyOffers({ view, context, cursor, project, offset }: Asked): Offer[] {
  const { attribute } = cursor;
  const target = targetAt(view, offset);
  if (attribute?.name !== 'args' || target === undefined) return [];
  const reading = buildFileOf(view, target, project, context);
  if (reading.kind !== 'known') return [];
  const entries = attribute.value.kind === 'object' ? attribute.value.entries : [];
  const present = new Set(
    entries.flatMap(({ key }) => (key.span.start === cursor.span.start ? [] : [keyText(key)?.text])),
  );
  const followed = isFollowed(view, cursor, /^"?\s*[=:]/);
  return reading.file.args
    .filter(({ name }) => !present.has(name))
    .map(({ name, detail }) => ({
      label: name,
      kind: CompletionItemKind.Variable,
      insert: followed || cursor.quoted ? name : `${name} = `,
      detail: detail === '' ? 'ARG' : `ARG, ${detail} by default`,
    }));
}

/** Texts in quotes. */
function textOffers(asked: Asked): Offer[] {
  const { view, context, cursor, project, offset } = asked;
  const { block, attribute } = cursor;
  const own = block?.labels[0]?.text;
  const reference = (label: string, detail: string): Offer => ({ label, kind: CompletionItemKind.Reference, detail });
  const targets = () => namesIn(project, 'target').filter((name) => name !== own);
  switch (`${block?.type ?? ''}.${attribute?.name ?? ''}`) {
    case 'target.inherits':
      return unused(targets(), asked).map((name) => reference(name, 'target'));
    case 'group.targets': {
      const groups = namesIn(project, 'group').filter((name) => name !== own);
      return [
        ...unused(targets(), asked).map((name) => reference(name, 'target')),
        ...unused(groups, asked).map((name) => reference(name, 'group')),
      ];
    }
    case 'target.contexts':
      return targets().map((name) => reference(`target:${name}`, 'result of a target'));
    case 'target.target':
    case 'target.no-cache-filter': {
      const target = targetAt(view, offset);
      const reading = target === undefined ? undefined : buildFileOf(view, target, project, context);
      if (reading?.kind !== 'known') return [];
      return reading.file.stages.map(({ name, detail }) => ({
        label: name,
        kind: CompletionItemKind.Class,
        detail: `FROM ${detail}`,
      }));
    }
    case 'target.context':
      return pathOffers(asked, true);
    case 'target.dockerfile':
      return pathOffers(asked, false);
    default:
      return valueOffers(asked);
  }
}

/** The same with their quotes. */
function quotedOffers(asked: Asked): Offer[] {
  return textOffers(asked).map((offer) => {
    const isText = offer.insert === undefined && offer.kind !== CompletionItemKind.Value;
    return isText ? { ...offer, insert: `"${offer.label}"` } : offer;
  });
}

function namesIn(project: BakeProject, kind: 'target' | 'group'): string[] {
  return [...new Set(project.files.flatMap(({ model }) => namesOf(model, kind)))];
}

/** Names that the list does not have yet. */
function unused(names: readonly string[], { cursor }: Asked): string[] {
  const present = new Set(
    itemsOf(cursor.attribute?.value).flatMap(({ text, span }) => (span.start === cursor.span.start ? [] : [text])),
  );
  return names.filter((name) => !present.has(name));
}

function valueOffers({ cursor }: Asked): Offer[] {
  const { block, attribute } = cursor;
  const info = block !== undefined && Object.hasOwn(bakeBlocks, block.type) ? bakeBlocks[block.type] : undefined;
  const known =
    info !== undefined && attribute !== undefined && Object.hasOwn(info.attributes, attribute.name)
      ? info.attributes[attribute.name]
      : undefined;
  if (known === undefined) return [];
  if (known.kind === 'bool') return ['true', 'false'].map((label) => ({ label, kind: CompletionItemKind.Value }));
  return (known.values ?? []).map((label) => ({
    label,
    kind: CompletionItemKind.EnumMember,
    insert: cursor.quoted ? label : `"${label}"`,
  }));
}

/** Variables, names of the block, functions. */
function expressionOffers({ project, cursor, view }: Asked): Offer[] {
  if (view.isJson && !view.document.text.slice(0, cursor.span.start).endsWith('${')) return [];
  const local = cursor.block === undefined ? [] : localNames(cursor.block).map(({ text }) => text);
  const variables = project.files.flatMap(({ model }) => namesOf(model, 'variable'));
  const own = project.files.flatMap(({ model }) => namesOf(model, 'function'));
  const variable = (label: string, detail: string): Offer => ({ label, kind: CompletionItemKind.Variable, detail });
  return [
    ...local.map((name) => variable(name, 'of this block')),
    ...[...new Set(variables)].map((name) => variable(name, 'variable')),
    ...[...new Set(own)].map((label) => ({
      label,
      kind: CompletionItemKind.Function,
      insert: `${label}(`,
      detail: 'function of this file',
    })),
    ...Object.entries(builtinVariables).map(([label, text]) => ({ ...variable(label, 'set by Bake'), text })),
    ...Object.entries(functions).map(([label, [parameters, text]]) => ({
      label,
      kind: CompletionItemKind.Function,
      insert: `${label}(`,
      detail: `${label}(${parameters})`,
      text,
    })),
  ];
}

function pathOffers({ view, context, cursor }: Asked, foldersOnly: boolean): Offer[] {
  const folder = cursor.typed.slice(0, cursor.typed.lastIndexOf('/') + 1);
  const uri = resolveUri(view.document.uri, folder === '' ? './' : folder);
  const known = uri === undefined ? undefined : context.files.list(uri);
  if (known?.kind !== 'known') return [];
  return known.value
    .filter(({ kind }) => !foldersOnly || kind === 'directory')
    .map(({ name, kind }) => ({
      label: `${folder}${name}`,
      kind: kind === 'directory' ? CompletionItemKind.Folder : CompletionItemKind.File,
    }));
}

function isFollowed({ document }: BakeView, { span }: Cursor, by: RegExp): boolean {
  return by.test(document.text.slice(span.end, span.end + 100));
}

function itemOf({ view, context, cursor }: Asked, offer: Offer, index: number): CompletionItem {
  const newText = offer.insert ?? offer.label;
  const documentation = context.client.markdown
    ? { kind: 'markdown' as const, value: offer.text ?? '' }
    : (offer.text ?? '');
  return {
    label: offer.label,
    kind: offer.kind,
    filterText: offer.label,
    sortText: String(index).padStart(4, '0'),
    textEdit: { range: view.document.range(cursor.span.start, cursor.span.end), newText },
    ...(offer.snippet === true
      ? { insertTextFormat: InsertTextFormat.Snippet, insertTextMode: InsertTextMode.adjustIndentation }
      : {}),
    ...(offer.detail === undefined ? {} : { detail: offer.detail }),
    ...(offer.text === undefined ? {} : { documentation }),
  };
}
