// An instruction as a row of tokens that are kept as they are, and gaps between them that may be laid out anew.

import type { CommandForm, Instruction, JsonForm, Span, Word } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Script } from '../shell/tree.ts';

/** What may be done to the gap before a token when it stays in its line. */
export type Spacing = 'one' | 'none' | 'keep';

export interface Token {
  readonly span: Span;
  readonly before: Spacing;
  /** Text in its place; the token's own where undefined. */
  readonly text?: string;
}

/**
 * @param script of a shell form, where its shell is known; undefined leaves the command line as one token
 */
export function tokensOf(
  instruction: Instruction,
  script: (form: CommandForm) => Script | undefined,
  keyword: (written: string) => string,
): Token[] {
  const head: Token[] = [
    { span: instruction.keywordSpan, before: 'none', text: keyword(instruction.keyword) },
    ...instruction.flags.map(({ span }) => one(span)),
  ];
  return [...head, ...bodyTokens(instruction, script, keyword)];
}

function bodyTokens(
  instruction: Instruction,
  script: (form: CommandForm) => Script | undefined,
  keyword: (written: string) => string,
): Token[] {
  const { form } = instruction;
  switch (form.kind) {
    case 'from':
      return [
        ...words([form.image]),
        ...(form.as === undefined ? [] : [{ ...one(form.as.span), text: keyword(form.as.raw) }]),
        ...words([form.stageName, ...form.extra]),
      ];
    case 'command':
      return commandTokens(instruction, form, script);
    case 'pairs':
      return form.legacy
        ? form.pairs.flatMap((pair) => words([pair.key, pair.value]))
        : form.pairs.map(({ span }) => one(span));
    case 'copy':
      return form.json === undefined
        ? [...words([...form.sources, form.destination]), ...instruction.heredocs.map(({ span }) => one(span))].sort(
            (a, b) => a.span.start - b.span.start,
          )
        : jsonTokens(instruction, form.json);
    case 'words':
      // The name of a maintainer is the rest of the line with its spaces.
      if (instruction.name === 'MAINTAINER') return rest(instruction);
      return form.json === undefined ? words(form.words) : jsonTokens(instruction, form.json);
    case 'healthcheck':
      return [
        ...(form.type === undefined ? [] : [{ ...one(form.type.span), text: keyword(form.type.raw) }]),
        ...(form.command === undefined ? [] : commandTokens(instruction, form.command, script)),
        ...words(form.extra),
      ];
    case 'onbuild':
      return form.trigger === undefined ? [] : tokensOf(form.trigger, script, keyword).map(inOuter);
    case 'unknown':
      return rest(instruction);
  }
}

// The trigger's keyword follows the outer one.
function inOuter(token: Token, index: number): Token {
  return index === 0 ? { ...token, before: 'one' } : token;
}

function commandTokens(
  instruction: Instruction,
  form: CommandForm,
  script: (form: CommandForm) => Script | undefined,
): Token[] {
  if (form.json !== undefined) return jsonTokens(instruction, form.json);
  if (form.shell === undefined) return instruction.heredocs.map(({ span }) => one(span));
  const known = script(form);
  const { start } = form.shell;
  if (known === undefined || known.tokens.length === 0) return [one(form.shell)];
  const line = known.tokens.filter(({ span }) => span.end <= instruction.span.end && span.start >= start);
  return line.map(({ span }, index) => ({ span, before: index === 0 ? 'one' : 'keep' }));
}

function jsonTokens({ text }: Instruction, form: JsonForm): Token[] {
  const tokens: Token[] = [{ span: { start: form.span.start, end: form.span.start + 1 }, before: 'one' }];
  let at = form.span.start + 1;
  for (const [index, string] of form.strings.entries()) {
    const comma = index === 0 ? -1 : text.indexOf(',', at);
    if (comma >= 0 && comma < string.span.start)
      tokens.push({ span: { start: comma, end: comma + 1 }, before: 'none' });
    tokens.push({ span: string.span, before: index === 0 ? 'none' : 'one' });
    at = string.span.end;
  }
  if (form.closed) tokens.push({ span: { start: form.span.end - 1, end: form.span.end }, before: 'none' });
  return tokens;
}

function rest(instruction: Instruction): Token[] {
  const { bodyStart: start } = instruction;
  const { end } = instruction.span;
  return start < end ? [one({ start, end })] : [];
}

function words(list: readonly (Word | undefined)[]): Token[] {
  return list.flatMap((word) => (word === undefined ? [] : [one(word.span)]));
}

function one(span: Span): Token {
  return { span, before: 'one' };
}
