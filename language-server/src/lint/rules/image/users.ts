// USER and --chown with names that the image does not know.

import type { Instruction, Span } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import type { AccountFacts, Known } from '../../../knowledge/knowledge.ts';
import { baseReference, instructionsBefore } from '../../base-image.ts';
import type { FileContext, FileFinding, FileRule } from '../../rule.ts';

export const missingUser: FileRule = {
  scope: 'file',
  id: 'missing-user',
  severity: 'warning',
  title: 'USER and --chown name accounts that the image has',
  *check(context) {
    for (const stage of context.model.stages) {
      for (const item of stage.instructions) yield* checkItem(context, stage, item);
    }
  },
};

function* checkItem(context: FileContext, stage: Stage, item: number): Generator<FileFinding> {
  const instruction = context.model.file.items[item];
  if (instruction?.kind !== 'instruction') return;
  const named = accountsOf(instruction);
  const reference = named === undefined ? undefined : baseReference(stage);
  if (named === undefined || reference === undefined || mayMakeAccounts(context, stage, item)) return;
  const { knowledge } = context;
  const [user = '', group = ''] = named.text.split(':');
  const missing = [
    isMissing(user, knowledge.imageUsers(reference)) ? `user ${user}` : undefined,
    isMissing(group, knowledge.imageGroups(reference)) ? `group ${group}` : undefined,
  ].filter((each) => each !== undefined);
  if (missing.length === 0) return;
  yield {
    item,
    span: named.span,
    message: `${reference} has no ${missing.join(' and no ')}. Make it in a RUN before, or use a number.`,
  };
}

function accountsOf(instruction: Instruction): { readonly text: string; readonly span: Span } | undefined {
  const word =
    instruction.name === 'USER' && instruction.form.kind === 'words'
      ? instruction.form.words[0]
      : instruction.flags.find(({ name }) => name === 'chown')?.value;
  return word === undefined || /[$"'\\]/.test(word.raw) ? undefined : { text: word.raw, span: word.span };
}

function isMissing(name: string, known: Known<readonly AccountFacts[]>): boolean {
  if (name === '' || /^\d+$/.test(name)) return false;
  return known.kind === 'known' && !known.value.some((account) => account.name === name);
}

/** Programs that certainly add no account. */
const harmless: ReadonlySet<string> = new Set([
  'cd',
  'chmod',
  'chown',
  'cp',
  'echo',
  'ln',
  'ls',
  'mkdir',
  'mv',
  'rm',
  'set',
  'touch',
  'true',
]);

function isHarmless(script: string): boolean {
  if (script.length > 2000 || /[`$(<>]/.test(script)) return false;
  return script.split(/&&|\|\||[;|&\n]/).every((command) => harmless.has(command.trim().split(/\s+/)[0] ?? ''));
}

function mayMakeAccounts({ model }: FileContext, stage: Stage, item: number): boolean {
  for (const { name, body } of instructionsBefore(model, stage, item)) {
    if (name === 'COPY' || name === 'ADD') return true;
    if (name === 'RUN' && !isHarmless(body.text)) return true;
  }
  return false;
}
