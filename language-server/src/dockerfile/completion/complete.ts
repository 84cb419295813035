// Completion: which list fits where the cursor stands.

import { CompletionItemKind, type CompletionItem, type CompletionList } from 'vscode-languageserver';
import type { Context } from '../../language/context.ts';
import type { DockerfileView } from '../view.ts';
import { cursorAt, type InInstruction } from '../cursor.ts';
import { labels, ports, shells, signals } from '../reference/words.ts';
import { accountCompletions } from './accounts.ts';
import { choices, flagCompletions, flagValueCompletions } from './flags.ts';
import { after, itemOf, type Asked, type AskedInInstruction } from './item.ts';
import { directiveCompletions, keywordCompletions } from './keywords.ts';
import { contextPaths, imagePaths } from './paths.ts';
import { shellCompletions } from './shell.ts';
import { baseCompletions } from './stages.ts';
import { variableCompletions } from './variables.ts';

/** Lists are made anew as more is typed: what the engine knows may have come meanwhile. */
export function complete(
  view: DockerfileView,
  offset: number,
  _trigger: string | undefined,
  context: Context,
): CompletionList {
  const cursor = cursorAt(view.file, offset);
  const asked: Asked = { view, context, offset, cursor };
  return { isIncomplete: cursor.kind === 'instruction', items: itemsFor(asked) };
}

function itemsFor(asked: Asked): CompletionItem[] {
  const { cursor, view, offset } = asked;
  switch (cursor.kind) {
    case 'nowhere':
      return [];
    case 'directive':
      return directiveCompletions(asked, cursor.name, cursor.value);
    case 'keyword':
      return keywordCompletions(asked, cursor.current, inOnbuild(asked));
    case 'heredoc': {
      const text = view.document.text.slice(cursor.start, offset);
      const typed = { span: { start: cursor.start, end: offset }, text };
      const variables = variableCompletions(asked, cursor.item, typed);
      return variables ?? (cursor.instruction.name === 'RUN' ? shellCompletions(asked, cursor.item, text) : []);
    }
    case 'instruction':
      return instructionCompletions({ ...asked, cursor });
  }
}

function inOnbuild({ cursor, view }: Asked): boolean {
  if (cursor.kind !== 'keyword') return false;
  const item = view.file.items[cursor.item];
  const start = view.file.starts[cursor.item] ?? 0;
  return (
    item?.kind === 'instruction' && item.name === 'ONBUILD' && cursor.current.span.start > start + item.keywordSpan.end
  );
}

function instructionCompletions(asked: AskedInInstruction): CompletionItem[] {
  const { cursor } = asked;
  const variables = variableCompletions(asked, cursor.item, cursor.current);
  if (variables !== undefined) return variables;
  if (cursor.mayBeFlag && cursor.current.text.startsWith('--')) {
    return cursor.current.text.includes('=') ? flagValueCompletions(asked) : flagCompletions(asked);
  }
  const args = argumentCompletions(asked);
  // At the place of the first argument, flags may come as well.
  return cursor.mayBeFlag && '--'.startsWith(cursor.current.text) ? [...flagCompletions(asked), ...args] : args;
}

function argumentCompletions(asked: AskedInInstruction): CompletionItem[] {
  const { cursor } = asked;
  switch (cursor.name) {
    case 'FROM':
      return fromCompletions(asked);
    case 'COPY':
    case 'ADD':
      return copyCompletions(asked);
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
      return commandCompletions(asked);
    case 'HEALTHCHECK':
      return healthcheckCompletions(asked);
    case 'USER':
      return cursor.words.length === 0 ? accountCompletions(asked, cursor.current) : [];
    case 'WORKDIR':
    case 'VOLUME':
      return imagePaths(asked, cursor.current, undefined);
    case 'EXPOSE':
      return choices(asked, cursor.current, ports, CompletionItemKind.Value);
    case 'STOPSIGNAL':
      return cursor.words.length === 0 ? choices(asked, cursor.current, signals) : [];
    case 'LABEL':
      return labelCompletions(asked);
    case 'SHELL':
      return cursor.json ? [] : choices(asked, cursor.current, shells, CompletionItemKind.Value);
    default:
      return [];
  }
}

function fromCompletions(asked: AskedInInstruction): CompletionItem[] {
  const { words, current } = asked.cursor;
  if (words.length === 0) return baseCompletions(asked, current);
  const keyword = { label: 'AS', kind: CompletionItemKind.Keyword, detail: 'names the stage', insert: 'AS ' };
  return words.length === 1 ? [itemOf(asked, current, keyword)] : [];
}

// Any word may be the last one: destinations are offered after the first.
function copyCompletions(asked: AskedInInstruction): CompletionItem[] {
  const { cursor } = asked;
  const from = cursor.flags.find(({ text }) => text.startsWith('--from='))?.text.slice('--from='.length);
  const sources = from === undefined ? contextPaths(asked, cursor.current) : imagePaths(asked, cursor.current, from);
  return cursor.words.length === 0 ? sources : [...imagePaths(asked, cursor.current, undefined), ...sources];
}

function commandCompletions(asked: AskedInInstruction): CompletionItem[] {
  const { cursor } = asked;
  if (!cursor.json) return shellCompletions(asked, cursor.item, textBefore(asked, cursor));
  return cursor.words.length === 0 ? shellCompletions(asked, cursor.item, cursor.current.text) : [];
}

/** The arguments before the cursor in one line. */
function textBefore({ view, offset }: Asked, cursor: InInstruction): string {
  const text = view.document.text.slice(cursor.bodyStart, offset);
  const continued =
    view.file.escape === '\\' ? /\\[ \t]*\r?\n(?:[ \t]*(?:#.*)?\r?\n)*/g : /`[ \t]*\r?\n(?:[ \t]*(?:#.*)?\r?\n)*/g;
  return text.replace(continued, '');
}

function healthcheckCompletions(asked: AskedInInstruction): CompletionItem[] {
  const { cursor } = asked;
  if (cursor.words.length > 0) {
    const text = textBefore(asked, cursor).replace(/^\S+\s/, '');
    return shellCompletions(asked, cursor.item, text);
  }
  return choices(asked, cursor.current, [
    { value: 'CMD', text: 'the command that checks' },
    { value: 'NONE', text: 'no check, whatever the base image says' },
  ]);
}

function labelCompletions(asked: AskedInInstruction): CompletionItem[] {
  const { current } = asked.cursor;
  if (current.text.includes('=')) return [];
  const typed = after(current, '"');
  return labels.map(({ value, text }) =>
    itemOf(asked, typed, { label: value, kind: CompletionItemKind.Property, detail: text, insert: `${value}=` }),
  );
}
