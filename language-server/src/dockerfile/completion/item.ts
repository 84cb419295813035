// How completions are made.

import { CompletionItemKind, InsertTextFormat, type CompletionItem } from 'vscode-languageserver';
import type { Context } from '../../language/context.ts';
import type { DockerfileView } from '../view.ts';
import type { Cursor, InInstruction, TypedWord } from '../cursor.ts';

/** What every completion function gets. */
export interface Asked {
  readonly view: DockerfileView;
  readonly context: Context;
  readonly offset: number;
  readonly cursor: Cursor;
}

export interface AskedInInstruction extends Asked {
  readonly cursor: InInstruction;
}

export interface Offer {
  readonly label: string;
  readonly kind: CompletionItemKind;
  readonly detail?: string | undefined;
  /** Markdown. */
  readonly text?: string | undefined;
  /** Inserted instead of the label; a snippet where `snippet` is set. */
  readonly insert?: string;
  readonly snippet?: boolean;
  /** Lower comes first; offers with equal ranks are in the order of their labels. */
  readonly rank?: number;
  /** Asks for the next completion right after. */
  readonly more?: boolean;
  readonly deprecated?: boolean;
  /** What is compared with what was typed; the inserted text by default. */
  readonly filter?: string;
}

/** The item that replaces `typed` by the offer. */
export function itemOf({ view, context }: Asked, typed: TypedWord, offer: Offer): CompletionItem {
  const newText = offer.insert ?? offer.label;
  return {
    label: offer.label,
    kind: offer.kind,
    filterText: offer.filter ?? (offer.snippet === true ? offer.label : newText),
    textEdit: { range: view.document.range(typed.span.start, typed.span.end), newText },
    ...(offer.snippet === true ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(offer.detail === undefined ? {} : { detail: offer.detail }),
    ...(offer.text === undefined ? {} : { documentation: documentation(context, offer.text) }),
    ...(offer.rank === undefined ? {} : { sortText: `${String(offer.rank).padStart(4, '0')}${offer.label}` }),
    ...(offer.more === true && context.client.suggestsAgain
      ? { command: { title: 'Suggest', command: 'editor.action.triggerSuggest' } }
      : {}),
    ...(offer.deprecated === true ? { deprecated: true } : {}),
  };
}

/** Markdown where the client shows it, and its words alone where not. */
export function documentation({ client }: Context, text: string) {
  return client.markdown
    ? { kind: 'markdown' as const, value: text }
    : { kind: 'plaintext' as const, value: text.replaceAll(/[`*]/g, '') };
}

/** The text before the cursor is cut to what follows its last `separator`. */
export function after(typed: TypedWord, separators: string): TypedWord {
  let at = typed.text.length;
  while (at > 0 && !separators.includes(typed.text[at - 1] ?? '')) at--;
  const text = typed.text.slice(at);
  return { span: { start: typed.span.end - text.length, end: typed.span.end }, text };
}
