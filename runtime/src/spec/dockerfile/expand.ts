// The value of a word once its variables are filled in, with every modifier, as BuildKit computes it.

import { isSpace } from './characters.ts';
import { parsePattern, patternFault, replacePattern, trimPrefix, trimSuffix, type Pattern } from './glob.ts';
import type { Fault, Modifier, Piece, Variable, Word } from './tree.ts';

/** The answer of a lookup where a variable may be set, but nobody can say to what. */
export const unknownValue = Symbol('unknown');

/** A variable's value; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined | typeof unknownValue;

export interface Expanded {
  /** Undefined where there is a fault, or where it depends on what nobody knows. */
  readonly value: string | undefined;
  readonly fault: Fault | undefined;
}

/** Values beyond this are not computed: each line of a file may double one. */
const maxLength = 65_536;

/** The value of a word in which white space counts, such as that of ENV. */
export function expandWord(word: Word, lookup: Lookup): Expanded {
  const only = word.pieces.length === 1 ? word.pieces[0] : undefined;
  if (only?.kind === 'text') return { value: only.value, fault: undefined };
  const result = expandPieces(word.pieces, lookup);
  if (typeof result === 'string') return { value: result, fault: undefined };
  return { value: undefined, fault: result === unknownValue ? undefined : result };
}

/** The words that one word becomes where an unquoted value is split at its white space, as in EXPOSE; undefined as a value is. */
export function expandWords(
  word: Word,
  lookup: Lookup,
): { readonly values: readonly string[] | undefined; readonly fault: Fault | undefined } {
  const values: string[] = [];
  let current = '';
  const end = () => {
    if (current !== '') values.push(current);
    current = '';
  };
  for (const piece of word.pieces) {
    const value = expandPieces([piece], lookup);
    if (value === unknownValue) return { values: undefined, fault: undefined };
    if (typeof value !== 'string') return { values: undefined, fault: value };
    if (piece.kind === 'text' || piece.quote !== 'none') {
      current += value;
      continue;
    }
    for (const char of value) {
      if (isSpace(char.charCodeAt(0))) end();
      else current += char;
    }
  }
  end();
  return { values, fault: undefined };
}

type Result = string | Fault | typeof unknownValue;

function expandPieces(pieces: readonly Piece[], lookup: Lookup): Result {
  let value = '';
  for (const piece of pieces) {
    const part = piece.kind === 'text' ? piece.value : expandVariable(piece, lookup);
    if (typeof part !== 'string') return part;
    value += part;
    if (value.length > maxLength) return unknownValue;
  }
  return value;
}

function expandVariable(variable: Variable, lookup: Lookup): Result {
  const value = lookup(variable.name);
  const { modifier } = variable;
  if (modifier === undefined) return value ?? '';
  // The builder works the modifier's word out even where it is not needed, and fails with it.
  const word = expandPieces(modifier.word.pieces, lookup);
  if (typeof word === 'object') return word;
  if (value === unknownValue) return unknownValue;
  return modify(variable, modifier, value, word, lookup);
}

function modify(
  variable: Variable,
  modifier: Modifier,
  value: string | undefined,
  word: string | typeof unknownValue,
  lookup: Lookup,
): Result {
  const { operator } = modifier;
  const isNull = value === undefined || (operator.startsWith(':') && value === '');
  switch (operator) {
    case ':-':
    case '-':
      return isNull ? word : (value ?? '');
    case ':+':
    case '+':
      return isNull ? '' : word;
    case ':?':
    case '?':
      return isNull ? required(variable, value, word) : (value ?? '');
    default:
      return word === unknownValue ? word : cut(modifier, value ?? '', word, lookup);
  }
}

function required(variable: Variable, value: string | undefined, word: string | typeof unknownValue): Fault {
  const reason =
    typeof word === 'string' && word !== '' ? word : `it may not be ${value === undefined ? 'unset' : 'empty'}`;
  return { code: 'required-variable', message: `${variable.name}: ${reason}`, span: variable.span };
}

function cut(modifier: Modifier, value: string, word: string, lookup: Lookup): Result {
  const isGreedy = modifier.operator.length === 2;
  const pattern = parsePattern(word);
  if (typeof pattern === 'string') return patternFault(pattern, modifier.word.span);
  switch (modifier.operator) {
    case '#':
    case '##':
      return trimPrefix(value, pattern, isGreedy);
    case '%':
    case '%%':
      return trimSuffix(value, pattern, isGreedy);
    default:
      return replaced(modifier, value, pattern, lookup);
  }
}

function replaced(modifier: Modifier, value: string, pattern: Pattern, lookup: Lookup): Result {
  const replacement = expandPieces(modifier.replacement?.pieces ?? [], lookup);
  if (typeof replacement !== 'string') return replacement;
  return replacePattern(value, pattern, replacement, modifier.operator === '//') ?? unknownValue;
}
