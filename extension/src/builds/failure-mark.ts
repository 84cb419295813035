// Where a build failed, as a mark on a line of a Dockerfile that is being edited: what it says, and how long it is true.

import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import { l10n } from '../l10n.ts';
import type { BuildFailure } from './contract.ts';
import { lineNow } from './source-line.ts';

/** Output that is shown with a mark; the log has all of it. */
const shownLines = 10;

export interface FailureMark {
  /** Lines of the instruction, from 0; the end is included. */
  readonly line: number;
  readonly endLine: number;
  readonly message: string;
  /** Whether a command ran and failed: nobody who only reads the file can know. */
  readonly isOfCommand: boolean;
}

/**
 * @param built the Dockerfile as it was built, where that is known
 * @returns undefined where no line failed, or where it says something else by now
 */
export function failureMark(failure: BuildFailure, built: string | undefined, now: string): FailureMark | undefined {
  if (failure.line === undefined) return undefined;
  const line = built === undefined ? failure.line : lineNow(built, now, failure.line);
  const lines = now.split('\n');
  const isSame = built === undefined || lines[line - 1]?.trimEnd() === built.split('\n')[failure.line - 1]?.trimEnd();
  if (!isSame || line > lines.length) return undefined;
  const isOfCommand = failure.exitCode !== undefined;
  return { line: line - 1, endLine: lastLine(now, line - 1), message: textOf(failure), isOfCommand };
}

/** Words of the engine and the last lines that were written, without the place, which the mark tells. */
function textOf({ message, exitCode, output }: BuildFailure): string {
  const [first = ''] = message.split('\n');
  const words =
    exitCode === undefined
      ? first.replace(/^[^\n:]{1,200}:\d{1,6}: /, '')
      : l10n.t('The build failed here with exit code {0}.', exitCode);
  return [words, ...output.slice(-shownLines)].join('\n');
}

/** The last line of the instruction that begins at a line. */
function lastLine(text: string, line: number): number {
  const { items, starts } = parseDockerfile(text);
  let at = 0;
  for (const [index, item] of items.entries()) {
    const source = text.slice(starts[index], starts[index + 1]);
    const end = at + (source.trimEnd().match(/\n/g)?.length ?? 0);
    if (item.kind === 'instruction' && at <= line && line <= end) return end;
    at += source.match(/\n/g)?.length ?? 0;
  }
  return line;
}

/** A replacement, from a place up to another one. */
export interface LineChange {
  readonly start: Place;
  readonly end: Place;
  readonly text: string;
}

interface Place {
  readonly line: number;
  readonly character: number;
}

/** @returns where the mark is after an edit; undefined when its instruction was edited */
export function afterEdit(mark: FailureMark, { start, end, text }: LineChange): FailureMark | undefined {
  if (start.line > mark.endLine) return mark;
  // What ends where the mark's line begins leaves it alone, if the line still begins there.
  const isBefore = end.line < mark.line || (end.line === mark.line && end.character === 0);
  const beginsLine = end.line < mark.line || text.endsWith('\n') || (text === '' && start.character === 0);
  if (!isBefore || !beginsLine) return undefined;
  const moved = (text.match(/\n/g)?.length ?? 0) - (end.line - start.line);
  return { ...mark, line: mark.line + moved, endLine: mark.endLine + moved };
}
