// Which instructions a POSIX shell reads, and what others, those of Windows, take for variables.

import { sourceSpan } from '../../../runtime/src/spec/dockerfile/logical.ts';
import type { Model } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { commandOf } from '../lint/scripts.ts';
import { isPosixShell, shellStates } from '../lint/surroundings.ts';
import type { HeredocVariable } from './scripts.ts';

export type ShellKind = 'posix' | 'powershell' | 'cmd';

/** What kind of shell reads the scripts at an item. */
export function shellAt(model: Model, item: number): ShellKind {
  const known = kept.get(model) ?? readShells(model);
  kept.set(model, known);
  return known[item] ?? 'posix';
}

const kept = new WeakMap<Model, readonly ShellKind[]>();

function readShells(model: Model): readonly ShellKind[] {
  const mayDiffer = model.file.items.some(
    (item) =>
      (item.kind === 'instruction' && item.name === 'SHELL') ||
      (item.kind === 'comment' && /shell\s*=/.test(item.text)),
  );
  return mayDiffer ? shellStates(model).map(({ shell }) => kindOf(shell)) : [];
}

function kindOf(shell: string): ShellKind {
  if (isPosixShell(shell)) return 'posix';
  return /^cmd$/i.test(shell) ? 'cmd' : 'powershell';
}

const patterns = {
  powershell: /\$\{?env:(?<name>\w+)/gi,
  cmd: /%(?<name>\w+)%/g,
} as const;

/** `$env:NAME` and `${env:NAME}` of PowerShell, `%NAME%` of cmd. */
export function windowsVariables(instruction: Instruction, shell: keyof typeof patterns): readonly HeredocVariable[] {
  const { form, body } = instruction;
  if (form.kind === 'onbuild') return form.trigger === undefined ? [] : windowsVariables(form.trigger, shell);
  if (commandOf(instruction)?.shell === undefined) return [];
  const found = [];
  for (const { 0: whole, index, groups } of body.text.matchAll(patterns[shell])) {
    const name = groups?.['name'] ?? '';
    const start = index + whole.lastIndexOf(name);
    found.push({
      name,
      span: sourceSpan(body, index, index + whole.length),
      nameSpan: sourceSpan(body, start, start + name.length),
    });
  }
  return found;
}
