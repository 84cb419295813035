// The scripts and programs of instructions, found once and kept as long as the instruction is the same.

import { sliceLogical } from '../../../runtime/src/spec/dockerfile/logical.ts';
import type { CommandForm, Instruction, JsonForm } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { parseShell } from '../shell/parse.ts';
import { type Program, programOf, programs } from '../shell/programs.ts';
import type { Script, SimpleCommand } from '../shell/tree.ts';

/** What a RUN runs. */
export interface Run {
  readonly programs: readonly Program[];
  /** Undefined for the exec form. */
  readonly script: Script | undefined;
}

const scripts = new WeakMap<Instruction, Script | undefined>();
const runs = new WeakMap<Instruction, Run>();

/**
 * The shell script of a RUN, CMD, ENTRYPOINT or HEALTHCHECK: its command line, the heredoc that stands for it, or the heredocs
 * that a shell in it reads. Undefined for the exec form, and for a heredoc that another interpreter runs.
 */
export function scriptOf(instruction: Instruction): Script | undefined {
  if (scripts.has(instruction)) return scripts.get(instruction);
  const script = readScript(instruction);
  scripts.set(instruction, script);
  return script;
}

/** The programs of a RUN in either form, as a POSIX shell sees them. */
export function runOf(instruction: Instruction): Run {
  let run = runs.get(instruction);
  if (run === undefined) {
    const script = scriptOf(instruction);
    const json = execForm(instruction);
    run = { script, programs: script !== undefined ? programs(script) : json === undefined ? [] : execPrograms(json) };
    runs.set(instruction, run);
  }
  return run;
}

/** The whole JSON array of a command's exec form. */
export function execForm(instruction: Instruction): JsonForm | undefined {
  const json = commandOf(instruction)?.json;
  return json?.closed === true ? json : undefined;
}

/** What an instruction runs, be it as a RUN or as the command of a HEALTHCHECK. */
export function commandOf({ form }: Instruction): CommandForm | undefined {
  if (form.kind === 'command') return form;
  return form.kind === 'healthcheck' ? form.command : undefined;
}

function readScript(instruction: Instruction): Script | undefined {
  const { body, heredocs, form } = instruction;
  const command = commandOf(instruction);
  if (command === undefined || command.json?.closed === true || command.shell === undefined) return undefined;
  const [first] = heredocs;
  if (first !== undefined && first.span.end - first.span.start === body.text.trim().length) {
    return isForeign(first.body.text) ? undefined : parseShell(first.body);
  }
  const line =
    form.kind === 'healthcheck'
      ? parseShell(sliceLogical(body, commandStart(body.text), body.text.length))
      : parseShell(body);
  return heredocs.length === 0 ? line : withHeredocs(line, instruction);
}

/** Where the command of `CMD command` begins. */
function commandStart(text: string): number {
  return text.length - text.trimStart().replace(/^\S+\s*/, '').length;
}

/** Whether a `#!` line names another interpreter than a shell. */
function isForeign(text: string): boolean {
  const [, program] = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(\S+)/.exec(text) ?? [];
  return program !== undefined && !isShell(program);
}

function isShell(program: string): boolean {
  return /^(?:.*\/)?(?:ba|da|a|k|z)?sh$/.test(program);
}

/** A command line whose heredocs go to shells is one script with them. */
function withHeredocs(line: Script, { heredocs }: Instruction): Script {
  const readers = programs(line).filter(({ name, command }) => {
    return isShell(name) && command.redirects.some(({ operator }) => operator.startsWith('<<'));
  });
  if (readers.length === 0) return line;
  const bodies = heredocs.map(({ body }) => parseShell(body));
  return {
    span: line.span,
    list: [...line.list, ...bodies.flatMap(({ list }) => list)],
    complete: line.complete && bodies.every(({ complete }) => complete),
    get tokens() {
      return [line, ...bodies].flatMap(({ tokens }) => tokens);
    },
  };
}

function execPrograms({ span, strings }: JsonForm): readonly Program[] {
  const words = strings.map((string) => ({
    span: string.span,
    raw: string.value,
    literal: string.value,
    variables: [],
    substitutions: [],
  }));
  const command: SimpleCommand = { kind: 'simple', span, assignments: [], words, redirects: [] };
  const program = programOf(command);
  return program === undefined ? [] : [program];
}
