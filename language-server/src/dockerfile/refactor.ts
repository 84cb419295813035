// Rewritings that mean the same: a tag pinned to what it is in the store, a chain of commands as a heredoc.

import { type CodeAction, CodeActionKind } from 'vscode-languageserver';
import type { Instruction, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { parseReference } from '../../../runtime/src/spec/reference.ts';
import type { Context } from '../language/context.ts';
import { editOf } from './edits.ts';
import { itemAt } from './items.ts';
import { valueOf } from './known.ts';
import { isPosixShell, shellStates } from '../lint/surroundings.ts';
import { scriptsOf } from './scripts.ts';
import type { DockerfileView } from './view.ts';

interface Rewriting {
  readonly title: string;
  /** Counts from the item's first character. */
  readonly span: Span;
  readonly text: string;
}

/** What can be done at the beginning of a selection. */
export function refactorings(view: DockerfileView, { start }: Span, context: Context): CodeAction[] {
  const item = itemAt(view.file, start);
  const instruction = view.instruction(item);
  if (instruction === undefined || instruction.faults.length > 0) return [];
  const offset = view.file.starts[item] ?? 0;
  return [pinned(view, item, instruction, context), asHeredoc(view, item, instruction, context)]
    .filter((each) => each !== undefined)
    .map(({ title, span, text }) => ({
      title,
      kind: CodeActionKind.RefactorRewrite,
      edit: editOf(view, context, [{ span: { start: offset + span.start, end: offset + span.end }, text }]),
    }));
}

function pinned(view: DockerfileView, item: number, { form }: Instruction, context: Context): Rewriting | undefined {
  if (form.kind !== 'from' || form.image === undefined) return undefined;
  const stage = view.model.stages.find((each) => each.item === item);
  const { raw, span, pieces } = form.image;
  if (stage?.base.kind !== 'image' || pieces.some(({ kind }) => kind !== 'text')) return undefined;
  const [tagged = ''] = raw.split('@');
  const digest = valueOf(context.knowledge.image(tagged, undefined))?.digest;
  if (digest === undefined || raw.endsWith(`@${digest}`) || !isReference(tagged)) return undefined;
  const title = raw.includes('@')
    ? context.say('Update to the digest on this machine')
    : context.say('Pin to the digest on this machine');
  return { title, span, text: `${tagged}@${digest}` };
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    // Not one that could be pinned; the linter says what is wrong with it.
    return false;
  }
}

/** `RUN a && b && c` with each command in a line of its own. */
function asHeredoc(
  view: DockerfileView,
  item: number,
  instruction: Instruction,
  { say }: Context,
): Rewriting | undefined {
  const { form, heredocs, comments, body } = instruction;
  if (instruction.name !== 'RUN' || form.kind !== 'command' || form.shell === undefined) return undefined;
  if (heredocs.length > 0 || comments.length > 0 || !isPosixShell(shellStates(view.model)[item]?.shell ?? 'sh'))
    return undefined;
  const [script] = scriptsOf(instruction);
  if (script === undefined || !script.complete || script.list.length < 2) return undefined;
  if (script.list.some(({ before, pipeline }, index) => pipeline.negated || (index > 0 && before !== '&&')))
    return undefined;
  if (body.text.includes('<<')) return undefined;
  const commands = script.list.map(({ span }) => unfolded(instruction, span, view.file.escape));
  if (commands.some((command) => command === undefined)) return undefined;
  const delimiter = ['EOF', 'SCRIPT', 'END_OF_SCRIPT'].find((word) => !body.text.includes(word));
  if (delimiter === undefined) return undefined;
  const text = [`<<${delimiter}`, 'set -e', ...commands, delimiter].join('\n');
  return { title: say('Write as a heredoc'), span: form.shell, text };
}

/** A command in one line, where none of its lines ends inside of quotes. */
function unfolded({ text }: Instruction, { start, end }: Span, escape: string): string | undefined {
  const joint = escape === '\\' ? /[ \t]*\\[ \t]*\r?\n[ \t]*/g : /[ \t]*`[ \t]*\r?\n[ \t]*/g;
  const source = text.slice(start, end);
  if (joint.test(source) && /["']/.test(source)) return undefined;
  return source.replace(joint, ' ').trim();
}
