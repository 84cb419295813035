// `# check=error=true`: a Dockerfile that wants no build of it while BuildKit's checks find something.

import { parseChecks } from '../../spec/dockerfile/checks.ts';
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

/**
 * @param name of the Dockerfile, for the message
 * @param lint is asked of files that want it only
 * @throws EngineError invalidParameter in BuildKit's words, with the lines
 */
export async function enforceChecks(file: Dockerfile, name: string, lint: Linter, signal: AbortSignal): Promise<void> {
  const isWanted = file.items.some(
    (item) => item.kind === 'directive' && item.name === 'check' && parseChecks(item.value).error,
  );
  if (!isWanted) return;
  const found = (await lint(file.text, signal)).flatMap((finding) => {
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
