// `# check=error=true`, or the same as a build argument: no build of a Dockerfile while BuildKit's checks find something.

import { checkedText, inFile } from '../../spec/dockerfile/check-argument.ts';
import { frame } from '../../spec/dockerfile/frame.ts';
import type { Dockerfile } from '../../spec/dockerfile/tree.ts';
import { EngineError } from '../../spec/errors.ts';

/** What a linter says of a Dockerfile, what its directives leave out left out. Lines from 1; BuildKit's rules are in camel case. */
export type Linter = (
  text: string,
  signal: AbortSignal,
) => Promise<
  readonly {
    readonly ids: readonly string[];
    readonly message: string;
    readonly line: number;
    readonly endLine: number;
  }[]
>;

const mostShown = 20;

export interface EnforceOptions {
  /** Of the Dockerfile, for the message. */
  readonly name: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Is asked only where a finding would matter. */
  readonly lint: Linter;
  readonly signal: AbortSignal;
}

/** @throws EngineError invalidParameter in BuildKit's words, with the lines */
export async function enforceChecks(
  file: Dockerfile,
  { name, buildArgs, lint, signal }: EnforceOptions,
): Promise<void> {
  const checked = checkedText(file, buildArgs);
  if (checked.checks?.error !== true) return;
  const found = inFile(await lint(checked.text, signal), checked).flatMap((finding) => {
    const rule = finding.ids.find((id) => /^[A-Z][A-Za-z]+$/.test(id));
    return rule === undefined ? [] : [{ ...finding, rule }];
  });
  if (found.length === 0) return;
  const rules = [...new Set(found.map(({ rule }) => rule))].toSorted().join(', ');
  const shown = found.slice(0, mostShown).map(({ rule, message, line, endLine }) => {
    return `\n${rule}: ${message}\n${name}:${line}\n${frame(file.text, line, endLine)}`;
  });
  throw new EngineError('invalidParameter', `lint violation found for rules: ${rules}${shown.join('')}`);
}
