// Semantic tokens before they are encoded: the legend that all languages share, and one token in offsets.

import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';

/** LSP's own types, which every theme knows. The order is the legend. */
export const tokenTypes = [
  'keyword',
  'comment',
  'string',
  'number',
  'operator',
  'variable',
  'parameter',
  'property',
  'function',
  'class',
  'namespace',
  'macro',
  'enumMember',
  'label',
] as const;

export type TokenType = (typeof tokenTypes)[number];

export const tokenModifiers = ['declaration', 'readonly', 'deprecated', 'documentation', 'defaultLibrary'] as const;

export type TokenModifier = (typeof tokenModifiers)[number];

/** Tokens are handed over in order and do not overlap. One that goes over lines is cut where it is encoded. */
export interface Token extends Span {
  readonly type: TokenType;
  readonly modifiers?: readonly TokenModifier[];
}

/** Puts tokens in order and leaves out what begins inside another, as happens where a text is half-typed. @param span only what touches it */
export function tokensApart(tokens: readonly Token[], span?: Span): Token[] {
  let last = 0;
  const apart = tokens
    .toSorted((a, b) => a.start - b.start)
    .filter(({ start, end }) => {
      if (start < last) return false;
      last = end;
      return true;
    });
  return span === undefined ? apart : apart.filter(({ start, end }) => start <= span.end && end >= span.start);
}
