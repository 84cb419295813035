// Variables behind `$` and `${`, with their values, and operators behind a name.

import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver';
import { definitionsAt } from '../../../../runtime/src/spec/dockerfile/scope.ts';
import type { Definition } from '../../../../runtime/src/spec/dockerfile/model.ts';
import type { TypedWord } from '../cursor.ts';
import { environmentOf } from '../environment.ts';
import { itemOf, type Asked } from './item.ts';

const operators: readonly (readonly [string, string])[] = [
  [':-', 'default where it is unset or empty'],
  [':+', 'this where it is set and not empty'],
  [':?', 'the build fails with this message where it is unset or empty'],
  ['-', 'default where it is unset'],
  ['+', 'this where it is set'],
  ['#', 'without the shortest match at the beginning'],
  ['##', 'without the longest match at the beginning'],
  ['%', 'without the shortest match at the end'],
  ['%%', 'without the longest match at the end'],
  ['/', 'first match replaced: /pattern/with'],
  ['//', 'all matches replaced: //pattern/with'],
];

/** @returns undefined where no variable is being typed before the cursor */
export function variableCompletions(asked: Asked, item: number, before: TypedWord): CompletionItem[] | undefined {
  const match = /(\\*)\$(\{?)([A-Za-z_][A-Za-z0-9_]*)?$/.exec(before.text);
  if (match === null || (match[1] ?? '').length % 2 === 1) return operatorCompletions(asked, before);
  const [, , brace = '', name = ''] = match;
  const { end } = before.span;
  const typed: TypedWord = { span: { start: end - name.length, end }, text: name };
  const closed = asked.view.document.text[end] === '}';
  const definitions = [...definitionsAt(asked.view.model, item, environmentOf(asked.context)).values()];
  // Half typed, `ENV =x` defines a name that nobody can choose.
  const named = definitions.filter((definition) => definition.name !== '');
  return named.map((definition) =>
    itemOf(asked, typed, {
      label: definition.name,
      kind: CompletionItemKind.Variable,
      detail: describe(definition),
      text: whence(definition),
      insert: brace === '{' && !closed ? `${definition.name}}` : definition.name,
      filter: definition.name,
      rank: { arg: 0, env: 0, base: 2, predefined: 3 }[definition.kind],
    }),
  );
}

function operatorCompletions(asked: Asked, before: TypedWord): CompletionItem[] | undefined {
  const match = /\$\{[A-Za-z_][A-Za-z0-9_]*([:#%/+?-]{1,2})$/.exec(before.text);
  if (match === null) return undefined;
  const text = match[1] ?? '';
  const typed: TypedWord = { span: { start: before.span.end - text.length, end: before.span.end }, text };
  return operators
    .filter(([operator]) => operator.startsWith(text))
    .map(([label, detail]) => itemOf(asked, typed, { label, kind: CompletionItemKind.Operator, detail }));
}

export function describe({ value }: Definition): string | undefined {
  if (value === undefined) return undefined;
  return value === '' ? 'empty' : value.length > 80 ? `${value.slice(0, 80)}…` : value;
}

/** Where a variable comes from, in words. */
export function whence({ kind, global }: Definition): string {
  if (global !== undefined) return 'a global `ARG`, declared again in this stage';
  return {
    arg: '`ARG`: the build may set it',
    env: '`ENV`',
    predefined: 'set by the builder',
    base: '`ENV` of the base image',
  }[kind];
}
