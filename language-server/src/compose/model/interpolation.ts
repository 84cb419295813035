// `$NAME`, `${NAME}`, `${NAME:-word}` and their kin in a value, as Compose fills them in. https://docs.docker.com/reference/compose-file/interpolation/

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { innerSpan, type Scalar } from '../yaml/tree.ts';

export type Operator = ':-' | '-' | ':?' | '?' | ':+' | '+';

export interface VariableUse {
  /** From `$` to the closing brace. */
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly operator: Operator | undefined;
  /** What follows the operator; undefined where there is none. */
  readonly word: Span | undefined;
  /** Variables in the word. */
  readonly inner: readonly VariableUse[];
}

export interface Interpolations {
  readonly variables: readonly VariableUse[];
  /** `${` that begin nothing that Compose knows: it refuses the file. */
  readonly wrong: readonly Span[];
}

const none: Interpolations = { variables: [], wrong: [] };
const maximumDepth = 10;

/** Variables of `text` in `span`. Linear in the length of the span. */
export function interpolations(text: string, span: Span): Interpolations {
  const first = text.indexOf('$', span.start);
  if (first < 0 || first >= span.end) return none;
  const reader = new Reader(text, span.end);
  return { variables: reader.read(first, span.end, 0), wrong: reader.wrong };
}

/** All of them, inner ones too. */
export function* allVariables(variables: readonly VariableUse[]): Iterable<VariableUse> {
  for (const variable of variables) {
    yield variable;
    yield* allVariables(variable.inner);
  }
}

class Reader {
  readonly wrong: Span[] = [];
  readonly #text: string;
  readonly #end: number;
  /** Where braces that are open at a place are closed, found in one pass. */
  #closing: ReadonlyMap<number, number> | undefined;

  constructor(text: string, end: number) {
    this.#text = text;
    this.#end = end;
  }

  read(from: number, end: number, depth: number): VariableUse[] {
    const variables: VariableUse[] = [];
    let at = from;
    for (;;) {
      at = this.#text.indexOf('$', at);
      if (at < 0 || at >= end) return variables;
      if (this.#text.charAt(at + 1) === '$') {
        at += 2;
        continue;
      }
      const braced = this.#text.charAt(at + 1) === '{';
      const variable = braced ? this.#braced(at, end, depth) : this.#plain(at, end);
      // A dollar sign before anything else, as in `$(date)`, is one.
      if (variable !== undefined) variables.push(variable);
      else if (braced) this.wrong.push({ start: at, end: Math.min(at + 2, end) });
      at = variable?.span.end ?? at + 1;
    }
  }

  #plain(at: number, end: number): VariableUse | undefined {
    const nameSpan = { start: at + 1, end: this.#nameEnd(at + 1, end) };
    if (nameSpan.end === nameSpan.start) return undefined;
    const name = this.#text.slice(nameSpan.start, nameSpan.end);
    return { span: { start: at, end: nameSpan.end }, name, nameSpan, operator: undefined, word: undefined, inner: [] };
  }

  #braced(at: number, end: number, depth: number): VariableUse | undefined {
    const nameSpan = { start: at + 2, end: this.#nameEnd(at + 2, end) };
    this.#closing ??= closings(this.#text, at, this.#end);
    const close = this.#closing.get(at);
    if (nameSpan.end === nameSpan.start || close === undefined || close >= end || depth > maximumDepth)
      return undefined;
    const operator = /^:?[-?+]/.exec(this.#text.slice(nameSpan.end, nameSpan.end + 2))?.[0] as Operator | undefined;
    if (operator === undefined && nameSpan.end !== close) return undefined;
    const word = operator === undefined ? undefined : { start: nameSpan.end + operator.length, end: close };
    return {
      span: { start: at, end: close + 1 },
      name: this.#text.slice(nameSpan.start, nameSpan.end),
      nameSpan,
      operator,
      word,
      inner: word === undefined ? [] : this.read(word.start, word.end, depth + 1),
    };
  }

  #nameEnd(from: number, end: number): number {
    let at = from;
    if (/[0-9]/.test(this.#text.charAt(at))) return at;
    while (at < end && /\w/.test(this.#text.charAt(at))) at += 1;
    return at;
  }
}

/** `${` -> its `}`. */
function closings(text: string, from: number, end: number): ReadonlyMap<number, number> {
  const result = new Map<number, number>();
  const open: number[] = [];
  for (let at = from; at < end; at += 1) {
    const char = text.charAt(at);
    if (char === '$' && text.charAt(at + 1) === '$') at += 1;
    else if (char === '$' && text.charAt(at + 1) === '{') open.push(at);
    else if (char === '}') {
      const start = open.pop();
      if (start !== undefined) result.set(start, at);
    }
  }
  return result;
}

/** Value of a variable by name; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** A text with its variables filled in; undefined where a required one is missing. */
export function fillIn(text: string, span: Span, lookup: Lookup): string | undefined {
  return fill(text, span, interpolations(text, span).variables, lookup);
}

/** What one variable becomes; undefined where it is required and missing. */
export function valueOfUse(text: string, use: VariableUse, lookup: Lookup): string | undefined {
  const value = lookup(use.name);
  const isSet = value !== undefined && (value !== '' || use.operator?.startsWith(':') !== true);
  const word = () => (use.word === undefined ? '' : fill(text, use.word, use.inner, lookup));
  switch (use.operator) {
    case undefined:
      return value ?? '';
    case '-':
    case ':-':
      return isSet ? value : word();
    case '+':
    case ':+':
      return isSet ? word() : '';
    case '?':
    case ':?':
      return isSet ? value : undefined;
  }
}

function fill(text: string, span: Span, variables: readonly VariableUse[], lookup: Lookup): string | undefined {
  let result = '';
  let at = span.start;
  for (const use of variables) {
    const value = valueOfUse(text, use, lookup);
    if (value === undefined) return undefined;
    result += text.slice(at, use.span.start).replaceAll('$$', '$') + value;
    at = use.span.end;
  }
  return result + text.slice(at, span.end).replaceAll('$$', '$');
}

/** Variables of a value in a file's text, with their places there. */
export function variablesOf(text: string, scalar: Scalar): Interpolations {
  if (!hasEscapes(text, scalar)) return interpolations(text, scalar.span);
  const { variables, wrong } = interpolations(scalar.text, { start: 0, end: scalar.text.length });
  return { variables: inSource(text, scalar, variables), wrong: wrong.length === 0 ? [] : [scalar.span] };
}

/** A value with its variables filled in; undefined where a required one is missing. */
export function fillScalar(text: string, scalar: Scalar, lookup: Lookup): string | undefined {
  if (!scalar.text.includes('$')) return scalar.text;
  if (hasEscapes(text, scalar)) return fillIn(scalar.text, { start: 0, end: scalar.text.length }, lookup);
  return fillIn(text, innerSpan(scalar), lookup);
}

/** Whether what a value says is not what stands in the file. */
function hasEscapes(text: string, { style, span }: Scalar): boolean {
  return style === 'double' && text.slice(span.start, span.end).includes('\\');
}

/** Places of variables of a text with escapes: their names are looked for, one after another. */
function inSource(text: string, { span }: Scalar, variables: readonly VariableUse[]): VariableUse[] {
  let at = span.start;
  return [...allVariables(variables)].flatMap((use) => {
    const found = text.indexOf(use.name, text.indexOf('$', at));
    if (found < 0 || found + use.name.length > span.end) return [];
    at = found + use.name.length;
    const nameSpan = { start: found, end: at };
    return [{ ...use, span: nameSpan, nameSpan, word: undefined, inner: [] }];
  });
}
