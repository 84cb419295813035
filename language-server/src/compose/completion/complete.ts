// Completion of a Compose file: which sources speak at a place.

import type { CompletionItem } from 'vscode-languageserver';
import type { Context } from '../../language/context.ts';
import { lineStart } from '../../language/line-start.ts';
import { projectOf } from '../model/project.ts';
import { rolesAt } from '../model/roles.ts';
import { shapesAt } from '../schema/at.ts';
import type { ComposeView } from '../view.ts';
import { cursorAt, type Cursor } from '../yaml/cursor.ts';
import { keyOffers, nodeAt } from './keys.ts';
import { aliasOffers } from './names.ts';
import { itemOf, kinds, type Asked, type Offer } from './offer.ts';
import { snippetOffers } from './snippets.ts';
import { roleOffers, valueOffers, variableOffers } from './values.ts';

export function completion(view: ComposeView, offset: number, context: Context): CompletionItem[] {
  const cursor = cursorAt(view.file, offset);
  if (cursor === undefined) return [];
  if (cursor.path.length === 0 && cursor.place === 'entry' && !isRootColumn(view, cursor, offset)) return [];
  const asked = { view, context, cursor, offset, project: projectOf(view, context) };
  // A half-typed key is an empty name, which nobody can choose.
  const offers = offersAt(asked).filter(({ label }) => label !== '');
  return offers.map((offer) => itemOf(asked, offer));
}

/** Whether a key of the file's own may begin here: where the others begin, and not beside brackets. */
function isRootColumn({ file: { root, text } }: ComposeView, cursor: Cursor, offset: number): boolean {
  if (root === undefined || root.kind !== 'mapping') return true;
  if (root.flow) return cursor.flow;
  const line = lineStart(text, offset);
  const other = root.pairs.find(({ key }) => lineStart(text, key.span.start) !== line);
  return (
    other === undefined || other.key.span.start - lineStart(text, other.key.span.start) === cursor.span.start - line
  );
}

function offersAt(asked: Asked): Offer[] {
  const { cursor } = asked;
  const variables = cursor.place === 'value' || cursor.inItem ? variableOffers(asked) : undefined;
  if (variables !== undefined) return variables;
  if (cursor.typed.startsWith('*')) return aliasOffers(asked);
  if (cursor.place === 'value') {
    return cursor.path.at(-1) === '<<' ? aliasOffers(asked) : valueOffers(asked, cursor.path);
  }
  return cursor.inItem ? itemOffers(asked) : entryOffers(asked);
}

/** After `- `: a value, or the first key of a mapping. */
function itemOffers(asked: Asked): Offer[] {
  const { path } = asked.cursor;
  // On a later line of the item there are only keys.
  return [...valueOffers(asked, path), ...keyOffers(asked, path)];
}

/** At the beginning of an entry: a key, or an item of a list that has none yet. */
function entryOffers(asked: Asked): Offer[] {
  const { path } = asked.cursor;
  const keyRole = rolesAt(path)?.keyRole;
  const names = keyRole === undefined ? [] : roleOffers(asked, keyRole, path).map((offer) => asKey(offer, asked, path));
  return [...keyOffers(asked, path), ...names, ...listOffers(asked), ...snippetOffers(asked)];
}

/** A name as a key: with its colon, and the beginning of what belongs below it. */
function asKey(offer: Offer, { cursor }: Asked, path: Asked['cursor']['path']): Offer {
  const text = offer.insert ?? offer.label;
  if (text.includes(':') || text.includes('=')) return offer;
  const [child] = shapesAt([...path, offer.label]);
  const needs = child?.required[0];
  const below = needs === undefined || cursor.flow ? '' : `\n  ${needs}: `;
  return { ...offer, insert: `${text}:${below}`, more: needs !== undefined };
}

/** Items with their dash, where a list may begin and nothing else has begun. */
function listOffers(asked: Asked): Offer[] {
  const { cursor, view } = asked;
  const { path } = cursor;
  if (cursor.flow || path.length === 0 || !shapesAt(path).some((shape) => shape.types.has('array'))) return [];
  if (nodeAt(view.file.root, path)?.kind === 'mapping') return [];
  const values = valueOffers(asked, [...path, 0]).map((offer) => ({
    ...offer,
    label: `- ${offer.label}`,
    insert: `- ${offer.insert ?? offer.label}`,
    span: cursor.span,
  }));
  return values.length > 0
    ? values
    : [{ label: '- ', kind: kinds.Operator, detail: 'item of a list', rank: 0, more: true }];
}
