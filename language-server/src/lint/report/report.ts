// What linting some files has found, in the formats that people, editors and CI read. The names of the formats are hadolint's,
// and what they have of fields too; ours add columns and ends.

import type { Diagnostic } from '../diagnostic.ts';
import { gitlab, codeclimate } from './codeclimate.ts';
import { codacy, json, sonarqube } from './json.ts';
import { sarif } from './sarif.ts';
import { github, gnu, text } from './text.ts';
import { checkstyle, junit } from './xml.ts';

/** What reports tell of a diagnostic. */
export type Reported = Pick<Diagnostic, 'code' | 'ids' | 'severity' | 'message' | 'span'>;

/** One file and what was found in it. */
export interface LintedFile {
  readonly name: string;
  readonly text: string;
  readonly diagnostics: readonly Reported[];
}

/** A diagnostic with its lines and columns, which begin with 1; columns count UTF-16 code units, and an end is exclusive. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly diagnostic: Reported;
}

export interface ReportOptions {
  readonly color: boolean;
  /** Of the program that reports. */
  readonly version: string;
  /** Instead of each file's own name, where a report is made in one place and read in another. */
  readonly path: string | undefined;
  /** A digest in hexadecimal, for fingerprints. */
  readonly hash: (text: string) => string;
}

export type Report = (files: readonly LintedFile[], findings: readonly Finding[], options: ReportOptions) => string;

/** Every format by its name. */
export const reports: ReadonlyMap<string, Report> = new Map<string, Report>([
  ['tty', text],
  ['text', text],
  ['json', json],
  ['sarif', sarif],
  ['checkstyle', checkstyle],
  ['codeclimate', codeclimate],
  ['gitlab_codeclimate', gitlab],
  ['gnu', gnu],
  ['github', github],
  ['codacy', codacy],
  ['sonarqube', sonarqube],
  ['junit', junit],
]);

/** Makes a report. @throws Error for a format that there is none of; `reports` has their names */
export function report(format: string, files: readonly LintedFile[], options: ReportOptions): string {
  const make = reports.get(format);
  if (make === undefined) throw new Error(`no such format: ${format}`);
  const named =
    options.path === undefined ? files : files.map((file) => ({ ...file, name: options.path ?? file.name }));
  return make(named, named.flatMap(place), options);
}

function place({ name, text: source, diagnostics }: LintedFile): Finding[] {
  if (diagnostics.length === 0) return [];
  const lines = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) lines.push(at + 1);
  return diagnostics.map((diagnostic) => {
    const start = position(lines, diagnostic.span.start);
    const end = position(lines, diagnostic.span.end);
    return { file: name, ...start, endLine: end.line, endColumn: end.column, diagnostic };
  });
}

function position(lines: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
}
