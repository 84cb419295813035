// Go's template language, the part that people use with --format: text and actions into a tree. `template-run.ts` executes it.

import { splitActions, TemplateError } from './template-lex.ts';
import type { Action } from './template-lex.ts';

export { TemplateError } from './template-lex.ts';

export type Expression =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'field'; readonly of: Expression; readonly name: string; readonly text: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe };

/** One command of a pipeline: a function or value, and its arguments. */
export type CommandNode = readonly Expression[];

export interface Pipe {
  readonly declares: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly CommandNode[];
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipe: Pipe }
  | { readonly kind: 'if' | 'with' | 'range'; readonly pipe: Pipe; readonly body: Node[]; readonly otherwise: Node[] }
  | { readonly kind: 'break' | 'continue' };

/** @throws TemplateError */
export function parseTemplate(source: string): Node[] {
  const parts = splitActions(source);
  const parser = new TreeParser(parts);
  return parser.parse();
}

class TreeParser {
  readonly #parts: readonly (string | Action)[];
  #at = 0;

  constructor(parts: readonly (string | Action)[]) {
    this.#parts = parts;
  }

  parse(): Node[] {
    const { nodes, end } = this.#list();
    if (end !== undefined) throw new TemplateError(`template: :${end.line}: unexpected {{${end.tokens[0] ?? ''}}}`);
    return nodes;
  }

  /** Nodes up to `end`, `else` or the end of the text. */
  #list(): { nodes: Node[]; end: Action | undefined } {
    const nodes: Node[] = [];
    for (let part = this.#parts[this.#at]; part !== undefined; part = this.#parts[this.#at]) {
      this.#at += 1;
      if (typeof part === 'string') {
        nodes.push({ kind: 'text', text: part });
        continue;
      }
      const word = part.tokens[0];
      if (word === 'end' || word === 'else') return { nodes, end: part };
      if (word === 'if' || word === 'range' || word === 'with') nodes.push(this.#control(word, part));
      else if (word === 'break' || word === 'continue') nodes.push({ kind: word });
      else if (word === 'define' || word === 'template' || word === 'block') {
        throw new TemplateError(`template: :${part.line}: {{${word}}} is not supported`);
      } else nodes.push({ kind: 'print', pipe: parsePipe(part.tokens, part.line) });
    }
    return { nodes, end: undefined };
  }

  #control(kind: 'if' | 'range' | 'with', action: Action): Node {
    const pipe = parsePipe(action.tokens.slice(1), action.line);
    const { nodes: body, end } = this.#list();
    return { kind, pipe, body, otherwise: this.#otherwise(end, action.line) };
  }

  #otherwise(end: Action | undefined, line: number): Node[] {
    if (end === undefined) throw new TemplateError(`template: :${line}: unexpected EOF`);
    if (end.tokens[0] === 'end') return [];
    const chained = end.tokens.filter((token) => token !== ' ')[1];
    if (chained === 'if' || chained === 'with') {
      const at = end.tokens.indexOf(chained);
      return [this.#control(chained, { tokens: end.tokens.slice(at), line: end.line })];
    }
    const { nodes, end: last } = this.#list();
    if (last?.tokens[0] !== 'end') throw new TemplateError(`template: :${line}: unexpected EOF`);
    return nodes;
  }
}

function parsePipe(tokens: readonly string[], line: number): Pipe {
  const parser = new PipeParser(tokens, line);
  const pipe = parser.pipe();
  parser.expectEnd();
  return pipe;
}

class PipeParser {
  readonly #tokens: readonly string[];
  readonly #line: number;
  #at = 0;

  constructor(tokens: readonly string[], line: number) {
    this.#tokens = tokens;
    this.#line = line;
  }

  expectEnd(): void {
    this.#space();
    if (this.#at < this.#tokens.length) throw this.#unexpected();
  }

  pipe(): Pipe {
    const { declares, assigns } = this.#declarations();
    const commands: CommandNode[] = [];
    for (;;) {
      const operands: Expression[] = [];
      for (this.#space(); !this.#endsCommand(); this.#space()) operands.push(this.#operand());
      if (operands.length === 0) throw new TemplateError(`template: :${this.#line}: missing value for command`);
      commands.push(operands);
      if (this.#tokens[this.#at] !== '|') return { declares, assigns, commands };
      this.#at += 1;
    }
  }

  #declarations(): { declares: string[]; assigns: boolean } {
    const words = this.#tokens.map((token, index) => ({ token, index })).filter((word) => word.token !== ' ');
    const sign = words.findIndex((word) => word.token === ':=' || word.token === '=');
    if (sign < 0) return { declares: [], assigns: false };
    const names = words.slice(0, sign).filter((word) => word.token !== ',');
    if (names.length === 0 || !names.every((word) => /^\$[A-Za-z_\u0080-\uffff]/.test(word.token)))
      throw this.#unexpected();
    this.#at = (words[sign]?.index ?? 0) + 1;
    return { declares: names.map((word) => word.token), assigns: words[sign]?.token === '=' };
  }

  #endsCommand(): boolean {
    const token = this.#tokens[this.#at];
    return token === undefined || token === '|' || token.startsWith(')');
  }

  #operand(): Expression {
    const token = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    if (token === '(') {
      const pipe = this.pipe();
      if (this.#tokens[this.#at] !== ')') throw new TemplateError(`template: :${this.#line}: unclosed left paren`);
      this.#at += 1;
      const fields = this.#tokens[this.#at];
      const value: Expression = { kind: 'pipe', pipe };
      if (fields === undefined || !fields.startsWith(').')) return value;
      this.#at += 1;
      return fieldsOf(value, fields.slice(2), fields.slice(1));
    }
    if (/^["`']/.test(token)) return { kind: 'literal', value: stringValue(token, this.#line) };
    if (/^[+-]?\d/.test(token)) return { kind: 'literal', value: Number(token) };
    if (token === '.') return { kind: 'dot' };
    if (token.startsWith('.')) return fieldsOf({ kind: 'dot' }, token.slice(1), token);
    if (token.startsWith('$')) {
      const [name = '$', ...fields] = token.split('.');
      return fieldsOf({ kind: 'variable', name }, fields.join('.'), token);
    }
    if (token === 'true' || token === 'false') return { kind: 'literal', value: token === 'true' };
    if (token === 'nil') return { kind: 'literal', value: null };
    if (/^[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*$/.test(token)) return { kind: 'function', name: token };
    this.#at -= 1;
    throw this.#unexpected();
  }

  #space(): void {
    while (this.#tokens[this.#at] === ' ') this.#at += 1;
  }

  #unexpected(): TemplateError {
    return new TemplateError(
      `template: :${this.#line}: unexpected ${JSON.stringify(this.#tokens[this.#at])} in operand`,
    );
  }
}

function fieldsOf(value: Expression, path: string, text: string): Expression {
  if (path === '') return value;
  return path.split('.').reduce<Expression>((of, name) => ({ kind: 'field', of, name, text }), value);
}

function stringValue(token: string, line: number): unknown {
  if (token.startsWith('`')) return token.slice(1, -1);
  const quote = token.slice(0, 1);
  try {
    const inner = token
      .slice(1, -1)
      .replaceAll("\\'", "'")
      .replaceAll(/\\x([\da-fA-F]{2})/g, '\\u00$1');
    const text = JSON.parse(`"${quote === "'" ? inner.replaceAll('"', '\\"') : inner}"`) as string;
    return quote === "'" ? (text.codePointAt(0) ?? 0) : text;
  } catch (error) {
    throw new TemplateError(`template: :${line}: invalid syntax`, { cause: error });
  }
}
