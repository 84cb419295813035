// Semantic tokens: the parts of each instruction by what they mean, with the shell inside RUN. Computed once per instruction.

import type {
  Flag,
  Form,
  Instruction,
  Item,
  JsonForm,
  Pair,
  Piece,
  Span,
  Variable,
  Word,
} from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Token, TokenModifier, TokenType } from '../language/tokens.ts';
import type { ShellToken } from '../shell/tree.ts';
import { at, flatten } from './flatten.ts';
import { itemAt, mostItemsTold } from './items.ts';
import { heredocVariables, scriptsOf, scriptStarts } from './scripts.ts';
import { shellAt, type ShellKind, windowsVariables } from './shells.ts';
import type { DockerfileView } from './view.ts';

export function tokens(view: DockerfileView, span?: Span): Token[] {
  const { items, starts } = view.file;
  const found: Token[] = [];
  const last = span === undefined ? Math.min(items.length, mostItemsTold) - 1 : itemAt(view.file, span.end);
  for (let index = span === undefined ? 0 : itemAt(view.file, span.start); index <= last; index++) {
    const item = items[index];
    if (item === undefined) continue;
    const base = starts[index] ?? 0;
    for (const each of tokensOf(item, shellAt(view.model, index)))
      found.push(at(each, base + each.start, base + each.end));
  }
  return found;
}

const cache = new WeakMap<Item, { readonly kind: ShellKind; readonly tokens: readonly Token[] }>();

function tokensOf(item: Item, kind: ShellKind): readonly Token[] {
  const known = cache.get(item);
  if (known?.kind === kind) return known.tokens;
  const read = flatten(readItem(item, kind));
  cache.set(item, { kind, tokens: read });
  return read;
}

function readItem(item: Item, kind: ShellKind): Token[] {
  switch (item.kind) {
    case 'blank':
      return [];
    case 'comment':
      return [token(item.span, 'comment')];
    case 'directive':
      return [token(item.nameSpan, 'macro'), token(item.valueSpan, 'string')];
    case 'instruction':
      return [
        ...item.comments.map((span) => token(span, 'comment')),
        ...instruction(item),
        ...(kind === 'posix' ? shell(item) : windowsVariables(item, kind).map(({ span }) => token(span, 'variable'))),
        ...heredocs(item),
      ];
  }
}

function token({ start, end }: Span, type: TokenType, ...modifiers: readonly TokenModifier[]): Token {
  return { start, end, type, ...(modifiers.length === 0 ? {} : { modifiers }) };
}

function instruction(item: Instruction): Token[] {
  const { keywordSpan, name, flags, form } = item;
  const deprecated = name === 'MAINTAINER' ? (['deprecated'] as const) : [];
  const keyword = name === undefined ? [] : [token(keywordSpan, 'keyword', ...deprecated)];
  return [...keyword, ...flags.flatMap(flag), ...arguments_(item, form)];
}

function flag({ span, nameSpan, value, fields }: Flag): Token[] {
  const name = token({ start: span.start, end: nameSpan.end }, 'parameter');
  if (value === undefined) return [name];
  const keys = (fields ?? []).flatMap(({ keySpan, valueSpan }) => [
    token(keySpan, 'property'),
    ...(valueSpan === undefined ? [] : [token(valueSpan, 'string')]),
  ]);
  return [name, ...(fields === undefined ? word(value, 'string') : [...keys, ...variablesOf(value.pieces)])];
}

function arguments_(item: Instruction, form: Form): Token[] {
  switch (form.kind) {
    case 'from':
      return [
        ...word(form.image, 'class'),
        ...word(form.as, 'keyword'),
        ...(form.stageName === undefined ? [] : [token(form.stageName.span, 'namespace', 'declaration')]),
      ];
    case 'pairs':
      return form.pairs.flatMap((each) => pair(each, item.name === 'LABEL'));
    case 'command':
      return form.json?.closed === true ? json(form.json) : [];
    case 'copy':
      return form.json?.closed === true
        ? json(form.json)
        : [...form.sources, ...optional(form.destination)].flatMap((each) => word(each, 'string'));
    case 'words':
      return form.json?.closed === true ? json(form.json) : form.words.flatMap((each) => word(each, plainType(each)));
    case 'healthcheck':
      return [...word(form.type, 'keyword'), ...(form.command?.json?.closed === true ? json(form.command.json) : [])];
    case 'onbuild':
      return form.trigger === undefined ? [] : instruction(form.trigger);
    case 'unknown':
      return [];
  }
}

function optional<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function pair({ key, value }: Pair, isLabel: boolean): Token[] {
  return [isLabel ? token(key.span, 'property') : token(key.span, 'variable', 'declaration'), ...word(value, 'string')];
}

/** Ports and numeric ids. */
function plainType({ raw }: Word): TokenType {
  return /^\d+(?:[-:]\d+)?$/.test(raw) ? 'number' : 'string';
}

function json({ strings }: JsonForm): Token[] {
  return strings.flatMap(({ span, word: { pieces } }) => [token(span, 'string'), ...variablesOf(pieces)]);
}

function word(value: Word | undefined, type: TokenType): Token[] {
  return value === undefined ? [] : [token(value.span, type), ...variablesOf(value.pieces)];
}

function variablesOf(pieces: readonly Piece[]): Token[] {
  return pieces.flatMap((piece) => (piece.kind === 'variable' ? variable(piece) : []));
}

/** Inside a variable's span its operator and the words behind it stand out. */
function variable({ span, modifier }: Variable): Token[] {
  if (modifier === undefined) return [token(span, 'variable')];
  const { operatorSpan, word: first, replacement } = modifier;
  return [
    token(span, 'variable'),
    token(operatorSpan, 'operator'),
    ...word(first, 'string'),
    ...word(replacement, 'string'),
  ];
}

function shell(item: Instruction): Token[] {
  return scriptsOf(item).flatMap((script) => script.tokens.flatMap(shellToken));
}

const shellTypes: Readonly<Record<ShellToken['type'], TokenType | undefined>> = {
  command: 'function',
  keyword: 'keyword',
  operator: 'operator',
  option: 'parameter',
  string: 'string',
  variable: 'variable',
  number: 'number',
  comment: 'comment',
  word: undefined,
  assignment: 'variable',
};

function shellToken({ span, type }: ShellToken): Token[] {
  const shown = shellTypes[type];
  return shown === undefined ? [] : [token(span, shown)];
}

/** The delimiters; a body that no shell reads is a string with variables. */
function heredocs(item: Instruction): Token[] {
  const scripted = item.heredocs.length === 0 ? [] : scriptStarts(item);
  const found = item.heredocs.flatMap((heredoc) => {
    const { span, delimiterSpan, endSpan, bodySpan, variables } = heredoc;
    const opening = token({ start: span.start, end: delimiterSpan.start }, 'operator');
    const delimiters = [delimiterSpan, ...optional(endSpan)].map((each) => token(each, 'label'));
    const isScript = scripted.some((start) => start >= bodySpan.start && start < bodySpan.end);
    const body = isScript ? [] : [token(bodySpan, 'string'), ...variables.flatMap(variable)];
    return [opening, ...delimiters, ...body];
  });
  return [...found, ...heredocVariables(item).map(({ span }) => token(span, 'variable'))];
}
