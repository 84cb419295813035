// Expressions of HCL, by precedence. Inside of brackets line ends have no meaning; outside an expression ends with its line.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Scanner } from './scanner.ts';
import { readHeredoc, readQuoted } from './templates.ts';
import type { Expression, Label, ObjectEntry, ReferenceStep } from './tree.ts';

const maximumDepth = 100;

/** From weak to strong. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
];

export class ExpressionReader {
  readonly #scanner: Scanner;
  #depth = 0;
  /** How many brackets are open. */
  #brackets = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  read(): Expression {
    const scanner = this.#scanner;
    if (this.#depth >= maximumDepth) {
      scanner.fault(
        scanner.at,
        scanner.at + 1,
        `Nested deeper than ${maximumDepth} levels: what is inside is not looked at.`,
      );
      scanner.toLineEnd();
      return this.#missing();
    }
    this.#depth += 1;
    const result = this.#conditional();
    this.#depth -= 1;
    return result;
  }

  #conditional(): Expression {
    const scanner = this.#scanner;
    const condition = this.#binary(0);
    this.#skip();
    if (scanner.char !== '?') return condition;
    scanner.at += 1;
    const yes = this.read();
    this.#skip();
    if (!scanner.take(':')) {
      scanner.fault(scanner.at, scanner.at + 1, '`:` is missing: a condition is `test ? yes : no`.');
      return operation('?', [condition, yes]);
    }
    return operation('?', [condition, yes, this.read()]);
  }

  #skip(): void {
    this.#scanner.skip(this.#brackets > 0);
  }

  /** With line ends without meaning, until `done` is over. */
  #inBrackets<T>(work: () => T): T {
    this.#brackets += 1;
    const result = work();
    this.#brackets -= 1;
    return result;
  }

  #missing(): Expression {
    const { at } = this.#scanner;
    return { kind: 'missing', span: { start: at, end: at } };
  }

  #binary(level: number): Expression {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    const operands = [this.#binary(level + 1)];
    let first = '';
    // Flat, since what is as long as a file must not be as deep.
    for (;;) {
      this.#skip();
      const operator = operators.find((each) => this.#isOperator(each));
      if (operator === undefined) break;
      if (first === '') first = operator;
      this.#scanner.at += operator.length;
      operands.push(this.#binary(level + 1));
    }
    const [only] = operands;
    return operands.length === 1 && only !== undefined ? only : operation(first, operands);
  }

  #isOperator(operator: string): boolean {
    const scanner = this.#scanner;
    // `=>` belongs to a for expression, `//` begins a comment.
    return scanner.startsWith(operator) && !scanner.startsWith('=>');
  }

  #unary(): Expression {
    this.#skip();
    const scanner = this.#scanner;
    const start = scanner.at;
    let sign = '';
    while (scanner.char === '-' || (scanner.char === '!' && !scanner.startsWith('!='))) {
      if (sign === '') sign = scanner.char;
      scanner.at += 1;
      this.#skip();
    }
    const value = this.#unaryOperand();
    return sign === ''
      ? value
      : { kind: 'operation', operator: sign, operands: [value], span: { start, end: value.span.end } };
  }

  #unaryOperand(): Expression {
    this.#skip();
    return this.#steps(this.#primary());
  }

  #primary(): Expression {
    const scanner = this.#scanner;
    const start = scanner.at;
    const { char } = scanner;
    const inBraces = () => this.#inBrackets(() => this.read());
    if (char === '"') return readQuoted(scanner, inBraces);
    if (char === '<') {
      const heredoc = readHeredoc(scanner, inBraces);
      if (heredoc !== undefined) return heredoc;
    }
    if (char === '(') return this.#parentheses();
    if (char === '[') return this.#tuple();
    if (char === '{') return this.#object();
    const number = /^[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/.exec(scanner.text.slice(start, start + 100));
    if (number !== null) {
      scanner.at += number[0].length;
      return { kind: 'literal', value: Number(number[0]), span: { start, end: scanner.at } };
    }
    const word = scanner.word();
    if (word === undefined) {
      scanner.fault(start, start + 1, 'A value is missing here.');
      return this.#missing();
    }
    return this.#named(word);
  }

  #named({ text, span }: { readonly text: string; readonly span: Span }): Expression {
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', span };
    if (text === 'null') return { kind: 'literal', value: null, span };
    if (this.#scanner.char !== '(')
      return { kind: 'reference', name: text, nameSpan: span, source: undefined, steps: [], span };
    const open = this.#scanner.at;
    const items = this.#list(')');
    const end = this.#scanner.at;
    return {
      kind: 'call',
      name: text,
      nameSpan: span,
      arguments: items,
      argumentsSpan: { start: open, end },
      span: { start: span.start, end },
    };
  }

  #parentheses(): Expression {
    const scanner = this.#scanner;
    const start = scanner.at;
    scanner.at += 1;
    const value = this.#inBrackets(() => {
      const inner = this.read();
      this.#skip();
      return inner;
    });
    this.#close(')', start);
    return { kind: 'operation', operator: '()', operands: [value], span: { start, end: scanner.at } };
  }

  #tuple(): Expression {
    const start = this.#scanner.at;
    const loop = this.#forExpression(']');
    if (loop !== undefined) return loop;
    const items = this.#list(']');
    return { kind: 'tuple', items, span: { start, end: this.#scanner.at } };
  }

  /** From the opening bracket to the closing one. */
  #list(close: string): Expression[] {
    const scanner = this.#scanner;
    const start = scanner.at;
    scanner.at += 1;
    const items: Expression[] = [];
    this.#inBrackets(() => {
      for (;;) {
        this.#skip();
        if (scanner.done || scanner.char === close || this.#nextBegins()) return;
        const before = scanner.at;
        items.push(this.read());
        this.#skip();
        if (scanner.take('...')) this.#skip();
        if (scanner.take(',')) continue;
        if (scanner.char === close || this.#nextBegins()) return;
        if (this.#isLost(before)) return;
        scanner.fault(scanner.at, scanner.at + 1, 'A comma is missing between two values.');
      }
    });
    this.#close(close, start);
    return items;
  }

  #object(): Expression {
    const scanner = this.#scanner;
    const start = scanner.at;
    const loop = this.#forExpression('}');
    if (loop !== undefined) return loop;
    scanner.at += 1;
    const entries: ObjectEntry[] = [];
    this.#inBrackets(() => {
      for (;;) {
        this.#skip();
        if (scanner.take(',')) continue;
        if (scanner.done || scanner.char === '}' || beginsBlock(scanner)) return;
        const before = scanner.at;
        const entry = this.#entry();
        if (entry !== undefined) entries.push(entry);
        else if (this.#isLost(before)) return;
      }
    });
    this.#close('}', start);
    return { kind: 'object', entries, span: { start, end: scanner.at } };
  }

  /** An entry ends with a comma or with its line. */
  #entry(): ObjectEntry | undefined {
    const scanner = this.#scanner;
    const key = this.read();
    scanner.skip(false);
    if (!scanner.startsWith('==') && (scanner.take('=') || scanner.take(':'))) {
      const open = this.#brackets;
      this.#brackets = 0;
      const value = this.read();
      this.#brackets = open;
      return { key, value, span: { start: key.span.start, end: Math.max(key.span.end, value.span.end) } };
    }
    if (key.kind === 'missing') return undefined;
    scanner.fault(key.span.start, key.span.end, 'A value is missing: an entry is `key = value`.');
    return { key, value: this.#missing(), span: key.span };
  }

  #forExpression(close: string): Expression | undefined {
    const scanner = this.#scanner;
    const start = scanner.at;
    if (!/^[[{]\s*for\s/.test(scanner.text.slice(start, start + 200))) return undefined;
    scanner.at += 1;
    const result = this.#inBrackets(() => {
      this.#skip();
      scanner.word();
      const names: Label[] = [];
      for (let name = this.#loopName(); name !== undefined && name.text !== 'in'; name = this.#loopName())
        names.push(name);
      const source = this.read();
      this.#skip();
      if (!scanner.take(':')) scanner.fault(scanner.at, scanner.at + 1, '`:` is missing after what `for` goes over.');
      return { names, source, parts: this.#forParts() };
    });
    this.#close(close, start);
    return { kind: 'for', ...result, span: { start, end: scanner.at } };
  }

  #loopName(): Label | undefined {
    this.#skip();
    this.#scanner.take(',');
    this.#skip();
    return this.#scanner.word();
  }

  #forParts(): Expression[] {
    const scanner = this.#scanner;
    const parts = [this.read()];
    this.#skip();
    if (scanner.take('=>')) parts.push(this.read());
    this.#skip();
    if (scanner.take('...')) this.#skip();
    if (/^if\b/.test(scanner.text.slice(scanner.at, scanner.at + 3))) {
      scanner.at += 2;
      parts.push(this.read());
      this.#skip();
    }
    return parts;
  }

  /** `.key`, `[index]`, `[*]`, `.*`. */
  #steps(source: Expression): Expression {
    const scanner = this.#scanner;
    const steps: ReferenceStep[] = [];
    for (;;) {
      const start = scanner.at;
      if (scanner.char === '.' && !scanner.startsWith('...')) {
        scanner.at += 1;
        if (scanner.take('*')) steps.push({ kind: 'splat', span: { start, end: scanner.at } });
        else steps.push(this.#key(start));
      } else if (scanner.char === '[' && source.kind !== 'missing') {
        scanner.at += 1;
        if (scanner.take('*]')) {
          steps.push({ kind: 'splat', span: { start, end: scanner.at } });
          continue;
        }
        const value = this.#inBrackets(() => {
          const inner = this.read();
          this.#skip();
          return inner;
        });
        this.#close(']', start);
        steps.push({ kind: 'index', value, span: { start, end: scanner.at } });
      } else break;
    }
    if (steps.length === 0) return source;
    const span = { start: source.span.start, end: scanner.at };
    if (source.kind === 'reference') return { ...source, steps: [...source.steps, ...steps], span };
    return { kind: 'reference', name: undefined, nameSpan: source.span, source, steps, span };
  }

  #key(start: number): ReferenceStep {
    const scanner = this.#scanner;
    const number = /^[0-9]+/.exec(scanner.text.slice(scanner.at, scanner.at + 20))?.[0];
    if (number !== undefined) {
      scanner.at += number.length;
      return { kind: 'key', name: number, span: { start: start + 1, end: scanner.at } };
    }
    const word = scanner.word();
    if (word === undefined) scanner.fault(start, start + 1, 'A name is missing after the dot.');
    return { kind: 'key', name: word?.text ?? '', span: word?.span ?? { start: scanner.at, end: scanner.at } };
  }

  #close(close: string, start: number): void {
    const scanner = this.#scanner;
    scanner.skip(true);
    if (!scanner.take(close))
      scanner.fault(start, start + 1, `\`${close}\` is missing: what begins here is never closed.`);
  }

  /** Whether the next attribute or block begins here: the bracket was never closed. */
  #nextBegins(): boolean {
    const { text, at } = this.#scanner;
    return (
      beginsBlock(this.#scanner) ||
      (isFirstInLine(this.#scanner) && /^[\w-]+[ \t]*=(?![=>])/.test(text.slice(at, at + 200)))
    );
  }

  /** Whether reading did not move on; the line is given up then. */
  #isLost(before: number): boolean {
    const scanner = this.#scanner;
    if (scanner.at > before) return false;
    scanner.toLineEnd();
    return true;
  }
}

/** Whether a block begins at the beginning of this line, where nothing that is inside of another block stands. */
export function beginsBlock({ text, at }: Scanner): boolean {
  if (at > 0 && text.charAt(at - 1) !== '\n') return false;
  return /^(?:target|group|variable|function)[ \t]+"[^"\n]*"[ \t]*\{/.test(text.slice(at, at + 300));
}

export function isFirstInLine({ text, at }: Scanner): boolean {
  // What is further in stands behind something.
  const before = text.slice(Math.max(0, at - 200), at);
  const newline = before.lastIndexOf('\n');
  return (newline >= 0 || at <= 200) && before.slice(newline + 1).trim() === '';
}

function operation(operator: string, operands: readonly Expression[]): Expression {
  const start = operands[0]?.span.start ?? 0;
  return { kind: 'operation', operator, operands, span: { start, end: operands.at(-1)?.span.end ?? start } };
}
