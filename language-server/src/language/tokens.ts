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
