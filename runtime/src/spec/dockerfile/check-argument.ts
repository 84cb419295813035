// `--build-arg BUILDKIT_DOCKERFILE_CHECK=…`: how the checks look at a Dockerfile, whatever its own `# check=` says.

import { EngineError } from '../errors.ts';
import { type Checks, parseChecks } from './checks.ts';
import type { Dockerfile } from './tree.ts';

const argument = 'BUILDKIT_DOCKERFILE_CHECK';

/** What linters are given, and what counts besides. */
export interface CheckedText {
  /** The file with a directive in place of its own. */
  readonly text: string;
  /** Lines before the file's first. */
  readonly added: number;
  /** As the argument has it, or the file where there is none. */
  readonly checks: Checks | undefined;
}

/** @throws EngineError invalidParameter for an argument that makes no sense */
export function checkedText(file: Dockerfile, buildArgs: Readonly<Record<string, string>>): CheckedText {
  const index = file.items.findIndex((item) => item.kind === 'directive' && item.name === 'check');
  const own = file.items[index];
  const value = Object.hasOwn(buildArgs, argument) ? buildArgs[argument] : undefined;
  if (value === undefined) {
    const checks = own?.kind === 'directive' ? parseChecks(own.value) : undefined;
    return { text: file.text, added: 0, checks };
  }
  const checks = parseChecks(value);
  const fault = /[\r\n]/.test(value) ? 'It is of one line.' : checks.fault;
  if (fault !== undefined) throw new EngineError('invalidParameter', `${argument}: ${fault}`);
  if (own?.kind !== 'directive') return { text: withFirstLine(file.text, `# check=${value}`), added: 1, checks };
  const start = (file.starts[index] ?? 0) + own.valueSpan.start;
  const end = (file.starts[index] ?? 0) + own.valueSpan.end;
  return { text: `${file.text.slice(0, start)}${value}${file.text.slice(end)}`, added: 0, checks };
}

/** A byte order mark stays the first of all. */
function withFirstLine(text: string, line: string): string {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  return `${mark}${line}\n${text.slice(mark.length)}`;
}

interface Placed {
  readonly line: number;
  readonly endLine: number;
}

/** Findings about the text that linters got, by the lines of the file. */
export function inFile<F extends Placed>(findings: readonly F[], { added }: CheckedText): readonly F[] {
  if (added === 0) return findings;
  return findings.map((finding) => ({
    ...finding,
    line: Math.max(finding.line - added, 1),
    endLine: Math.max(finding.endLine - added, 1),
  }));
}
