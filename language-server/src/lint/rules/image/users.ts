// USER and --chown with names that the image does not know.

import type { Instruction, Item, Span } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import type { AccountFacts, Known } from '../../../knowledge/knowledge.ts';
import { baseReference } from '../../base-image.ts';
import type { FileContext, FileFinding, FileRule } from '../../rule.ts';

export const missingUser: FileRule = {
  scope: 'file',
  instructions: ['ADD', 'COPY', 'RUN', 'USER'],
  id: 'missing-user',
  severity: 'warning',
  title: 'USER and --chown name accounts that the image has',
  *check(context) {
    if (!context.model.file.items.some(namesAccount)) return;
    const made = new Map<Stage, boolean>();
    for (const stage of context.model.stages) {
      const { base } = stage;
      // Whether a step so far may have made accounts: in the stage, or in the one that it stands on.
      let mayBeMade = base.kind === 'stage' && made.get(base.stage) === true;
      for (const item of stage.instructions) {
        const instruction = context.model.file.items[item];
        if (instruction?.kind !== 'instruction') continue;
        if (!mayBeMade) yield* checkItem(context, stage, item, instruction);
        mayBeMade ||= mayMakeAccounts(instruction);
      }
      made.set(stage, mayBeMade);
    }
  },
};

function* checkItem(
  { knowledge }: FileContext,
  stage: Stage,
  item: number,
  instruction: Instruction,
): Generator<FileFinding> {
  const named = accountsOf(instruction);
  const reference = named === undefined ? undefined : baseReference(stage);
  if (named === undefined || reference === undefined) return;
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

/** Whether an item names a user or group that has to be there, and not only numbers. */
function namesAccount(item: Item): boolean {
  const named = item.kind === 'instruction' ? accountsOf(item) : undefined;
  return named !== undefined && !/^\d*(?::\d*)?$/.test(named.text);
}

function accountsOf({ name, form, flags }: Instruction): { readonly text: string; readonly span: Span } | undefined {
  const isCopy = name === 'COPY' || name === 'ADD';
  const owner = isCopy ? flags.find((flag) => flag.name === 'chown')?.value : undefined;
  const word = name === 'USER' && form.kind === 'words' ? form.words[0] : owner;
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

function mayMakeAccounts({ name, body }: Instruction): boolean {
  return name === 'COPY' || name === 'ADD' || (name === 'RUN' && !isHarmless(body.text));
}
