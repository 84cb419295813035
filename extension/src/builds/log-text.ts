// A build as a text: its steps with what they wrote, and how they ended.

import { resultText, stepNames } from '../../../runtime/src/text/build-words.ts';
import type { BuildRecord } from '../../../runtime/src/spec/engine/builds.ts';
import { plainLine } from '../logs/text.ts';

export function logText(record: BuildRecord): string {
  const names = stepNames(record.steps);
  const lines: string[] = [];
  for (const { step, text, source, output = '', result, startedAtMs } of record.steps) {
    if (result === undefined && startedAtMs === undefined) continue;
    const name = names.get(step) ?? '';
    lines.push(`${name} ${text}  # ${fileOf(record)}:${source.startLine}`);
    for (const line of linesOf(output)) lines.push(`${name} | ${line}`);
    const ended = result === undefined ? '' : resultText(result);
    if (ended !== '') lines.push(`${name} ${ended}`);
    const message = result?.message ?? '';
    // The one that the build failed with stands at the end.
    if (message !== '' && message !== record.message) lines.push(`${name} ${plainLine(message)}`);
  }
  if (record.message !== undefined) lines.push('', ...record.message.split('\n').map(plainLine));
  if (record.imageId !== undefined) lines.push('', [record.imageId, ...record.tags].join(' '));
  return `${lines.join('\n')}\n`;
}

/** Of a line that was drawn several times, what was seen in the end. */
function linesOf(output: string): readonly string[] {
  const text = output.endsWith('\n') ? output.slice(0, -1) : output;
  return text === '' ? [] : text.split('\n').map((line) => plainLine(line.replace(/\r$/, '').replace(/^.*\r/, '')));
}

function fileOf({ dockerfile }: BuildRecord): string {
  return dockerfile.slice(dockerfile.lastIndexOf('/') + 1);
}
