// Layout of a Bake file: indentation by brackets, no white space at line ends, no heaps of empty lines. Nothing in a line is touched,
// and the result is read again: where its tree or its comments are not the same, nothing is changed.

import type { FormattingOptions, TextEdit } from 'vscode-languageserver';
import { Refusal } from '../../language/context.ts';
import { Document } from '../../language/document.ts';
import { LaidOut } from '../../language/laid-out.ts';
import type { Body, Expression, HclFile } from '../hcl/tree.ts';
import { within } from '../hcl/walk.ts';
import { parse, type BakeView } from '../view.ts';

/** A file with errors is left alone. @throws Refusal where the result would mean something else */
export function formatting(view: BakeView, options: FormattingOptions): TextEdit[] {
  const { document, file } = view;
  // Its problems are shown; who saves while typing is not told of them once more.
  if (file.faults.length > 0) return [];
  const formatted = formatText(document.uri, document.text, options, file);
  if (formatted === document.text) return [];
  return [{ range: document.range(0, document.text.length), newText: formatted }];
}

/** @throws Refusal where the result would not mean the same */
export function formatText(
  uri: string,
  text: string,
  options: FormattingOptions,
  file: HclFile = parse(uri, text),
): string {
  const result = lay(new Document({ uri, languageId: '', version: 0 }, text), file, options);
  const after = parse(uri, result);
  if (after.faults.length > 0 || essence(file) !== essence(after)) {
    throw new Refusal('This file would mean something else when it is laid out: it is left as it is.');
  }
  return result;
}

function lay(document: Document, file: HclFile, options: FormattingOptions): string {
  const { text, lineStarts } = document;
  const unit = options.insertSpaces ? ' '.repeat(Math.max(1, Math.min(8, options.tabSize))) : '\t';
  const verbatim = verbatimLines(document, file);
  const balance = balances(document, file);
  const steps = new Steps();
  const result = new LaidOut();
  for (let line = 0; line < lineStarts.length; line += 1) {
    const source = text.slice(lineStarts[line] ?? 0, document.lineEnd(line));
    const end = text.slice(document.lineEnd(line), lineStarts[line + 1]);
    const content = source.trim();
    const depth = steps.next(balance.get(line) ?? 0, /^[}\])]/.test(content));
    if (verbatim.has(line)) result.add(source, end);
    else if (content !== '') result.add(unit.repeat(depth) + content, end);
    else result.space(end);
  }
  return result.toString();
}

/** How far in a line belongs: brackets that one line opens together are one step. */
class Steps {
  readonly #open: number[] = [];

  /** @param balance brackets that the line opens, less those that it closes @param closes whether it begins with a closing one */
  next(balance: number, closes: boolean): number {
    const before = this.#open.length;
    if (balance > 0) {
      this.#open.push(balance);
      return closes ? Math.max(0, before - 1) : before;
    }
    for (let left = -balance; left > 0;) {
      const last = this.#open.pop();
      if (last === undefined) break;
      if (last > left) this.#open.push(last - left);
      left -= last;
    }
    // A line may close something behind its beginning; it stands where what it is in stands.
    if (!closes) return before;
    return balance === 0 ? Math.max(0, before - 1) : this.#open.length;
  }
}

/** Line -> brackets that it opens, less those that it closes. */
function balances(document: Document, file: HclFile): ReadonlyMap<number, number> {
  const result = new Map<number, number>();
  const add = (offset: number, by: number) => {
    const line = document.lineAt(offset);
    result.set(line, (result.get(line) ?? 0) + by);
  };
  for (const { open, close } of file.root === undefined ? bracketsOf(file.body) : bracketsBelow(file.root)) {
    add(open, 1);
    add(close, -1);
  }
  return result;
}

interface Bracket {
  readonly open: number;
  readonly close: number;
}

function* bracketsOf(body: Body): Iterable<Bracket> {
  for (const { value } of body.attributes) {
    yield* bracketsBelow(value);
  }
  for (const { body: inner } of body.blocks) {
    yield { open: inner.span.start - 1, close: inner.span.end };
    yield* bracketsOf(inner);
  }
}

function* bracketsBelow(root: Expression): Iterable<Bracket> {
  for (const { expression } of within(root, new Set())) yield* bracketsIn(expression);
}

function* bracketsIn(expression: Expression): Iterable<Bracket> {
  const { span, kind } = expression;
  const isBracket =
    kind === 'tuple' || kind === 'object' || kind === 'for' || (kind === 'operation' && expression.operator === '()');
  if (isBracket) yield { open: span.start, close: span.end - 1 };
  if (kind === 'call') yield { open: expression.argumentsSpan.start, close: expression.argumentsSpan.end - 1 };
  if (kind !== 'reference') return;
  for (const step of expression.steps)
    if (step.kind === 'index') yield { open: step.span.start, close: step.span.end - 1 };
}

/** Lines that are the later ones of a text or a comment. */
function verbatimLines(document: Document, file: HclFile): ReadonlySet<number> {
  const lines = new Set<number>();
  const add = ({ start, end }: { readonly start: number; readonly end: number }) => {
    for (let line = document.lineAt(start) + 1; line <= document.lineAt(end); line += 1) lines.add(line);
  };
  for (const comment of file.comments) add(comment);
  for (const span of templates(file.body)) add(span);
  return lines;
}

function* templates(body: Body): Iterable<Expression['span']> {
  for (const { value } of body.attributes) {
    for (const { expression } of within(value, new Set())) if (expression.kind === 'template') yield expression.span;
  }
  for (const block of body.blocks) yield* templates(block.body);
}

/** Everything of a file but its places. */
function essence({ body, comments, text }: HclFile): string {
  const isPlace = (key: string) => key === 'span' || key.endsWith('Span') || key === 'inner';
  const tree = JSON.stringify(body, (key, value: unknown) => (isPlace(key) ? undefined : value));
  return `${tree}\n${comments.map(({ start, end }) => text.slice(start, end).trim()).join('\n')}`;
}
