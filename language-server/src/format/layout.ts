// One instruction laid out anew: spaces between words, the indentation of continued lines, what ends a line.

import type { Instruction } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { readGap, type Gap } from './gaps.ts';
import type { Token } from './tokens.ts';

export interface Style {
  /** Columns of a continued line. */
  readonly indentSize: number;
  readonly insertSpaces: boolean;
  readonly escape: string;
  readonly newline: string;
}

/** The instruction's text with the gaps between `tokens` laid out, up to the end of its last token's line. */
export function layOut(instruction: Instruction, tokens: readonly Token[], style: Style): string {
  const { text } = instruction;
  const gaps = tokens.map((token, index) => {
    const start = tokens[index - 1]?.span.end ?? 0;
    return index === 0 ? undefined : readGap(text.slice(start, token.span.start), style.escape, style.indentSize);
  });
  const least = leastIndent(gaps.filter((gap, index) => gap !== undefined && !isJoint(gap, tokens[index])));
  let out = '';
  for (const [index, token] of tokens.entries()) {
    const previous = tokens[index - 1];
    if (previous !== undefined) {
      const written = text.slice(previous.span.end, token.span.start);
      out += space(written, gaps[index], token, least, style);
    }
    out += token.text ?? text.slice(token.span.start, token.span.end);
  }
  return out;
}

function space(written: string, gap: Gap | undefined, token: Token, least: number, style: Style): string {
  if (gap === undefined) return written;
  if (gap.lines.length === 0) {
    if (token.before === 'keep') return written;
    return token.before === 'one' ? ' ' : '';
  }
  if (isJoint(gap, token)) return written;
  const code = gap.lines.at(-1)?.indent ?? least;
  const indent = indentation(style.indentSize + Math.max(0, code - least), style);
  const lines = gap.lines.map(({ comment }) => indent + (comment ?? ''));
  return ` ${style.escape}${style.newline}${lines.join(style.newline)}`;
}

/** Whether a continued line without any white space joins what stands on both sides. */
function isJoint(gap: Gap, token: Token | undefined): boolean {
  return !gap.spaced && token?.before === 'keep';
}

/** The indentation of the continued line that has least: lines keep their distance to it. */
function leastIndent(gaps: readonly (Gap | undefined)[]): number {
  const indents = gaps.flatMap((gap) => gap?.lines.at(-1)?.indent ?? []);
  return indents.length === 0 ? 0 : Math.min(...indents);
}

function indentation(columns: number, { insertSpaces, indentSize }: Style): string {
  if (insertSpaces) return ' '.repeat(columns);
  return '\t'.repeat(Math.floor(columns / indentSize)) + ' '.repeat(columns % indentSize);
}
