// How completions are made.

import { CompletionItemKind, InsertTextFormat, InsertTextMode, type CompletionItem } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../../language/context.ts';
import type { Project } from '../model/project.ts';
import type { ComposeView } from '../view.ts';
import type { Cursor } from '../yaml/cursor.ts';

/** What every source of completions gets. */
export interface Asked {
  readonly view: ComposeView;
  readonly context: Context;
  readonly project: Project;
  readonly cursor: Cursor;
  readonly offset: number;
}

export interface Offer {
  readonly label: string;
  readonly kind: CompletionItemKind;
  /** Inserted instead of the label. */
  readonly insert?: string;
  readonly snippet?: boolean;
  readonly detail?: string | undefined;
  /** Markdown. */
  readonly text?: string | undefined;
  /** Lower comes first. */
  readonly rank?: number;
  /** Another part than the cursor's is replaced. */
  readonly span?: Span;
  /** Asks for the next list right after. */
  readonly more?: boolean;
  readonly deprecated?: boolean;
}

export const kinds = CompletionItemKind;

export function itemOf({ view, context, cursor }: Asked, offer: Offer): CompletionItem {
  const span = offer.span ?? cursor.span;
  const newText = `${cursor.needsSpace ? ' ' : ''}${offer.insert ?? offer.label}`;
  return {
    label: offer.label,
    kind: offer.kind,
    filterText: offer.snippet === true || newText.includes('\n') ? offer.label : newText,
    textEdit: { range: view.document.range(span.start, span.end), newText },
    ...(offer.snippet === true ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(newText.includes('\n') ? { insertTextMode: InsertTextMode.adjustIndentation } : {}),
    ...(offer.detail === undefined ? {} : { detail: offer.detail }),
    ...(offer.text === undefined || offer.text === '' ? {} : { documentation: markdown(context, offer.text) }),
    ...(offer.rank === undefined ? {} : { sortText: `${String(offer.rank).padStart(4, '0')}${offer.label}` }),
    ...(offer.more === true && context.client.suggestsAgain
      ? { command: { title: 'Suggest', command: 'editor.action.triggerSuggest' } }
      : {}),
    ...(offer.deprecated === true ? { deprecated: true } : {}),
  };
}

/** Markdown where the client shows it, and its words alone where not. */
export function markdown({ client }: Context, text: string) {
  return client.markdown
    ? { kind: 'markdown' as const, value: text }
    : { kind: 'plaintext' as const, value: text.replaceAll(/[`*]/g, '') };
}
