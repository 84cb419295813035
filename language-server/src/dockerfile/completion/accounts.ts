// Users and groups: of the base image, and those that earlier steps make.

import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver';
import { baseImage, stageAt } from '../items.ts';
import type { TypedWord } from '../cursor.ts';
import { valueOf } from '../known.ts';
import { after, itemOf, type AskedInInstruction } from './item.ts';
import { accountsMade } from './made.ts';

/** `user`, or the group behind a colon. */
export function accountCompletions(asked: AskedInInstruction, typed: TypedWord): CompletionItem[] {
  const { knowledge } = asked.context;
  const stage = stageAt(asked.view.model, asked.cursor.item);
  const image = baseImage(stage);
  const group = typed.text.includes(':');
  const word = group ? after(typed, ':') : typed;
  const known =
    image === undefined ? [] : (valueOf(group ? knowledge.imageGroups(image) : knowledge.imageUsers(image)) ?? []);
  const made = stage === undefined ? [] : accountsMade(asked.view, stage, asked.cursor.item, group ? 'group' : 'user');
  const items = [
    ...made.map((label) =>
      itemOf(asked, word, { label, kind: CompletionItemKind.Constant, detail: 'made in this file', rank: 0 }),
    ),
    ...known.map(({ name, id }) =>
      itemOf(asked, word, {
        label: name,
        kind: CompletionItemKind.Constant,
        detail: `${id}, in ${image ?? ''}`,
        rank: id >= 1000 ? 1 : 2,
      }),
    ),
  ];
  if (known.some(({ id }) => id === 0)) return items;
  return [...items, itemOf(asked, word, { label: 'root', kind: CompletionItemKind.Constant, detail: '0', rank: 3 })];
}
