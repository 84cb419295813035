// Rules about what RUN runs: one finding for each program that is run in a way that it should not be.

import type { Instruction, Span } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Program } from '../../../shell/programs.ts';
import type { ShellWord } from '../../../shell/tree.ts';
import type { Finding, Fix, InstructionRule, RuleInfo, Surroundings } from '../../rule.ts';
import { type Run, runOf } from '../../scripts.ts';
import { isPosixShell } from '../../surroundings.ts';

export interface RunContext extends Run {
  readonly instruction: Instruction;
  readonly surroundings: Surroundings;
}

/**
 * @param names the programs that it is about
 * @param check gives what is wrong with one of them, and undefined where nothing is
 */
export function programRule(
  info: RuleInfo,
  names: readonly string[] | ((name: string) => boolean),
  check: (program: Program, context: RunContext) => Finding | undefined,
): InstructionRule {
  const isMeant = typeof names === 'function' ? names : (name: string) => names.includes(name);
  return runRule(info, isMeant, function* (context) {
    for (const program of context.programs) {
      if (!isMeant(program.name) && !program.wrappers.some(isMeant)) continue;
      const finding = check(program, context);
      if (finding !== undefined) yield finding;
    }
  });
}

/**
 * A rule about a whole RUN, its flags and all. It says nothing where the shell is not a POSIX one.
 * @param programs those without which it has nothing to say; undefined where it is about all
 */
export function runRule(
  info: RuleInfo,
  programs: ((name: string) => boolean) | undefined,
  check: (context: RunContext) => Iterable<Finding>,
): InstructionRule {
  return {
    ...info,
    scope: 'instruction',
    instructions: ['RUN'],
    ...(programs === undefined ? {} : { programs }),
    onbuild: true,
    check(instruction, surroundings) {
      if (!isPosixShell(surroundings.shell)) return [];
      return check({ instruction, surroundings, ...runOf(instruction) });
    },
  };
}

/** From the program to its last argument. */
export function programSpan({ word, args }: Program): Span {
  return { start: word.span.start, end: (args.at(-1) ?? word).span.end };
}

/** From the first to the last of some words. */
export function wordsSpan(words: readonly ShellWord[]): Span {
  return { start: words[0]?.span.start ?? 0, end: words.at(-1)?.span.end ?? 0 };
}

/** A fix that adds text after a word of a script; none for the exec form, where words are strings of JSON. */
export function addAfter(
  context: Run,
  word: ShellWord,
  text: string,
  title: string,
  safe = true,
): { fix: Fix } | undefined {
  if (context.script === undefined) return undefined;
  return { fix: { title, safe, edits: [{ span: { start: word.span.end, end: word.span.end }, text }] } };
}

/** The argument that is one of some subcommands. */
export function subcommand(program: Program, ...names: readonly string[]): ShellWord | undefined {
  return program.args.find(({ literal }) => literal !== undefined && names.includes(literal));
}

/** Whether a RUN has a mount of type cache or tmpfs at a target in which a path occurs. */
export function hasCacheMount({ flags }: Instruction, path: string): boolean {
  return flags.some(({ name, fields }) => {
    if (name !== 'mount' || fields === undefined) return false;
    const value = (...keys: readonly string[]) => fields.find(({ key }) => keys.includes(key))?.value ?? '';
    const type = value('type');
    return (type === 'cache' || type === 'tmpfs') && value('target', 'dst', 'destination').includes(path);
  });
}

/** Names of things in a message: `a`, `b` and 2 more. */
export function listNames(words: readonly string[]): string {
  const shown = words.slice(0, 3).map((word) => `\`${word}\``);
  return shown.join(', ') + (words.length > shown.length ? ` and ${words.length - shown.length} more` : '');
}
