// BuildKit's experimental check InvalidDefinitionDescription: a comment above ARG or FROM describes what is defined there.

import type { Comment, Instruction } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { FileFinding, FileRule, Rule } from '../../rule.ts';

const description: FileRule = {
  id: 'InvalidDefinitionDescription',
  severity: 'off',
  title: 'A comment above an ARG or a stage begins with its name',
  scope: 'file',
  *check({ model }): Generator<FileFinding> {
    let last: { readonly item: number; readonly comment: Comment } | undefined;
    for (const [item, found] of model.file.items.entries()) {
      if (found.kind === 'comment') {
        // A comment without text parts what is above from what is below; an empty line does not.
        last = textOf(found) === '' ? undefined : { item, comment: found };
      } else if (found.kind === 'instruction') {
        if (last !== undefined) yield* mismatch(last.item, last.comment, found, item);
        last = undefined;
      }
    }
  },
};

function* mismatch(at: number, comment: Comment, instruction: Instruction, item: number): Generator<FileFinding> {
  const names = definedNames(instruction);
  const [first] = names;
  const text = textOf(comment);
  if (first === undefined || names.includes(text.split(' ', 1)[0] ?? '')) return;
  const wanted = names.length === 1 ? first : 'name';
  const start = comment.span.start + 1;
  yield {
    item,
    message: `The comment above describes nothing that is defined here. Begin it with the name, \`# ${wanted} …\`, or put a line with only # below it.`,
    span: instruction.keywordSpan,
    related: [{ item: at, span: comment.span, message: 'The comment.' }],
    fix: {
      title: names.length === 1 ? `Begin the comment with ${first}` : 'Part the comment from the instruction',
      edits: [
        names.length === 1
          ? { item: at, span: { start, end: start }, text: ` ${first}` }
          : { item, span: { start: 0, end: 0 }, text: '#\n' },
      ],
      safe: false,
    },
  };
}

function definedNames({ form, name }: Instruction): string[] {
  if (form.kind === 'pairs' && name === 'ARG') return form.pairs.map(({ key }) => key.raw);
  if (form.kind === 'from' && form.stageName !== undefined) return [form.stageName.raw.toLowerCase()];
  return [];
}

/** As BuildKit takes it: the line from its second character on, without white space about it. */
function textOf({ text }: Comment): string {
  return text.slice(1).trim();
}

export const descriptionRules: readonly Rule[] = [description];
