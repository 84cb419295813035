// What `--help` prints: fits a screen where the command's flags allow, in docker's layout.

import type { Command } from './command.ts';
import type { Flags } from './flags/types.ts';
import { commonCommands, managementCommands, otherCommands } from './tree.ts';
import type { Entry } from './tree.ts';

/** Columns of the terminal, 80 elsewhere. */
function screenWidth(): number {
  return process.stdout.columns > 40 ? Math.min(process.stdout.columns, 160) : 80;
}

export const globalUsage = 'coracle [OPTIONS] COMMAND [ARG...]';

/** Help of the whole program. */
export function rootHelp(globalFlags: Flags): string {
  return [
    'Usage:  coracle [OPTIONS] COMMAND',
    '',
    'Containers without ceremony',
    '',
    entryList('Common Commands:', commonCommands, 13),
    entryList('Management Commands:', managementCommands, 13),
    entryList('Commands:', otherCommands, 13),
    `Global Options:\n${flagLines(globalFlags)}`,
    "Run 'coracle COMMAND --help' for more information on a command.",
    '',
  ].join('\n');
}

/** Help of a group such as `coracle network`. */
export function groupHelp(path: string, entry: Entry): string {
  return [
    `Usage:  ${path} COMMAND`,
    '',
    entry.short,
    '',
    entryList('Commands:', entry.children ?? []),
    `Run '${path} COMMAND --help' for more information on a command.`,
    '',
  ].join('\n');
}

/** Help of one command. */
export function commandHelp(path: string, entry: Entry, command: Command): string {
  const lines = [`Usage:  ${usageLine(path, command)}`];
  if (command.usage2 !== undefined) lines.push(`\t${path} ${command.usage2}`);
  lines.push('', command.long ?? entry.short);
  const flags = flagLines(command.flags);
  if (flags !== '') lines.push('', 'Options:', flags.trimEnd());
  return `${lines.join('\n')}\n`;
}

export function usageLine(path: string, command: Command): string {
  return `${path} ${command.usage}`.trimEnd();
}

function entryList(title: string, entries: readonly Entry[], atLeast = 0): string {
  const shown = entries.filter((entry) => entry.hidden !== true);
  const width = Math.max(atLeast - 2, ...shown.map((entry) => entry.name.length));
  return `${title}\n${shown.map((entry) => `  ${entry.name.padEnd(width)}  ${entry.short}\n`).join('')}`;
}

/** `  -a, --all   Show all`, wrapped behind the column of the longest flag. */
export function flagLines(flags: Flags): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => {
      const head = `  ${flag.short === undefined ? '    ' : `-${flag.short}, `}--${name}${flag.type === '' ? '' : ` ${flag.type}`}`;
      const usage = flag.shown === undefined ? flag.usage : `${flag.usage} (default ${flag.shown})`;
      return { head, usage };
    });
  const column = Math.max(0, ...rows.map((row) => row.head.length)) + 3;
  const width = Math.max(24, screenWidth() - column);
  return rows
    .map(({ head, usage }) => {
      const [first = '', ...more] = wrap(usage, width);
      return [head.padEnd(column) + first, ...more.map((line) => ' '.repeat(column) + line)].join('\n');
    })
    .map((text) => `${text}\n`)
    .join('');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
