// .dockerignore: which files of the build's context a build does not get. The last rule that says something about a path wins, and a
// rule about a folder speaks of all that is in it.

import { compileIgnorePattern } from './ignore-pattern.ts';
import type { Span } from './tree.ts';

export interface IgnoreRule {
  /** As it is compared: without the `!`, without a slash at its beginning. */
  readonly pattern: string;
  /** Whether `!` stands before it: what matches is not ignored after all. */
  readonly negated: boolean;
  /** The line's content in the file. */
  readonly span: Span;
  /** Why no build takes this file; the rule matches nothing then. */
  readonly fault: string | undefined;
  readonly matches: (path: string) => boolean;
}

/** Longer lines are not compared with paths; no path is as long. */
const maxPattern = 4096;

/** Reads a .dockerignore file, in order. */
export function parseIgnoreFile(text: string): readonly IgnoreRule[] {
  const rules: IgnoreRule[] = [];
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (start < text.length) {
    const lineEnd = text.indexOf('\n', start);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const rule = text[start] === '#' ? undefined : readRule(text.slice(start, end), start);
    if (rule !== undefined) rules.push(rule);
    start = end + 1;
  }
  return rules;
}

function readRule(line: string, start: number): IgnoreRule | undefined {
  const written = line.trim();
  if (written === '') return undefined;
  const from = start + line.indexOf(written);
  const span = { start: from, end: from + written.length };
  const negated = written.startsWith('!');
  const body = negated ? written.slice(1).trim() : written;
  if (body === '')
    return { pattern: '', negated, span, fault: 'A pattern is missing after the !.', matches: () => false };
  const cleaned = cleanPath(body);
  const pattern = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
  const matches = pattern.length > maxPattern ? 'It is longer than any path.' : compileIgnorePattern(pattern);
  if (typeof matches === 'string') return { pattern, negated, span, fault: matches, matches: () => false };
  return { pattern, negated, span, fault: undefined, matches };
}

/** Whether a path of the context, with `/` between its parts, is left out. */
export function isIgnored(rules: readonly IgnoreRule[], path: string): boolean {
  return ignoringRule(rules, path) !== undefined;
}

/** The rule that leaves a path out; undefined where none does. */
export function ignoringRule(rules: readonly IgnoreRule[], path: string): IgnoreRule | undefined {
  const cleaned = cleanPath(path);
  const relative = cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
  if (relative === '' || relative === '.') return undefined;
  const paths = [relative, ...parents(relative)];
  let ignoring: IgnoreRule | undefined;
  for (const rule of rules) {
    if (rule.negated !== (ignoring !== undefined)) continue;
    if (paths.some((one) => rule.matches(one))) ignoring = rule.negated ? undefined : rule;
  }
  return ignoring;
}

/**
 * Whether nothing of a source of COPY or ADD can be in the context, as BuildKit judges it: not where any rule begins with `!`, since a
 * folder that is left out may have something in it that is not.
 */
export function isSourceIgnored(rules: readonly IgnoreRule[], source: string): boolean {
  if (rules.some(({ negated }) => negated)) return false;
  const cleaned = cleanPath(source);
  if (cleaned !== '.' && cleaned !== '/') return isIgnored(rules, cleaned);
  return rules.some(({ pattern, fault }) => fault === undefined && ['*', '**', '**/*'].includes(pattern));
}

function parents(path: string): string[] {
  const found: string[] = [];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) found.push(path.slice(0, at));
  return found;
}

/** The names that a build looks for, the first one that is there counts: one of the Dockerfile's own, and that of the context. */
export function ignoreFileNames(dockerfileName: string): readonly [string, string] {
  return [`${dockerfileName}.dockerignore`, '.dockerignore'];
}

/** The shortest way to write a path, as Go's `filepath.Clean`: without `.`, `..` and doubled slashes. */
export function cleanPath(path: string): string {
  const isAbsolute = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!isAbsolute) parts.push(part);
  }
  const joined = parts.join('/');
  if (isAbsolute) return `/${joined}`;
  return joined === '' ? '.' : joined;
}
