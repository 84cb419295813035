// A Bake file to a tree: bodies of attributes and blocks. JSON is read as the HCL object that it is, and its entries as blocks.

import { beginsBlock, ExpressionReader, isFirstInLine } from './expressions.ts';
import { jsonBody } from './json.ts';
import { Scanner } from './scanner.ts';
import { readQuoted } from './templates.ts';
import type { Attribute, Block, Body, Expression, HclFile, Label } from './tree.ts';

/** UTF-16 units. */
const maximumLength = 4 * 1024 * 1024;
const maximumDepth = 50;

export function parseHcl(text: string): HclFile {
  if (text.length > maximumLength) return refused(text);
  const scanner = new Scanner(text);
  const body = new BodyReader(scanner).body(0);
  return { text, body, root: undefined, faults: scanner.faults, comments: scanner.comments };
}

/** `docker-bake.json`. */
export function parseJson(text: string): HclFile {
  if (text.length > maximumLength) return refused(text);
  const scanner = new Scanner(text);
  scanner.skip(true);
  if (scanner.done) return { text, body: nothing, root: undefined, faults: [], comments: scanner.comments };
  const root = new ExpressionReader(scanner).read();
  scanner.skip(true);
  if (!scanner.done) scanner.fault(scanner.at, text.length, 'Nothing may follow the object.');
  if (root.kind !== 'object') {
    scanner.fault(root.span.start, root.span.start + 1, 'A Bake file in JSON is an object.');
  }
  return { text, body: jsonBody(root, 0), root, faults: scanner.faults, comments: scanner.comments };
}

const nothing: Body = { span: { start: 0, end: 0 }, attributes: [], blocks: [] };

function refused(text: string): HclFile {
  const fault = { span: { start: 0, end: 1 }, message: 'This file is too large to be looked at.' };
  return { text, body: nothing, root: undefined, faults: [fault], comments: [] };
}

class BodyReader {
  readonly #scanner: Scanner;
  readonly #expressions: ExpressionReader;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
    this.#expressions = new ExpressionReader(scanner);
  }

  /** To the closing brace, or to the end of the file on the outside. */
  body(depth: number): Body {
    const scanner = this.#scanner;
    const start = scanner.at;
    const attributes: Attribute[] = [];
    const blocks: Block[] = [];
    for (;;) {
      scanner.skip(true);
      if (scanner.done || (depth > 0 && (scanner.char === '}' || beginsBlock(scanner)))) break;
      const item = this.#item(depth);
      if (item === undefined) continue;
      if ('value' in item) attributes.push(item);
      else blocks.push(item);
    }
    return { span: { start, end: scanner.at }, attributes, blocks };
  }

  #item(depth: number): Attribute | Block | undefined {
    const scanner = this.#scanner;
    const start = scanner.at;
    // A quoted name is one as well: Bake's documentation writes them.
    const name = scanner.word() ?? this.#quotedName();
    if (name === undefined) {
      scanner.fault(
        start,
        start + 1,
        scanner.char === '}' ? 'This brace closes nothing.' : 'A block or an attribute begins with a name.',
      );
      scanner.toLineEnd();
      return undefined;
    }
    scanner.skip(false);
    if (scanner.char === '=' && !scanner.startsWith('==')) {
      scanner.at += 1;
      const value = this.#expressions.read();
      this.#lineEnd(value);
      return {
        name: name.text,
        nameSpan: name.span,
        value,
        span: { start, end: Math.max(name.span.end, value.span.end) },
      };
    }
    return this.#block(name, depth);
  }

  #quotedName(): Label | undefined {
    const scanner = this.#scanner;
    if (scanner.char !== '"') return undefined;
    const { parts, inner } = readQuoted(scanner, () => this.#expressions.read());
    const [part] = parts;
    return { text: part?.kind === 'text' ? part.value : '', span: inner };
  }

  #block(type: Label, depth: number): Block {
    const scanner = this.#scanner;
    const labels: Label[] = [];
    for (;;) {
      scanner.skip(false);
      const label = scanner.char === '"' ? this.#quotedName() : scanner.word();
      if (label === undefined) break;
      labels.push(label);
    }
    const { start } = type.span;
    const header = { type: type.text, typeSpan: type.span, labels };
    const open = scanner.at;
    if (!scanner.take('{')) {
      const what =
        labels.length === 0
          ? '`=` and a value, or `{`, is missing after this name.'
          : '`{` is missing after the name of the block.';
      scanner.fault(start, scanner.at, what);
      scanner.toLineEnd();
      const at = { start: scanner.at, end: scanner.at };
      return { ...header, body: { span: at, attributes: [], blocks: [] }, span: { start, end: scanner.at } };
    }
    if (depth >= maximumDepth) {
      scanner.fault(open, open + 1, `Nested deeper than ${maximumDepth} levels: what is inside is not looked at.`);
      scanner.at = scanner.text.length;
    }
    const body = this.body(depth + 1);
    if (!scanner.take('}'))
      scanner.fault(open, open + 1, '`}` is missing: the block that begins here is never closed.');
    return { ...header, body, span: { start, end: scanner.at } };
  }

  #lineEnd(value: Expression): void {
    const scanner = this.#scanner;
    scanner.skip(false);
    // A bracket that was not closed gave up where the next line begins.
    if (scanner.done || scanner.char === '\n' || scanner.char === '}' || isFirstInLine(scanner)) return;
    if (value.kind !== 'missing')
      scanner.fault(scanner.at, scanner.at + 1, 'A line ends after the value of an attribute.');
    scanner.toLineEnd();
  }
}
