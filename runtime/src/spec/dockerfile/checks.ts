// The value of `# check=`: which of BuildKit's checks are left out, which experimental ones are on, and whether findings fail a build.

import { quote } from './quote.ts';

/** `all`, or the names of checks. */
export type CheckNames = 'all' | readonly string[];

export interface Checks {
  readonly skip: CheckNames;
  readonly experimental: CheckNames;
  /** Whether a finding makes the build fail. */
  readonly error: boolean;
  /** Why the builder refuses the value; nothing else counts then. */
  readonly fault: string | undefined;
}

const noChecks: Checks = { skip: [], experimental: [], error: false, fault: undefined };
const options = 'skip=, experimental= and error=, with ; between them and no space';

/**
 * Reads the value of a `check` directive, as `skip=JSONArgsRecommended,StageNameCasing;error=true`. What follows the first space
 * does not count.
 */
export function parseChecks(value: string): Checks {
  const text = value.split(' ', 1)[0] ?? '';
  if (text.trim() === '') return noChecks;
  let checks = noChecks;
  for (const part of splitOptions(text)) {
    const sign = part.indexOf('=');
    const key = part.slice(0, sign).trim();
    const names = part.slice(sign + 1).trim();
    if (sign < 0) return refuse(`${quote(part)} is no option of a check directive. There are ${options}.`);
    if (key === 'skip') checks = { ...checks, skip: checkNames(names) };
    else if (key === 'experimental') checks = { ...checks, experimental: checkNames(names) };
    else if (key !== 'error') return refuse(`${quote(key)} is no option of a check directive. There are ${options}.`);
    else {
      const isError = parseBoolean(names);
      if (isError === undefined) return refuse(`error= is true or false, not ${quote(names)}.`);
      checks = { ...checks, error: isError };
    }
  }
  return checks;
}

/** At most three options; the third one is the rest. */
function splitOptions(text: string): string[] {
  const parts = text.split(';');
  return parts.length <= 3 ? parts : [...parts.slice(0, 2), parts.slice(2).join(';')];
}

function checkNames(text: string): CheckNames {
  return text === 'all' ? 'all' : text.split(',').map((name) => name.trim());
}

function refuse(fault: string): Checks {
  return { ...noChecks, fault };
}

/** Go's idea of a boolean; undefined for anything else. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : undefined;
}
