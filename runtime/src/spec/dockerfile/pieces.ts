// The inside of a word: quotes, escapes and variables with their modifiers, as BuildKit's shell lexer takes them apart. Of a
// broken word the first fault is told and the rest is read as well as it goes.

import { dollar, doubleQuote, isDigit, nameLength, singleQuote } from './characters.ts';
import { parsePattern, patternFault } from './glob.ts';
import { sourceSpan } from './logical.ts';
import type { Fault, Logical, Modifier, Piece, Quote, Span, Variable, Word } from './tree.ts';
import { quote } from './quote.ts';

/** Substitutions in substitutions that are followed; what lies deeper is plain text. */
const maxDepth = 40;
const specialNames = '@*#?-$!';
const none = 0;
const brace = 125;
const slash = 47;

/** The word from `start` to `end` of a logical text; what is wrong in it is added to `faults`. */
export function lexWord(logical: Logical, start: number, end: number, escape: string, faults: Fault[]): Word {
  const { text } = logical;
  const span = sourceSpan(logical, start, end);
  const raw = text.slice(start, end);
  if (isPlain(text, start, end, escape.charCodeAt(0))) {
    return { span, raw, pieces: raw === '' ? [] : [{ kind: 'text', span, quote: 'none', value: raw }] };
  }
  const lexer = new PieceLexer(logical, start, end, escape);
  const pieces = lexer.pieces();
  if (lexer.fault !== undefined) faults.push(lexer.fault);
  return { span, raw, pieces };
}

/** A word that the builder takes as it stands. */
export function plainWord(logical: Logical, start: number, end: number): Word {
  const span = sourceSpan(logical, start, end);
  const raw = logical.text.slice(start, end);
  return { span, raw, pieces: raw === '' ? [] : [{ kind: 'text', span, quote: 'none', value: raw }] };
}

/** The variables of a text in which quotes mean nothing, such as a heredoc's body. */
export function lexVariables(logical: Logical, faults: Fault[]): Variable[] {
  if (!logical.text.includes('$')) return [];
  const lexer = new PieceLexer(logical, 0, logical.text.length, '\\', false);
  const variables = lexer.pieces().filter((piece) => piece.kind === 'variable');
  if (lexer.fault !== undefined) faults.push(lexer.fault);
  return variables;
}

function isPlain(text: string, start: number, end: number, escape: number): boolean {
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === dollar || code === doubleQuote || code === singleQuote || code === escape) return false;
  }
  return true;
}

/** Text that is being collected until something else begins. */
interface Run {
  start: number;
  end: number;
  value: string;
}

export class PieceLexer {
  /** The first thing that is wrong. */
  fault: Fault | undefined;
  /** Where the lexer stands. */
  at: number;
  readonly #logical: Logical;
  readonly #text: string;
  readonly #end: number;
  readonly #escape: number;
  readonly #quotes: boolean;
  #depth = 0;

  constructor(logical: Logical, start: number, end: number, escape: string, quotes = true) {
    this.#logical = logical;
    this.#text = logical.text;
    this.at = start;
    this.#end = end;
    this.#escape = escape.charCodeAt(0);
    this.#quotes = quotes;
  }

  pieces(): Piece[] {
    const pieces: Piece[] = [];
    this.#until(none, false, pieces);
    return pieces;
  }

  /** Reads to the character `stop` and over it. @returns false where the text ends before it */
  #until(stop: number, raw: boolean, pieces: Piece[]): boolean {
    const run: Run = { start: this.at, end: this.at, value: '' };
    while (this.at < this.#end) {
      const code = this.#text.charCodeAt(this.at);
      if (stop !== none && code === stop) {
        this.#flush(run, 'none', pieces);
        this.at += 1;
        return true;
      }
      if (code === dollar || (this.#quotes && (code === singleQuote || code === doubleQuote))) {
        this.#special(code, run, pieces);
      } else {
        this.#plain(code, raw, run);
      }
    }
    this.#flush(run, 'none', pieces);
    return stop === none;
  }

