// The shell scripts of an instruction: its shell form, and heredocs that a POSIX-like shell reads. Parsed once per instruction.

import { logicalOffset } from '../../../runtime/src/spec/dockerfile/logical.ts';
import type { CommandForm, Heredoc, Instruction } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { parseShell } from '../shell/parse.ts';
import type { Script } from '../shell/tree.ts';

/** @param instruction one whose shell is POSIX's kin; which that is, SHELL instructions decide */
export function scriptsOf(instruction: Instruction): readonly Script[] {
  const known = cache.get(instruction) ?? readScripts(instruction);
  cache.set(instruction, known);
  return known;
}

const cache = new WeakMap<Instruction, readonly Script[]>();

function readScripts(instruction: Instruction): readonly Script[] {
  const { form, body, heredocs } = instruction;
  if (form.kind === 'onbuild') return form.trigger === undefined ? [] : scriptsOf(form.trigger);
  const command = commandOf(instruction);
  if (command?.shell === undefined || command.json?.closed === true) return [];
  const start = logicalOffset(body, command.shell.start);
  const line = parseShell(body, start);
  return [
    line,
    ...heredocs.filter((heredoc) => isScript(heredoc, body.text)).map((heredoc) => parseShell(heredoc.body)),
  ];
}

function commandOf({ form, name }: Instruction): CommandForm | undefined {
  if (form.kind === 'healthcheck') return form.command;
  return form.kind === 'command' && name !== 'SHELL' ? form : undefined;
}

/** Whether a heredoc is for a shell: the instruction's own, or one that is named, and no `#!` line says otherwise. */
function isScript({ body }: Heredoc, line: string): boolean {
  const interpreter = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(body.text.slice(0, 200));
  if (interpreter !== null) return isShell(interpreter[1]?.endsWith('/env') === true ? interpreter[2] : interpreter[1]);
  const first = /^\s*(\S+)/.exec(line)?.[1] ?? '';
  return /^\d*<</.test(first) || isShell(first);
}

function isShell(program: string | undefined): boolean {
  return /(?:^|\/)(?:sh|bash|ash|dash|ksh|zsh)$/.test(program ?? '');
}
