// What comments say to linters: hadolint's pragmas, BuildKit's `check=` above an instruction, and the old server's ignore.

import { type CheckNames, parseChecks } from '../../../runtime/src/spec/dockerfile/checks.ts';
import type { Comment } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { programName } from './words.ts';
import { keptBy } from '../../../runtime/src/spec/dockerfile/kept.ts';

export type Pragma =
  /** Rules that are ignored at the next instruction, in the stage, or everywhere. */
  | { readonly kind: 'ignore'; readonly reach: 'next' | 'stage' | 'global'; readonly rules: readonly string[] }
  | { readonly kind: 'shell'; readonly shell: string }
  /** `# check=skip=Rule`, above an instruction. */
  | { readonly kind: 'check'; readonly skip: CheckNames }
  /** `# dockerfile-utils: ignore`: nothing is said about the next instruction. */
  | { readonly kind: 'silence' };

const known = keptBy<Comment, Pragma | undefined>();

/** The pragma that a comment is, if it is one. A list with a name that no rule can have makes the whole pragma void. */
export function pragmaOf(comment: Comment): Pragma | undefined {
  if (known.has(comment)) return known.get(comment);
  const pragma = readPragma(comment.text.slice(comment.span.start + 1, comment.span.end));
  known.set(comment, pragma);
  return pragma;
}

/** The shell that `# hadolint shell=` names: its program's base name. */
export function shellPragma(comment: Comment): string | undefined {
  const pragma = pragmaOf(comment);
  return pragma?.kind === 'shell' ? programName(pragma.shell) : undefined;
}

function readPragma(text: string): Pragma | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith('hadolint')) return readHadolint(trimmed);
  if (/^check\s*=/.test(trimmed)) return readCheck(trimmed);
  return /^dockerfile-utils:\s*ignore$/.test(trimmed) ? { kind: 'silence' } : undefined;
}

function readHadolint(text: string): Pragma | undefined {
  const [, shell] = /^hadolint[ \t]+shell[ \t]*=[ \t]*([^\s#]+)[ \t]*(?:#.*)?$/.exec(text) ?? [];
  if (shell !== undefined) return { kind: 'shell', shell };
  const match = /^hadolint[ \t]+(?:(global|stage)[ \t]+)?ignore[ \t]*=([^#]*)(?:#.*)?$/.exec(text);
  if (match === null) return undefined;
  const rules = (match[2] ?? '').split(',').map((name) => name.trim());
  if (!rules.every(isRuleName)) return undefined;
  const reach = match[1] === 'global' || match[1] === 'stage' ? match[1] : 'next';
  return { kind: 'ignore', reach, rules };
}

/** hadolint's and ShellCheck's numbers, BuildKit's names, and our own with a dash in them. */
function isRuleName(name: string): boolean {
  return (
    /^(?:DL|SC)\d+$/.test(name) || /^[A-Z][A-Za-z]*[a-z][A-Za-z]*$/.test(name) || /^[a-z]+(?:-[a-z]+)+$/.test(name)
  );
}

function readCheck(text: string): Pragma | undefined {
  const { skip } = parseChecks(text.slice(text.indexOf('=') + 1).trim());
  return skip.length === 0 ? undefined : { kind: 'check', skip };
}
