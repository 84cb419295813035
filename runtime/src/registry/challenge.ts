// `WWW-Authenticate`, read in linear time: several challenges, quoted values with escapes.

export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Lower-case names. */
  readonly parameters: ReadonlyMap<string, string>;
}

const maximumHeader = 16 * 1024;

/** What cannot be understood is left out. */
export function parseChallenges(header: string): readonly Challenge[] {
  if (header.length > maximumHeader) return [];
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  // A token, with `=value` behind it when it is a parameter; separators are skipped.
  const pattern = /([^\s,="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/y;
  let at = 0;
  while (at < header.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match === null) {
      at++;
      continue;
    }
    at = pattern.lastIndex;
    const [, name = '', quoted, plain] = match;
    const value = quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1');
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return challenges;
}
