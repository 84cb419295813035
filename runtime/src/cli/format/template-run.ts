// Executes a template tree over plain data: objects of the API's JSON, or the rows of a list. What a field means when it is
// missing is the data's affair (`FieldReader`).

import { parseTemplate, TemplateError } from './template-parse.ts';
import type { CommandNode, Expression, Node, Pipe } from './template-parse.ts';

export type TemplateFunction = (...args: readonly unknown[]) => unknown;

/** Reads a field of a value. @throws Error whose message ends Go's sentence, e.g. `map has no entry for key "X"` */
export type FieldReader = (value: unknown, name: string) => unknown;

export interface Template {
  /** @throws TemplateError */
  execute(data: unknown): string;
}

export interface TemplateOptions {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly field: FieldReader;
  readonly print: (value: unknown) => string;
}

/**
 * @throws TemplateError when `source` is no template, or names a function that does not exist
 */
export function compileTemplate(source: string, options: TemplateOptions): Template {
  const nodes = parseTemplate(source);
  checkFunctions(nodes, options.functions);
  return {
    execute(data) {
      const run = new Run(options, data);
      run.nodes(nodes, data);
      return run.out;
    },
  };
}

function checkFunctions(nodes: readonly Node[], functions: ReadonlyMap<string, TemplateFunction>): void {
  const expression = (value: Expression): void => {
    if (value.kind === 'function' && value.name !== 'and' && value.name !== 'or' && !functions.has(value.name)) {
      throw new TemplateError(`template: :1: function ${JSON.stringify(value.name)} not defined`);
    }
    if (value.kind === 'field') expression(value.of);
    if (value.kind === 'pipe') pipe(value.pipe);
  };
  const pipe = (value: Pipe): void => value.commands.forEach((operands) => operands.forEach(expression));
  for (const node of nodes) {
    if ('pipe' in node) pipe(node.pipe);
    if ('body' in node) {
      checkFunctions(node.body, functions);
      checkFunctions(node.otherwise, functions);
    }
  }
}

/** Go's truth: empty values are false. */
export function truth(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return (
    typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype || Object.keys(value).length > 0
  );
}

class LoopControl {
  readonly kind: 'break' | 'continue';

  constructor(kind: 'break' | 'continue') {
    this.kind = kind;
  }
}

class Run {
  out = '';
  readonly #options: TemplateOptions;
  /** Innermost scope last. */
  readonly #variables: { name: string; value: unknown }[];

  constructor(options: TemplateOptions, data: unknown) {
    this.#options = options;
    this.#variables = [{ name: '$', value: data }];
  }

  nodes(nodes: readonly Node[], dot: unknown): void {
    const depth = this.#variables.length;
    for (const node of nodes) this.#node(node, dot);
    this.#variables.length = depth;
  }

