// What a program's arguments say: options in their long, short and combined forms, and what is left when they are taken away.

import type { Program } from './programs.ts';
import type { ShellWord } from './tree.ts';

/** One option. Letters that share a word (`-yq`) are options of their own. */
export interface Option {
  /** Without its dashes and its value: `y`, `no-install-recommends`. */
  readonly name: string;
  /** What follows `=` in the same word. */
  readonly value: string | undefined;
  readonly word: ShellWord;
}

const texts = new WeakMap<ShellWord, string>();

/** What a word says without its quotes. Variables and substitutions in it stay as they are written. */
export function textOf(word: ShellWord): string {
  if (word.literal !== undefined) return word.literal;
  let text = texts.get(word);
  if (text === undefined) {
    text = word.raw.replace(/\\(.)|["']/gs, '$1');
    texts.set(word, text);
  }
  return text;
}

/** Every option of a program up to `--`. */
export function options(program: Program): readonly Option[] {
  const found: Option[] = [];
  for (const word of program.args) {
    const text = textOf(word);
    if (text === '--') break;
    if (!text.startsWith('-') || text === '-') continue;
    if (text.startsWith('--')) {
      const equals = text.indexOf('=');
      const name = text.slice(2, equals < 0 ? undefined : equals);
      found.push({ name, value: equals < 0 ? undefined : text.slice(equals + 1), word });
    } else {
      const equals = text.indexOf('=');
      const letters = text.slice(1, equals < 0 ? undefined : equals);
      for (const name of letters) found.push({ name, value: equals < 0 ? undefined : text.slice(equals + 1), word });
    }
  }
  return found;
}

/** Whether a program has one of some options, named without dashes. */
export function hasOption(program: Program, ...names: readonly string[]): boolean {
  return options(program).some((option) => names.includes(option.name));
}

/** How often an option is given. */
export function countOption(program: Program, name: string): number {
  return options(program).filter((option) => option.name === name).length;
}

/** Whether one of some words is among the arguments as it is. */
export function hasArgument(program: Program, ...texts: readonly string[]): boolean {
  return program.args.some((word) => texts.includes(textOf(word)));
}

/** Arguments that are no options. `valued` are options, without dashes, that take the next word as their value. */
export function operands(program: Program, valued: readonly string[] = []): readonly ShellWord[] {
  const found: ShellWord[] = [];
  const { args } = program;
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index];
    if (word === undefined) break;
    const text = textOf(word);
    if (text === '--') return [...found, ...args.slice(index + 1)];
    if (!text.startsWith('-') || text === '-') found.push(word);
    else if (takesNext(text, valued)) index += 1;
  }
  return found;
}

function takesNext(text: string, valued: readonly string[]): boolean {
  if (text.includes('=')) return false;
  if (text.startsWith('--')) return valued.includes(text.slice(2));
  // Of letters that share a word, the last one has the value.
  return valued.includes(text.slice(-1)) && text.length === 2;
}

/** The values of an option, in its own word or the next one. */
export function optionValues(program: Program, ...names: readonly string[]): readonly string[] {
  const values: string[] = [];
  for (const [index, word] of program.args.entries()) {
    const text = textOf(word);
    const name = text.replace(/^--?/, '').replace(/=.*$/s, '');
    if (!text.startsWith('-') || !names.includes(name)) continue;
    const next = program.args[index + 1];
    if (text.includes('=')) values.push(text.slice(text.indexOf('=') + 1));
    else if (next !== undefined) values.push(textOf(next));
  }
  return values;
}
