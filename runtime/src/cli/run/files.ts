// What flags read from files and from our own environment: variables, labels, security profiles.

import { fs } from '../../connect/node.ts';
import { checkEnvironment, pair } from '../../text/values.ts';

/** Lines of an env or label file: no comments, no blanks, no white space before a line. @throws Error naming file and line */
export function readPairsFile(path: string): string[] {
  let text: string;
  try {
    text = fs().readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or directory' : String(error);
    throw new Error(`open ${path}: ${code}`, { cause: error });
  }
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const key = line.split('=', 1)[0] ?? '';
      if (key === '') throw new Error(`invalid env file (${path}): no variable name on line '${line}'`);
      if (/\s/.test(key)) throw new Error(`invalid env file (${path}): variable '${key}' contains whitespaces`);
      return line;
    });
}

/**
 * Env files, then `-e A=B` and `-e A`: the value is taken from our own environment. When it is not set there, a bare name
 * of a file is dropped, and one of a flag stays, which takes the image's variable away.
 */
export function readEnvironment(
  files: readonly string[],
  values: readonly string[],
  own: Readonly<Record<string, string | undefined>>,
): string[] {
  const withValue = (entry: string) => (own[entry] === undefined ? undefined : `${entry}=${own[entry]}`);
  const fromFiles = files
    .flatMap(readPairsFile)
    .flatMap((entry) => (entry.includes('=') ? entry : (withValue(entry) ?? [])));
  const fromFlags = values.map((entry) => {
    checkEnvironment(entry);
    return entry.includes('=') ? entry : (withValue(entry) ?? entry);
  });
  return [...fromFiles, ...fromFlags];
}

export function readLabels(files: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries([...files.flatMap(readPairsFile), ...values].map(pair));
}

/** `seccomp=FILE` sends the file's content: the engine may run elsewhere. */
export function readSecurityOptions(values: readonly string[]): string[] {
  return values.map((value) => {
    const match = /^seccomp[=:](.+)$/s.exec(value);
    const profile = match?.[1];
    if (profile === undefined || profile === 'unconfined' || profile === 'builtin') return value;
    let text: string;
    try {
      text = fs().readFileSync(profile, 'utf8');
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const why = isMissing ? `open ${profile}: no such file or directory` : (error as Error).message;
      throw new Error(`opening seccomp profile (${profile}) failed: ${why}`, { cause: error });
    }
    try {
      return `seccomp=${JSON.stringify(JSON.parse(text))}`;
    } catch (error) {
      throw new Error(`compacting json for seccomp profile (${profile}) failed: ${(error as Error).message}`, {
        cause: error,
      });
    }
  });
}
