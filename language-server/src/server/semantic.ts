// Semantic tokens as LSP encodes them: five numbers a token, relative to the one before, and what changed since the last answer.

import type { SemanticTokens, SemanticTokensDelta } from 'vscode-languageserver';
import type { Document } from '../language/document.ts';
import { type Token, tokenModifiers, tokenTypes } from '../language/tokens.ts';
import { unitsOf } from '../language/units.ts';

export const legend = { tokenTypes: [...tokenTypes], tokenModifiers: [...tokenModifiers] };

const typeIndex = new Map<string, number>(tokenTypes.map((type, index) => [type, index]));
const modifierBit = new Map<string, number>(tokenModifiers.map((modifier, index) => [modifier, 1 << index]));

/** @param tokens in order; one that goes over lines is cut at each of them, as most clients ask */
export function encodeTokens(document: Document, tokens: Iterable<Token>): number[] {
  const { text, lineStarts, encoding } = document;
  const data: number[] = [];
  let line = 0;
  let lastLine = 0;
  let lastCharacter = 0;
  for (const token of tokens) {
    const type = typeIndex.get(token.type) ?? 0;
    const modifiers = token.modifiers === undefined ? 0 : bitsOf(token.modifiers);
    for (let at = token.start; at < token.end;) {
      while ((lineStarts[line + 1] ?? Infinity) <= at) line++;
      const lineStart = lineStarts[line] ?? 0;
      const end = Math.min(token.end, document.lineEnd(line));
      if (end > at) {
        const character = unitsOf(text, lineStart, at, encoding);
        data.push(
          line - lastLine,
          line === lastLine ? character - lastCharacter : character,
          unitsOf(text, at, end, encoding),
          type,
          modifiers,
        );
        lastLine = line;
        lastCharacter = character;
      }
      at = Math.max(end, lineStarts[line + 1] ?? Infinity);
    }
  }
  return data;
}

function bitsOf(modifiers: NonNullable<Token['modifiers']>): number {
  return modifiers.reduce((bits, modifier) => bits | (modifierBit.get(modifier) ?? 0), 0);
}

/** Remembers what each document's client has, to send differences. */
export class TokenResults {
  readonly #last = new Map<string, { readonly id: string; readonly data: readonly number[] }>();
  #count = 0;

  full(uri: string, data: number[]): SemanticTokens {
    const id = String(++this.#count);
    this.#last.set(uri, { id, data });
    return { resultId: id, data };
  }

  /** What changed since the answer `previousId`; everything when that is not the last one. */
  delta(uri: string, previousId: string, data: number[]): SemanticTokens | SemanticTokensDelta {
    const last = this.#last.get(uri);
    const { resultId } = this.full(uri, data);
    if (last?.id !== previousId || resultId === undefined) return { resultId: resultId ?? '', data };
    return { resultId, edits: difference(last.data, data) };
  }

  forget(uri: string): void {
    this.#last.delete(uri);
  }
}

function difference(before: readonly number[], after: readonly number[]): SemanticTokensDelta['edits'] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  if (start === before.length && start === after.length) return [];
  return [{ start, deleteCount: before.length - tail - start, data: after.slice(start, after.length - tail) }];
}
