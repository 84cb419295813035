// Lints texts for tests.

import { analyse } from '../../../runtime/src/spec/dockerfile/analyse.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import type { Diagnostic } from '../../../language-server/src/lint/diagnostic.ts';
import { defaultSettings, Linter, type LintOptions } from '../../../language-server/src/lint/lint.ts';
import type { LintSettings } from '../../../language-server/src/lint/rule.ts';

export const modelOf = (text: string) => analyse(parseDockerfile(text));

export function lint(
  text: string,
  settings: Partial<LintSettings> = {},
  options: Partial<LintOptions> = {},
): readonly Diagnostic[] {
  return new Linter({ ...options, settings: { ...defaultSettings, ...settings } }).lint(modelOf(text));
}

/** Every name under which something was found. */
export function idsOf(text: string, settings?: Partial<LintSettings>): readonly string[] {
  return lint(text, settings).flatMap(({ ids }) => ids);
}

/** A diagnostic as `code: the text that it is about`. */
export function show(text: string, { code, span }: Diagnostic): string {
  return `${code}: ${text.slice(span.start, span.end)}`;
}
