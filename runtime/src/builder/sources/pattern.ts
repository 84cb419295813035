// Sources of COPY and ADD: Go's `filepath.Match` for each part of a path, and `**` for any number of folders.

import { compileIgnorePattern } from '../../spec/dockerfile/ignore-pattern.ts';
import { cleanPath } from '../../spec/dockerfile/ignore.ts';
import { EngineError } from '../../spec/errors.ts';

export interface SourcePattern {
  /** Folder without wildcards to begin in, or the whole path where there are none. */
  readonly folder: string;
  /** Of paths below the folder; undefined for a plain path. */
  readonly matches: ((path: string) => boolean) | undefined;
}

/** Longer ones match nothing that can be. */
const maximumLength = 4096;

/** `..` does not lead out: paths are those of a root. @throws EngineError invalidParameter for a bad pattern */
export function readSourcePattern(text: string): SourcePattern {
  if (text.length > maximumLength) throw new EngineError('invalidParameter', 'the path of a source is too long');
  const parts = cleanPath(`/${text}`).slice(1).split('/');
  const first = parts.findIndex(hasWildcard);
  if (first < 0) return { folder: parts.map(unescaped).join('/'), matches: undefined };
  const rest = parts.slice(first).join('/');
  const matches = compileIgnorePattern(rest);
  if (typeof matches === 'string') {
    throw new EngineError('invalidParameter', `the pattern ${JSON.stringify(text)} is not valid: ${matches}`);
  }
  return { folder: parts.slice(0, first).map(unescaped).join('/'), matches };
}

function hasWildcard(part: string): boolean {
  return /[*?[]/.test(part.replaceAll(/\\./g, ''));
}

function unescaped(part: string): string {
  return part.replaceAll(/\\(.)/g, '$1');
}