  #special(code: number, run: Run, pieces: Piece[]): void {
    if (code === dollar) {
      this.#dollar('none', run, pieces);
      return;
    }
    this.#flush(run, 'none', pieces);
    if (code === singleQuote) this.#single(pieces);
    else this.#double(pieces);
    restart(run, this.at);
  }

  #plain(code: number, raw: boolean, run: Run): void {
    if (code !== this.#escape) {
      this.#take(run, 1);
      return;
    }
    if (raw) this.#take(run, 1);
    else this.at += 1;
    if (this.at < this.#end) this.#take(run, 1);
    else run.end = this.at;
  }

  #take(run: Run, count: number): void {
    run.value += this.#text.slice(this.at, this.at + count);
    this.at += count;
    run.end = this.at;
  }

  #flush(run: Run, quote: Quote, pieces: Piece[]): void {
    if (run.end > run.start || quote !== 'none') {
      pieces.push({ kind: 'text', span: this.#span(run.start, run.end), quote, value: run.value });
    }
    restart(run, this.at);
  }

  #single(pieces: Piece[]): void {
    const open = this.at;
    const close = this.#text.indexOf("'", open + 1);
    const end = close < 0 || close >= this.#end ? this.#end : close;
    const value = this.#text.slice(open + 1, end);
    pieces.push({ kind: 'text', span: this.#span(open + 1, end), quote: 'single', value });
    this.at = Math.min(end + 1, this.#end);
    if (end === this.#end) this.#fail('missing-single-quote', "The quote ' is not closed.", open, this.#end);
  }

  #double(pieces: Piece[]): void {
    const open = this.at;
    const before = pieces.length;
    this.at += 1;
    const run: Run = { start: this.at, end: this.at, value: '' };
    for (;;) {
      if (this.at >= this.#end) {
        this.#fail('missing-double-quote', 'The quote " is not closed.', open, this.#end);
        break;
      }
      const code = this.#text.charCodeAt(this.at);
      if (code === doubleQuote) break;
      if (code === dollar) this.#dollar('double', run, pieces);
      else this.#inDouble(code, run);
    }
    if (run.end > run.start || pieces.length === before) this.#flush(run, 'double', pieces);
    if (this.at < this.#end) this.at += 1;
  }

  #inDouble(code: number, run: Run): void {
    if (code === this.#escape) {
      const next = this.#text.charCodeAt(this.at + 1);
      if (this.at + 1 >= this.#end) {
        this.at += 1;
        run.end = this.at;
        return;
      }
      if (next === doubleQuote || next === dollar || next === this.#escape) this.at += 1;
    }
    this.#take(run, 1);
  }

  /** A dollar sign: a variable, or itself. */
  #dollar(quote: Quote, run: Run, pieces: Piece[]): void {
    const start = this.at;
    const variable = this.#depth < maxDepth ? this.variable(quote) : undefined;
    if (variable === undefined) {
      this.at = start;
      this.#take(run, 1);
      return;
    }
    const end = this.at;
    if (run.end > run.start) {
      pieces.push({ kind: 'text', span: this.#span(run.start, run.end), quote, value: run.value });
    }
    restart(run, end);
    pieces.push(variable);
  }

  /** Reads the variable whose dollar sign stands here; undefined where it is none. */
  variable(quote: Quote): Variable | undefined {
    const start = this.at;
    if (this.#text.charCodeAt(start + 1) === 123 && start + 1 < this.#end) return this.#braced(start, quote);
    const nameStart = start + 1;
    const nameEnd = this.#nameEnd(nameStart);
    if (nameEnd === nameStart) return undefined;
    this.at = nameEnd;
    return this.#variable(start, nameStart, nameEnd, quote, false, undefined);
  }

  #braced(start: number, quote: Quote): Variable {
    const nameStart = start + 2;
    const first = nameStart < this.#end ? this.#text.charCodeAt(nameStart) : none;
    if (first === 123 || first === brace || first === 58) {
      this.#skipToBrace(nameStart);
      this.#fail('bad-substitution', 'A name is missing after ${.', start, this.at);
      return this.#variable(start, nameStart, nameStart, quote, true, undefined);
    }
    const nameEnd = this.#nameEnd(nameStart);
    this.at = nameEnd;
    if (nameEnd >= this.#end) {
      this.#missingBrace(start);
      return this.#variable(start, nameStart, nameEnd, quote, true, undefined);
    }
    if (this.#text.charCodeAt(nameEnd) === brace) {
      this.at += 1;
      return this.#variable(start, nameStart, nameEnd, quote, true, undefined);
    }
    this.#depth += 1;
    const modifier = this.#modifier(start);
    this.#depth -= 1;
    return this.#variable(start, nameStart, nameEnd, quote, true, modifier);
  }

  #modifier(start: number): Modifier | undefined {
    const at = this.at;
    const first = this.#text[at] ?? '';
    const second = at + 1 < this.#end ? (this.#text[at + 1] ?? '') : '';
    if (first === '/') return this.#replacement(start, second === '/' ? '//' : '/');
    if (first === ':' && (second === '-' || second === '+' || second === '?')) {
      return this.#wordModifier(start, `:${second}`, false);
    }
    if (first === '-' || first === '+' || first === '?') return this.#wordModifier(start, first, false);
    if (first === '#') return this.#wordModifier(start, second === '#' ? '##' : '#', true);
    if (first === '%') return this.#wordModifier(start, second === '%' ? '%%' : '%', true);
    this.#unsupported(start, first === ':' ? `:${second === '}' ? '' : second}` : first);
    return undefined;
  }

  #unsupported(start: number, modifier: string): void {
    const at = this.at;
    this.#skipToBrace(at);
    if (modifier === ':' && this.#text[this.at - 1] !== '}') {
      this.#missingBrace(start);
      return;
    }
    const known = '- + ? :- :+ :? # ## % %% / //';
    const message = `${quote(modifier)} is no way to change a variable's value. There are ${known}.`;
    this.#fail('unsupported-modifier', message, at, Math.max(at + 1, Math.min(at + modifier.length, this.#end)));
  }

  #wordModifier(start: number, operator: Exclude<Modifier['operator'], '/' | '//'>, raw: boolean): Modifier {
    const at = this.at;
    this.at += operator.length;
    const { word, closed } = this.#word(brace, raw);
    if (!closed) this.#missingBrace(start);
    else if (raw) this.#checkPattern(word);
    return { operator, operatorSpan: this.#span(at, at + operator.length), word, replacement: undefined };
  }

  #replacement(start: number, operator: '/' | '//'): Modifier {
    const at = this.at;
    this.at += operator.length;
    const operatorSpan = this.#span(at, this.at);
    const pattern = this.#word(slash, true);
    if (!pattern.closed) {
      this.#fail('missing-slash', 'A / is missing between what is replaced and what comes instead.', start, this.#end);
      return { operator, operatorSpan, word: pattern.word, replacement: undefined };
    }
    const { word, closed } = this.#word(brace, true);
    if (!closed) this.#missingBrace(start);
    else this.#checkPattern(pattern.word);
    return { operator, operatorSpan, word: pattern.word, replacement: word };
  }

  /** A pattern that no variable is in can be judged now. */
  #checkPattern({ pieces, span }: Word): void {
    if (!pieces.every((piece) => piece.kind === 'text')) return;
    const reason = parsePattern(pieces.map((piece) => piece.value).join(''));
    if (typeof reason === 'string') this.fault ??= patternFault(reason, span);
  }

  #word(stop: number, raw: boolean): { word: Word; closed: boolean } {
    const start = this.at;
    const pieces: Piece[] = [];
    const closed = this.#until(stop, raw, pieces);
    const end = closed ? this.at - 1 : this.at;
    return { word: { span: this.#span(start, end), raw: this.#text.slice(start, end), pieces }, closed };
  }

  #nameEnd(start: number): number {
    if (start >= this.#end) return start;
    const first = this.#text.charCodeAt(start);
    let at = start;
    if (isDigit(first)) {
      while (at < this.#end && isDigit(this.#text.charCodeAt(at))) at += 1;
      return at;
    }
    if (specialNames.includes(this.#text[start] ?? ' ')) return start + 1;
    while (at < this.#end) {
      const length = nameLength(this.#text, at);
      if (length === 0) break;
      at += length;
    }
    return at;
  }

  #skipToBrace(from: number): void {
    const close = this.#text.indexOf('}', from);
    this.at = close < 0 || close >= this.#end ? this.#end : close + 1;
  }

  #missingBrace(start: number): void {
    this.#fail('missing-brace', 'The brace } of ${ is missing.', start, this.#end);
  }

  #fail(code: string, message: string, start: number, end: number): void {
    this.fault ??= { code, message, span: this.#span(start, end) };
  }

  #variable(
    start: number,
    nameStart: number,
    nameEnd: number,
    quote: Quote,
    braces: boolean,
    modifier: Modifier | undefined,
  ): Variable {
    return {
      kind: 'variable',
      span: this.#span(start, this.at),
      quote,
      name: this.#text.slice(nameStart, nameEnd),
      nameSpan: this.#span(nameStart, nameEnd),
      braces,
      modifier,
    };
  }

  #span(start: number, end: number): Span {
    return sourceSpan(this.#logical, start, end);
  }
}

function restart(run: Run, at: number): void {
  run.start = at;
  run.end = at;
  run.value = '';
}
