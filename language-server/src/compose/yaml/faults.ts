// What the YAML library finds wrong, in words that say what to do.

import type { Document } from 'yaml';
import { maximumFindings } from '../../language/finding.ts';
import type { YamlFault } from './tree.ts';

const messages: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'An alias is `*` and the name of an anchor.',
  BAD_COLLECTION_TYPE: 'This tag does not fit the kind of value that follows it.',
  BAD_DIRECTIVE: 'This YAML directive is not known.',
  BAD_DQ_ESCAPE: 'This escape is not known in double quotes. Write `\\\\` for a backslash, or use single quotes.',
  BAD_INDENT: 'The indentation does not fit what stands before: entries of one mapping begin at the same column.',
  BAD_PROP_ORDER: 'An anchor or a tag belongs before the value, not here.',
  BAD_SCALAR_START: 'A value cannot begin with this character. Put it in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'A second `key:` on one line. Put the value in quotes, or the inner key on a line of its own.',
  BLOCK_IN_FLOW: 'Inside of brackets only values in brackets and quotes may stand.',
  DUPLICATE_KEY: 'This key is there twice.',
  IMPOSSIBLE: 'This is not YAML.',
  KEY_OVER_1024_CHARS: 'A key may have 1024 characters.',
  MISSING_CHAR: 'A character is missing here: a closing quote, a bracket, a comma, or a space.',
  MULTILINE_IMPLICIT_KEY: 'A colon is missing after a key.',
  MULTIPLE_ANCHORS: 'A value has one anchor at most.',
  MULTIPLE_DOCS: 'A second document begins here.',
  MULTIPLE_TAGS: 'A value has one tag at most.',
  TAB_AS_INDENT: 'Indent with spaces: YAML allows no tabs here.',
  TAG_RESOLVE_FAILED: 'This tag is not known to Compose, which knows `!reset` and `!override`.',
  UNEXPECTED_TOKEN: 'This does not belong here.',
};

/** Tags that Compose gives a meaning. */
const composeTags = new Set(['!reset', '!override']);

export function wording(document: Document.Parsed, text: string): YamlFault[] {
  const faults: YamlFault[] = [];
  for (const error of [...document.errors, ...document.warnings].slice(0, maximumFindings)) {
    const [start, end] = error.pos;
    if (error.code === 'TAG_RESOLVE_FAILED' && composeTags.has(text.slice(start, end))) continue;
    faults.push({
      span: within(text, start, end),
      message: missing(error.code, error.message) ?? messages[error.code] ?? error.message,
      severity: error.name === 'YAMLWarning' ? 'warning' : 'error',
    });
  }
  return faults;
}

/** The library knows which character it misses; its sentence is asked for that. */
function missing(code: string, message: string): string | undefined {
  if (code !== 'MISSING_CHAR') return undefined;
  if (message.includes('"quote')) return 'The closing double quote is missing.';
  if (message.includes("'quote")) return 'The closing single quote is missing.';
  const char = /(?:end with a |Expected .* to end with |Missing )(\S)/.exec(message)?.[1];
  return char === undefined ? undefined : `\`${char}\` is missing here.`;
}

/** One line at most, never empty where there is text, never past the end. */
function within(text: string, start: number, end: number): { start: number; end: number } {
  const from = Math.max(0, Math.min(start, text.length));
  const newline = text.indexOf('\n', from);
  const line = newline < 0 ? text.length : newline;
  const to = Math.min(Math.max(end, from + 1), Math.max(line, from));
  return to > from ? { start: from, end: to } : { start: Math.max(0, from - 1), end: from };
}
