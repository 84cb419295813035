// Programs, their commands and options in a shell's command line.

import { CompletionItemKind, type CompletionItem } from 'vscode-languageserver';
import { definitionOf } from '../../../../runtime/src/spec/dockerfile/scope.ts';
import { baseImage, stageAt } from '../items.ts';
import { programs, type ProgramReference } from '../reference/commands.ts';
import type { TypedWord } from '../cursor.ts';
import { valueOf } from '../known.ts';
import { environmentOf } from '../environment.ts';
import { itemOf, type Asked } from './item.ts';
import { imageProgramPath } from './program-path.ts';

/** @param text the command line up to the cursor, with continuations left out */
export function shellCompletions(asked: Asked, item: number, text: string): CompletionItem[] {
  const command = lastCommand(text);
  const words = command.trimStart().split(/\s+/);
  const typed = ending(words.pop() ?? '', asked.offset);
  while (words[0] !== undefined && (/^[A-Za-z_]\w*=/.test(words[0]) || prefixes.has(words[0]))) words.shift();
  if (words.length === 0) return programCompletions(asked, item, typed);
  const program = programs[baseName(words[0] ?? '')];
  return program === undefined ? [] : argumentCompletions(asked, program, words.slice(1), typed);
}

const prefixes: ReadonlySet<string> = new Set([
  'sudo',
  'exec',
  'time',
  'command',
  'env',
  '!',
  'then',
  'do',
  'else',
  '{',
  '(',
]);

/** What follows the last separator outside of quotes. */
function lastCommand(text: string): string {
  let start = 0;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '\\') at++;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (';&|(\n`'.includes(character)) start = at + 1;
  }
  return text.slice(start);
}

function programCompletions(asked: Asked, item: number, typed: TypedWord): CompletionItem[] {
  const { knowledge } = asked.context;
  const image = baseImage(stageAt(asked.view.model, item));
  const path = imageProgramPath(definitionOf(asked.view.model, item, 'PATH', environmentOf(asked.context))?.value);
  const present = image === undefined ? undefined : valueOf(knowledge.imagePrograms(image, path));
  const known = Object.entries(programs)
    .filter(([name]) => present === undefined || present.includes(name) || builtIns.has(name))
    .map(([label, { text }]) =>
      itemOf(asked, typed, { label, kind: CompletionItemKind.Function, detail: text, rank: 1 }),
    );
  const listed = new Set(Object.keys(programs));
  const others = (present ?? [])
    .filter((name) => !listed.has(name))
    .map((label) =>
      itemOf(asked, typed, { label, kind: CompletionItemKind.Function, detail: `in ${image ?? ''}`, rank: 2 }),
    );
  return [...known, ...others];
}

const builtIns: ReadonlySet<string> = new Set(['cd', 'set', 'export', 'echo']);

function argumentCompletions(
  asked: Asked,
  program: ProgramReference,
  before: readonly string[],
  typed: TypedWord,
): CompletionItem[] {
  const plain = before.filter((word) => !word.startsWith('-'));
  const commands = program.commands ?? {};
  const command = Object.keys(commands)
    .filter((name) => name.split(' ').every((word, index) => plain[index] === word))
    .sort((a, b) => b.length - a.length)[0];
  const options = { ...program.options, ...(command === undefined ? {} : program.commandOptions?.[command]) };
  const offered = Object.entries(options).filter(([name]) => !before.includes(name));
  return [
    ...(command === undefined && plain.length === 0 && !typed.text.startsWith('-') ? Object.entries(commands) : []).map(
      ([label, detail]) => itemOf(asked, typed, { label, kind: CompletionItemKind.Method, detail, rank: 1 }),
    ),
    ...offered.map(([label, detail]) =>
      itemOf(asked, typed, { label, kind: CompletionItemKind.Property, detail, rank: 2 }),
    ),
  ];
}

function baseName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

function ending(text: string, end: number): TypedWord {
  return { span: { start: end - text.length, end }, text };
}
