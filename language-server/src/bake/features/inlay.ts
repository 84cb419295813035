// Inlay hints: what a text with variables becomes.

import { InlayHintKind, type InlayHint } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../../language/context.ts';
import { expressionsOf } from '../hcl/walk.ts';
import { evaluate } from '../model/evaluate.ts';
import type { BakeView } from '../view.ts';

const longest = 60;

export function inlayHints(view: BakeView, span: Span, context: Context): InlayHint[] {
  if (!context.settings.inlayHints) return [];
  const hints: InlayHint[] = [];
  for (const { expression } of expressionsOf(view.file.body)) {
    if (
      expression.kind !== 'template' ||
      expression.heredoc ||
      expression.span.end < span.start ||
      expression.span.start > span.end
    )
      continue;
    if (!expression.parts.some(({ kind }) => kind === 'filled')) continue;
    const value = evaluate(expression, view.model, context.environment);
    if (typeof value !== 'string' || value.includes('\n')) continue;
    const label = `= ${value === '' ? '""' : value}`;
    hints.push({
      position: view.document.positionAt(expression.span.end),
      label: label.length > longest ? `${label.slice(0, longest)}…` : label,
      kind: InlayHintKind.Type,
      paddingLeft: true,
    });
  }
  return hints;
}
