// The shell scripts of an instruction, those that it keeps for later among them.

import { sourceSpan } from '../../../runtime/src/spec/dockerfile/logical.ts';
import type { Instruction, Logical, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { scriptOf, shellSources } from '../lint/scripts.ts';
import type { Script } from '../shell/tree.ts';

/** @param instruction one whose shell is POSIX's kin; which that is, SHELL instructions decide */
export function scriptsOf(instruction: Instruction): readonly Script[] {
  if (instruction.name === 'SHELL') return [];
  const { form } = instruction;
  if (form.kind === 'onbuild') return form.trigger === undefined ? [] : scriptsOf(form.trigger);
  const script = scriptOf(instruction);
  return script === undefined ? [] : [script];
}

/** Where the heredocs begin that a shell reads as a script. */
export function scriptStarts(instruction: Instruction): readonly number[] {
  const { form } = instruction;
  if (form.kind === 'onbuild') return form.trigger === undefined ? [] : scriptStarts(form.trigger);
  return shellSources(instruction).map(({ text }) => text.segments[0]?.source ?? 0);
}

/** A variable in a heredoc that a shell fills in before a program reads it. */
export interface HeredocVariable {
  readonly name: string;
  readonly span: Span;
  readonly nameSpan: Span;
}

/** The variables in heredocs of a RUN whose line a shell reads, but whose bodies are no scripts, as in `cat <<EOF > /file`. */
export function heredocVariables(instruction: Instruction): readonly HeredocVariable[] {
  const { name, heredocs, body, form } = instruction;
  const isShellLine = name === 'RUN' && form.kind === 'command' && form.shell !== undefined;
  const first = heredocs[0]?.span;
  const isAlone = first !== undefined && body.text.trim().length === first.end - first.start;
  if (!isShellLine || heredocs.length === 0 || isAlone) return [];
  const scripts = scriptStarts(instruction);
  return heredocs
    .filter(({ expand, bodySpan }) => expand && !scripts.some((at) => at >= bodySpan.start && at < bodySpan.end))
    .flatMap((heredoc) => variablesIn(heredoc.body));
}

function variablesIn(text: Logical): HeredocVariable[] {
  const found: HeredocVariable[] = [];
  for (const { 0: whole, 1: name, index } of text.text.matchAll(/\\.|\$\{?([a-z_]\w*)/gi)) {
    if (name === undefined) continue;
    const end = index + whole.length;
    found.push({
      name,
      span: sourceSpan(text, index, end),
      nameSpan: sourceSpan(text, end - name.length, end),
    });
  }
  return found;
}
