// HCL, as Bake files are written in it, as a tree with places. https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
// It is made for every input; what is wrong is a fault beside it.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';

export interface HclFile {
  readonly text: string;
  readonly body: Body;
  /** Of JSON: the object that the body is made of. */
  readonly root: Expression | undefined;
  readonly faults: readonly HclFault[];
  readonly comments: readonly Span[];
}

export interface HclFault {
  readonly span: Span;
  readonly message: string;
}

export interface Body {
  readonly span: Span;
  readonly attributes: readonly Attribute[];
  readonly blocks: readonly Block[];
}

export interface Attribute {
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: Expression;
}

export interface Block {
  readonly span: Span;
  readonly type: string;
  readonly typeSpan: Span;
  readonly labels: readonly Label[];
  readonly body: Body;
}

export interface Label {
  readonly text: string;
  /** Without quotes. */
  readonly span: Span;
}

export type Expression =
  Missing | Literal | Template | Reference | Call | Tuple | ObjectExpression | ForExpression | Operation;

interface Common {
  readonly span: Span;
}

/** Nothing that is an expression. */
export interface Missing extends Common {
  readonly kind: 'missing';
}

export interface Literal extends Common {
  readonly kind: 'literal';
  readonly value: number | boolean | null;
}

/** A quoted text or a heredoc, with what is filled in. */
export interface Template extends Common {
  readonly kind: 'template';
  readonly heredoc: boolean;
  readonly parts: readonly TemplatePart[];
  /** Between the quotes, or of the heredoc's lines. */
  readonly inner: Span;
}

export type TemplatePart =
  | { readonly kind: 'text'; readonly span: Span; readonly value: string }
  | { readonly kind: 'filled'; readonly span: Span; readonly value: Expression }
  /** `%{ if … }` and its kin, looked at for the expressions in it alone. */
  | {
      readonly kind: 'directive';
      readonly span: Span;
      readonly word: string;
      readonly names: readonly string[];
      readonly value: Expression | undefined;
    };

/** `name`, or what is taken out of any expression: `name.key`, `f(x)[0]`, `list[*].key`. */
export interface Reference extends Common {
  readonly kind: 'reference';
  /** The name that it begins with; undefined where it begins with another expression, which is `source`. */
  readonly name: string | undefined;
  readonly nameSpan: Span;
  readonly source: Expression | undefined;
  readonly steps: readonly ReferenceStep[];
}

export type ReferenceStep =
  | { readonly kind: 'key'; readonly name: string; readonly span: Span }
  | { readonly kind: 'index'; readonly value: Expression; readonly span: Span }
  | { readonly kind: 'splat'; readonly span: Span };

export interface Call extends Common {
  readonly kind: 'call';
  readonly name: string;
  readonly nameSpan: Span;
  /** Of the parentheses and what is between. */
  readonly argumentsSpan: Span;
  readonly arguments: readonly Expression[];
}

export interface Tuple extends Common {
  readonly kind: 'tuple';
  readonly items: readonly Expression[];
}

export interface ObjectExpression extends Common {
  readonly kind: 'object';
  readonly entries: readonly ObjectEntry[];
}

export interface ObjectEntry {
  readonly span: Span;
  /** A bare name is the key itself, not a variable. */
  readonly key: Expression;
  readonly value: Expression;
}

/** `[for k, v in list: v if k]` and `{for … : k => v}`. */
export interface ForExpression extends Common {
  readonly kind: 'for';
  readonly names: readonly Label[];
  readonly source: Expression;
  /** Key, value and condition, as far as they are there. */
  readonly parts: readonly Expression[];
}

/** Operators and `?:`, with their operands in order. */
export interface Operation extends Common {
  readonly kind: 'operation';
  readonly operator: string;
  readonly operands: readonly Expression[];
}

/** The text of a template without anything filled in; of a bare name the name. */
export function plainText(expression: Expression | undefined): string | undefined {
  if (expression?.kind !== 'template') return undefined;
  let text = '';
  for (const part of expression.parts) {
    if (part.kind !== 'text') return undefined;
    text += part.value;
  }
  return text;
}

/** The key of an entry, which may be a bare name or a quoted text. */
export function keyText(key: Expression): { readonly text: string; readonly span: Span } | undefined {
  if (key.kind === 'reference' && key.name !== undefined && key.steps.length === 0)
    return { text: key.name, span: key.nameSpan };
  const text = plainText(key);
  return text === undefined || key.kind !== 'template' ? undefined : { text, span: key.inner };
}

export function attributeOf(body: Body | undefined, name: string): Attribute | undefined {
  return body?.attributes.findLast((attribute) => attribute.name === name);
}
