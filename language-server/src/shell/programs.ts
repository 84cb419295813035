// Which programs a script runs, with what: seen through `sudo`, `env` and their kin, in substitutions too, in the order in which
// they are written.

import type { Command, Pipeline, Script, ShellWord, SimpleCommand, Statement } from './tree.ts';

/** A simple command that runs a program whose name is known. */
export interface Program {
  readonly command: SimpleCommand;
  /** Without its folder, so that `/usr/bin/apt-get` is `apt-get`. */
  readonly name: string;
  readonly word: ShellWord;
  readonly args: readonly ShellWord[];
  /** Programs that only run it: `sudo`, `env`, … */
  readonly wrappers: readonly string[];
}

/** Options of wrappers that take the next word as their value. */
const wrappers: ReadonlyMap<string, readonly string[]> = new Map([
  ['builtin', []],
  ['busybox', []],
  ['command', []],
  ['doas', ['-u', '-C']],
  ['eatmydata', []],
  ['env', ['-u', '-C', '-S']],
  ['exec', ['-a']],
  ['nice', ['-n']],
  ['nohup', []],
  ['sudo', ['-u', '-g', '-h', '-p', '-C', '-D', '-R', '-T']],
  ['time', ['-f', '-o']],
]);

const known = new WeakMap<Script, readonly Program[]>();

/** All programs that a script runs. They are found once and kept with the script. */
export function programs(script: Script): readonly Program[] {
  let found = known.get(script);
  if (found === undefined) {
    found = findPrograms(script);
    known.set(script, found);
  }
  return found;
}

/** All programs that a script runs, for callers who keep them themselves. */
export function findPrograms({ list }: Script): readonly Program[] {
  const found: Program[] = [];
  eachCommand(list, (command) => {
    const program = command.kind === 'simple' ? programOf(command) : undefined;
    if (program !== undefined) found.push(program);
  });
  return found;
}

function eachCommand(list: readonly Statement[], visit: (command: Command) => void): void {
  for (const { pipeline } of list) {
    for (const command of pipeline.commands) {
      visit(command);
      for (const word of wordsOf(command)) for (const inner of word.substitutions) eachCommand(inner, visit);
      if (command.kind === 'compound') for (const part of command.parts) eachCommand(part, visit);
    }
  }
}

/** Every simple command of a list: those in compound commands and substitutions after the one that they are part of. */
export function simpleCommands(list: readonly Statement[]): readonly SimpleCommand[] {
  return commands(list).filter((command) => command.kind === 'simple');
}

/** Every command of a list, simple or compound, at any depth. */
export function commands(list: readonly Statement[]): readonly Command[] {
  const found: Command[] = [];
  eachCommand(list, (command) => found.push(command));
  return found;
}

/** All words of a command: values, arguments, targets of redirects. */
export function wordsOf(command: Command): readonly ShellWord[] {
  const targets = command.redirects.flatMap(({ target }) => (target === undefined ? [] : [target]));
  if (command.kind === 'compound') return [...command.words, ...targets];
  if (command.assignments.length === 0 && targets.length === 0) return command.words;
  const values = command.assignments.flatMap(({ value }) => (value === undefined ? [] : [value]));
  return [...values, ...command.words, ...targets];
}

/** The first pipeline of several commands, at any depth. */
export function findPipe(list: readonly Statement[]): Pipeline | undefined {
  for (const { pipeline } of list) {
    const found = pipeline.commands.length > 1 ? pipeline : findPipeInside(pipeline);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findPipeInside({ commands: inside }: Pipeline): Pipeline | undefined {
  for (const command of inside) {
    const lists = wordsOf(command).flatMap(({ substitutions }) => substitutions);
    for (const inner of command.kind === 'compound' ? [...lists, ...command.parts] : lists) {
      const found = findPipe(inner);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The program that a simple command runs in the end; undefined where nobody can say. */
export function programOf(command: SimpleCommand): Program | undefined {
  const { words } = command;
  const passed: string[] = [];
  let index = 0;
  for (;;) {
    const word = words[index];
    if (word?.literal === undefined) return undefined;
    const name = baseName(word.literal);
    const valued = wrappers.get(name);
    const next = valued === undefined ? words.length : afterWrapper(name, words, index + 1, valued);
    if (next >= words.length) return { command, name, word, args: words.slice(index + 1), wrappers: passed };
    passed.push(name);
    index = next;
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Index of the word that a wrapper runs. */
function afterWrapper(name: string, words: readonly ShellWord[], start: number, valued: readonly string[]): number {
  let index = start;
  for (; index < words.length; index += 1) {
    const { raw } = words[index] ?? { raw: '' };
    if (raw === '--') return index + 1;
    // `command -v` asks where a program is and does not run it.
    if (name === 'command' && /^-[vV]/.test(raw)) return words.length;
    if (valued.includes(raw)) index += 1;
    else if (!raw.startsWith('-') && !(takesAssignments(name) && /^\w+=/.test(raw))) return index;
  }
  return index;
}

function takesAssignments(name: string): boolean {
  return name === 'env' || name === 'sudo' || name === 'doas';
}
