// Lists as docker prints them: `table`, `table TEMPLATE`, `json` or a template, from one description of the columns.

import { headerFunctions, jsonForm, goPrint, templateFunctions } from './template-functions.ts';
import { TemplateError } from './template-parse.ts';
import { compileTemplate } from './template-run.ts';
import { layOut } from '../../text/table.ts';

export interface Column<R> {
  readonly header: string;
  /** A string, or anything that JSON can hold. */
  value(row: R): unknown;
}

export interface ListSpec<R> {
  /** Go's name of the row's type, for its error messages. */
  readonly type: string;
  readonly columns: Readonly<Record<string, Column<R>>>;
  /** Columns that take arguments, e.g. `.Label "key"`; in no JSON. */
  readonly methods?: Readonly<Record<string, (row: R, argument: string) => unknown>>;
}

export interface ListOptions {
  /** What `--format` says, empty for the default. */
  readonly format: string;
  /** The default: a template with tabs, without the word `table`. */
  readonly table: string;
}

/**
 * The whole text, newline after every row.
 * @throws TemplateError in docker's words
 */
export function formatList<R>(spec: ListSpec<R>, rows: readonly R[], options: ListOptions): string {
  const asked = options.format === '' ? 'table' : options.format;
  const isTable = asked === 'table' || asked.startsWith('table ');
  const source = asked === 'table' ? options.table : isTable ? asked.slice('table '.length) : asked;
  const template = asked === 'json' ? '{{json .}}' : unescape(source.trim());
  const lines = executeRows(spec, rows, template);
  if (!isTable) return lines.map((line) => `${line}\n`).join('');
  return layOut([headerRow(spec, template), ...lines].flatMap((line) => line.split('\n')));
}

/** `\t` and `\n` typed in a shell's quotes. */
function unescape(template: string): string {
  return template.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}

function executeRows<R>(spec: ListSpec<R>, rows: readonly R[], source: string): string[] {
  let template;
  try {
    template = compileTemplate(source, {
      functions: templateFunctions,
      print: goPrint,
      field: (value, name) => rowField(spec, value, name),
    });
  } catch (error) {
    throw new TemplateError(`failed to parse template: ${messageOf(error)}`, { cause: error });
  }
  try {
    return rows.map((row) => template.execute(new Row(spec, row)));
  } catch (error) {
    throw new TemplateError(`failed to execute template: ${messageOf(error)}`, { cause: error });
  }
}

function headerRow<R>(spec: ListSpec<R>, source: string): string {
  return compileTemplate(source, {
    functions: headerFunctions,
    print: goPrint,
    field: (_value, name) => {
      if (Object.hasOwn(spec.columns, name)) return spec.columns[name]?.header;
      if (spec.methods !== undefined && Object.hasOwn(spec.methods, name)) return (argument: unknown) => argument;
      return undefined;
    },
  }).execute({});
}

/** One row on its way through a template; its JSON is made only when the template asks. */
class Row<R> {
  readonly row: R;
  readonly #spec: ListSpec<R>;

  constructor(spec: ListSpec<R>, row: R) {
    this.#spec = spec;
    this.row = row;
  }

  get [jsonForm](): Readonly<Record<string, unknown>> {
    return rowValues(this.#spec, this.row);
  }
}

/** All columns of a row, by name, in order. */
export function rowValues<R>(spec: ListSpec<R>, row: R): Readonly<Record<string, unknown>> {
  const names = Object.keys(spec.columns).sort();
  return Object.fromEntries(names.map((name) => [name, spec.columns[name]?.value(row)]));
}

function rowField<R>(spec: ListSpec<R>, value: unknown, name: string): unknown {
  if (value instanceof Row) {
    const { row } = value as Row<R>;
    if (Object.hasOwn(spec.columns, name)) return spec.columns[name]?.value(row);
    const method = spec.methods !== undefined && Object.hasOwn(spec.methods, name) ? spec.methods[name] : undefined;
    if (method !== undefined) return (argument: unknown) => method(row, goPrint(argument));
    throw new Error(`can't evaluate field ${name} in type *formatter.${spec.type}`);
  }
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, name)) {
    return (value as Record<string, unknown>)[name];
  }
  throw new Error(`can't evaluate field ${name} in type ${value === null ? 'interface {}' : typeof value}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
