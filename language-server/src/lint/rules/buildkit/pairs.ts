// BuildKit's checks of ENV, LABEL and ARG: LegacyKeyValueFormat, SecretsUsedInArgOrEnv.

import { literalValue } from '../../../../../runtime/src/spec/dockerfile/faults/literal.ts';
import { logicalOffset, sourceOffset } from '../../../../../runtime/src/spec/dockerfile/logical.ts';
import type { Instruction, Pair } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { placed } from '../../instructions.ts';
import type { FileFinding, FileRule, Finding, Fix, InstructionRule, Rule } from '../../rule.ts';

const legacy: InstructionRule = {
  id: 'LegacyKeyValueFormat',
  severity: 'warning',
  title: 'Names and values are joined by =',
  scope: 'instruction',
  instructions: ['ENV', 'LABEL'],
  *check(instruction, { escape }): Generator<Finding> {
    const { form, keyword } = instruction;
    const [pair] = form.kind === 'pairs' && form.legacy ? form.pairs : [];
    if (pair?.value === undefined) return;
    const fix = toPair(instruction, pair, escape);
    yield {
      message: `This is the old way to write a pair. Write ${keyword} name=value.`,
      span: pair.span,
      ...(fix === undefined ? {} : { fix }),
    };
  },
};

/** `key the rest` as `key="the rest"`; white space gets escapes where quotes are in use already. */
function toPair({ body }: Instruction, { key, value }: Pair, escape: string): Fix | undefined {
  if (value === undefined) return undefined;
  const title = 'Write as name=value';
  const sign = { start: key.span.end, end: value.span.start };
  const start = logicalOffset(body, value.span.start);
  const text = body.text.slice(start);
  if (!/\s/.test(text)) return { title, edits: [{ span: sign, text: '=' }], safe: true };
  if (!/["'\\`]/.test(text)) {
    const end = { start: value.span.end, end: value.span.end };
    return {
      title,
      edits: [
        { span: sign, text: '="' },
        { span: end, text: '"' },
      ],
      safe: true,
    };
  }
  const blanks = bareBlanks(text, escape);
  if (blanks === undefined) return undefined;
  const escapes = blanks.map((at) => {
    const place = sourceOffset(body, start + at);
    return { span: { start: place, end: place }, text: escape };
  });
  return { title, edits: [{ span: sign, text: '=' }, ...escapes], safe: true };
}

/** Where white space stands outside of quotes and without an escape; undefined where a quote is open or a brace holds some. */
function bareBlanks(text: string, escape: string): number[] | undefined {
  const found: number[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === escape && quote !== "'") at += 1;
    else if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '$' && text[at + 1] === '{') return undefined;
    else if (/\s/.test(char)) found.push(at);
  }
  return quote === '' ? found : undefined;
}

const secretWord = /(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/;
const harmlessWord = /(?:^|_)(?:public|file|version)(?:_|$)/;

const secrets: FileRule = {
  id: 'SecretsUsedInArgOrEnv',
  severity: 'warning',
  title: 'No secrets in ARG and ENV',
  twins: ['DL3064'],
  scope: 'file',
  instructions: ['ARG', 'ENV'],
  *check({ model }): Generator<FileFinding> {
    for (const { item, instruction, stage, onbuild } of placed(model, 'ARG', 'ENV')) {
      // ARG before the first FROM is in no image.
      if (stage === undefined || onbuild || instruction.form.kind !== 'pairs') continue;
      for (const { key } of instruction.form.pairs) {
        const name = literalValue(key);
        if (name === undefined || !isSecret(name)) continue;
        const message = `\`${name}\` looks like a secret, and ${instruction.name ?? ''} keeps it in the image for all to read. Use \`RUN --mount=type=secret\`.`;
        yield { item, message, span: key.span };
      }
    }
  },
};

/** Whether one of the words of a name, between `_`, is that of a secret, and none says that it is no secret after all. */
function isSecret(name: string): boolean {
  const lower = name.toLowerCase();
  return secretWord.test(lower) && !harmlessWord.test(lower);
}

export const pairRules: readonly Rule[] = [legacy, secrets];
