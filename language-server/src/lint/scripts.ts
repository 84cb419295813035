// The scripts and programs of instructions, found once and kept as long as the instruction is the same.

import { sliceLogical } from '../../../runtime/src/spec/dockerfile/logical.ts';
import type {
  CommandForm,
  Heredoc,
  Instruction,
  JsonForm,
  Logical,
  Span,
} from '../../../runtime/src/spec/dockerfile/tree.ts';
import { parseShell } from '../shell/parse.ts';
import { ByText } from './by-text.ts';
import { findPrograms, type Program, programOf } from '../shell/programs.ts';
import type { Script, SimpleCommand } from '../shell/tree.ts';

/** What a RUN runs. */
export interface Run {
  readonly programs: readonly Program[];
  /** The names of its programs and of those that only run them, each once. */
  readonly names: readonly string[];
  /** Undefined for the exec form. */
  readonly script: Script | undefined;
}

interface Kept {
  /** Where the body begins in the text: an ONBUILD's instruction has the text of one that stands alone. */
  readonly bodyStart: number;
  readonly script: Script | undefined;
  run: Run | undefined;
}

const kept = new ByText<Kept>();

/**
 * The shell script of a RUN, CMD, ENTRYPOINT or HEALTHCHECK: its command line, the heredoc that stands for it, or the heredocs
 * that a shell in it reads. Undefined for the exec form, and for a heredoc that another interpreter runs.
 */
export function scriptOf(instruction: Instruction): Script | undefined {
  return keptOf(instruction).script;
}

function keptOf(instruction: Instruction): Kept {
  const { text, bodyStart } = instruction;
  const found = kept.get(text);
  if (found?.bodyStart === bodyStart) return found;
  const made = { bodyStart, script: readScript(instruction), run: undefined };
  kept.set(text, made);
  return made;
}

/** The programs of a RUN in either form, as a POSIX shell sees them. */
export function runOf(instruction: Instruction): Run {
  const facts = keptOf(instruction);
  facts.run ??= readRun(facts.script, instruction);
  return facts.run;
}

function readRun(script: Script | undefined, instruction: Instruction): Run {
  const json = script === undefined ? execForm(instruction) : undefined;
  const found = script !== undefined ? findPrograms(script) : json === undefined ? [] : execPrograms(json);
  return { script, programs: found, names: [...new Set(found.flatMap(({ name, wrappers }) => [name, ...wrappers]))] };
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
  const [first, ...others] = shellSources(instruction).map(({ text }) => parseShell(text));
  return first === undefined || others.length === 0 ? first : joinScripts(first, others);
}

/** A text that a shell reads. */
export interface ShellSource {
  readonly text: Logical;
  /** The base name of the shell, where it is another than the one in force. */
  readonly shell: string | undefined;
}

/**
 * The texts of an instruction that a shell reads: its command line with its heredocs, or the heredoc that stands for it, and the
 * heredocs that go to a shell that the command line starts.
 */
export function shellSources(instruction: Instruction): readonly ShellSource[] {
  const { body, heredocs, form } = instruction;
  const command = commandOf(instruction);
  if (command === undefined || command.json?.closed === true || command.shell === undefined) return [];
  const [first] = heredocs;
  if (first !== undefined && first.span.end - first.span.start === body.text.trim().length)
    return wholeScript(first.body);
  if (form.kind === 'healthcheck') {
    return [{ text: sliceLogical(body, commandStart(body.text), body.text.length), shell: undefined }];
  }
  if (first === undefined) return [{ text: body, shell: undefined }];
  const line = { text: withHeredocs(body, heredocs), shell: undefined };
  const reader = findPrograms(parseShell(body)).find(({ name, command: { redirects } }) => {
    return isShell(name) && redirects.some(({ operator }) => operator.startsWith('<<'));
  });
  if (reader === undefined) return [line];
  return [line, ...heredocs.map((heredoc) => ({ text: heredoc.body, shell: reader.name }))];
}

/** A heredoc that is the whole script of a RUN; its `#!` line names who reads it. */
function wholeScript(body: Logical): readonly ShellSource[] {
  const [line, program] = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(\S+).*(?:\n|$)/.exec(body.text) ?? [];
  if (line === undefined || program === undefined) return [{ text: body, shell: undefined }];
  if (!isShell(program)) return [];
  return [
    { text: sliceLogical(body, line.length, body.text.length), shell: program.slice(program.lastIndexOf('/') + 1) },
  ];
}

/** A command line followed by its heredocs, as a shell reads them. */
function withHeredocs(body: Logical, heredocs: readonly Heredoc[]): Logical {
  let { text } = body;
  const segments = [...body.segments];
  const add = (part: Logical) => {
    const start = text.length;
    text += part.text;
    for (const { at, source } of part.segments) segments.push({ at: start + at, source });
  };
  for (const { body: inner, delimiter, bodySpan, endSpan } of heredocs) {
    if (!text.endsWith('\n')) add({ text: '\n', segments: [{ at: 0, source: bodySpan.start - 1 }] });
    add(inner);
    if (endSpan !== undefined) add({ text: `${delimiter}\n`, segments: [{ at: 0, source: endSpan.start }] });
  }
  return { text, segments };
}

/** Where the command of `CMD command` begins. */
function commandStart(text: string): number {
  return text.length - text.trimStart().replace(/^\S+\s*/, '').length;
}

function isShell(program: string): boolean {
  return /^(?:.*\/)?(?:ba|da|a|k|z)?sh$/.test(program);
}

function joinScripts(first: Script, others: readonly Script[]): Script {
  const all = [first, ...others];
  return {
    span: first.span,
    list: all.flatMap(({ list }) => list),
    complete: all.every(({ complete }) => complete),
    get tokens() {
      // A heredoc is one string to the command line, and a script of its own to its reader.
      const outer = first.tokens.filter(({ span }) => !others.some((other) => overlap(span, other.span)));
      const inner = others.flatMap(({ tokens }) => tokens);
      return [...outer, ...inner].toSorted((a, b) => a.span.start - b.span.start);
    },
  };
}

function overlap(one: Span, other: Span): boolean {
  return one.start < other.end && other.start < one.end;
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