  #node(node: Node, dot: unknown): void {
    switch (node.kind) {
      case 'text':
        this.out += node.text;
        return;
      case 'print': {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.declares.length === 0) this.out += this.#options.print(value);
        return;
      }
      case 'break':
      case 'continue':
        throw new LoopControl(node.kind);
      case 'if':
      case 'with':
      case 'range': {
        const depth = this.#variables.length;
        if (node.kind === 'range') this.#range(node, dot);
        else {
          const value = this.#pipe(node.pipe, dot);
          if (truth(value)) this.nodes(node.body, node.kind === 'with' ? value : dot);
          else this.nodes(node.otherwise, dot);
        }
        this.#variables.length = depth;
        return;
      }
    }
  }

  #range(node: { readonly pipe: Pipe; readonly body: Node[]; readonly otherwise: Node[] }, dot: unknown): void {
    const value = this.#pipe({ ...node.pipe, declares: [] }, dot);
    const entries = rangeEntries(value);
    if (entries.length === 0) {
      this.nodes(node.otherwise, dot);
      return;
    }
    const names = node.pipe.declares;
    for (const [key, item] of entries) {
      const depth = this.#variables.length;
      if (names.length === 2) this.#variables.push({ name: names[0] ?? '', value: key });
      if (names.length > 0) this.#variables.push({ name: names.at(-1) ?? '', value: item });
      try {
        this.nodes(node.body, item);
      } catch (control) {
        if (!(control instanceof LoopControl)) throw control;
        if (control.kind === 'break') break;
      } finally {
        this.#variables.length = depth;
      }
    }
  }

  #pipe(pipe: Pipe, dot: unknown): unknown {
    let value: unknown;
    pipe.commands.forEach((operands, index) => {
      value = this.#command(operands, dot, index === 0 ? [] : [value]);
    });
    for (const name of pipe.declares) {
      if (!pipe.assigns) this.#variables.push({ name, value });
      else {
        const variable = this.#variables.findLast((one) => one.name === name);
        if (variable === undefined) throw new TemplateError(`template: :1: undefined variable ${JSON.stringify(name)}`);
        variable.value = value;
      }
    }
    return value;
  }

  #command(operands: CommandNode, dot: unknown, piped: readonly unknown[]): unknown {
    const [first, ...others] = operands;
    if (first === undefined) return undefined;
    if (first.kind === 'function') return this.#call(first.name, others, dot, piped);
    const value = this.#value(first, dot, false);
    const args = [...others.map((operand) => this.#value(operand, dot)), ...piped];
    if (typeof value === 'function') return (value as TemplateFunction)(...args);
    if (args.length > 0) {
      const text = first.kind === 'field' ? first.text : 'value';
      throw new TemplateError(
        first.kind === 'field'
          ? `template: :1:2: executing "" at <${text}>: ${lastName(text)} has arguments but cannot be invoked as function`
          : `template: :1:2: executing "" at <${text}>: can't give argument to non-function`,
      );
    }
    return value;
  }

  #call(name: string, operands: readonly Expression[], dot: unknown, piped: readonly unknown[]): unknown {
    if (name === 'and' || name === 'or') {
      // Short-circuit: later arguments may only make sense when the first holds.
      let last: unknown = piped[0];
      for (const operand of operands) {
        last = this.#value(operand, dot);
        if (truth(last) === (name === 'or')) return last;
      }
      return piped.length > 0 ? piped[0] : last;
    }
    const call = this.#options.functions.get(name);
    if (call === undefined) throw new TemplateError(`template: :1: function ${JSON.stringify(name)} not defined`);
    const args = [...operands.map((operand) => this.#value(operand, dot)), ...piped];
    try {
      return call(...args);
    } catch (error) {
      if (error instanceof TemplateError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new TemplateError(`template: :1:2: executing "" at <${name}>: error calling ${name}: ${why}`, {
        cause: error,
      });
    }
  }

  #value(expression: Expression, dot: unknown, call = true): unknown {
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'dot':
        return dot;
      case 'pipe':
        return this.#pipe(expression.pipe, dot);
      case 'function':
        return this.#call(expression.name, [], dot, []);
      case 'variable': {
        const variable = this.#variables.findLast((one) => one.name === expression.name);
        if (variable === undefined) {
          throw new TemplateError(`template: :1: undefined variable ${JSON.stringify(expression.name)}`);
        }
        return variable.value;
      }
      case 'field': {
        const of = this.#value(expression.of, dot);
        let value: unknown;
        try {
          value = this.#options.field(of, expression.name);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          throw new TemplateError(`template: :1:2: executing "" at <${expression.text}>: ${why}`, { cause: error });
        }
        return call && typeof value === 'function' ? (value as TemplateFunction)() : value;
      }
    }
  }
}

function lastName(text: string): string {
  return text.slice(text.lastIndexOf('.') + 1);
}

function rangeEntries(value: unknown): [unknown, unknown][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value === 'object') {
    return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }
  if (typeof value === 'number') return Array.from({ length: value }, (_, index) => [index, index]);
  throw new TemplateError(`template: :1:2: executing "" at <range>: range can't iterate over ${JSON.stringify(value)}`);
}
