// Fixes that add a command to the end of what a RUN runs, such as the one that cleans up.

import type { Statement } from '../../../shell/tree.ts';
import type { Fix } from '../../rule.ts';
import type { RunContext } from './run-rule.ts';

/**
 * A fix that runs one more command after all others; none for the exec form. It is safe where the script ends at the first
 * command that fails and the new command cannot hide that.
 */
export function appendCommand(
  { instruction, script }: RunContext,
  command: string,
  title: string,
  safe = true,
): { fix: Fix } | undefined {
  const last = script?.list.at(-1);
  if (script === undefined || last === undefined || !script.complete) return undefined;
  const at = last.span.end;
  const heredoc = instruction.heredocs.find(({ bodySpan }) => at > bodySpan.start && at <= bodySpan.end);
  // The line with a heredoc's `<<` ends where its body begins, and nothing can be added after that body.
  if (heredoc === undefined && instruction.heredocs.length > 0) return undefined;
  const indent = /^[ \t]*/.exec(lineAt(instruction.text, at))?.[0] ?? '';
  const joined = isJoined(script.list);
  const text = heredoc === undefined ? inLine(instruction.text, at, indent, command) : `\n${indent}${command}`;
  const edits = [{ span: { start: at, end: at }, text }];
  return { fix: { title, edits, safe: safe && (joined || heredoc !== undefined) } };
}

function inLine(text: string, at: number, indent: string, command: string): string {
  const isOneLine = !text.slice(0, at).includes('\n');
  // The escape character of the lines above is the one in force.
  const escape = /([\\`])[ \t]*\r?\n/.exec(text.slice(0, at))?.[1];
  return isOneLine || escape === undefined ? ` && ${command}` : ` ${escape}\n${indent || '    '}&& ${command}`;
}

/** The line in which a place is. */
function lineAt(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
}

/** Whether each statement runs only after the one before it has worked. */
function isJoined(list: readonly Statement[]): boolean {
  return list.every(({ before }) => before === undefined || before === '&&');
}
