// Shell patterns as Go's `path.Match` knows them (`*` and `?` stop at a slash, `[a-z]`, `\x`), in time linear in the name
// for each star: reference filters come from clients.

const maximumPattern = 512;

/** @returns false also for malformed patterns */
export function globMatches(pattern: string, name: string): boolean {
  if (pattern.length > maximumPattern || name.length > 2048) return false;
  let at = 0;
  let from = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length || from < pattern.length) {
    if (pattern[from] === '*') {
      star = from++;
      starAt = at;
      continue;
    }
    const next = at < name.length ? matchOne(pattern, from, name[at] ?? '') : undefined;
    if (next !== undefined) {
      from = next;
      at++;
    } else if (star >= 0 && starAt < name.length && name[starAt] !== '/') {
      // Only the last star need be widened: what an earlier one could give, a later one can take.
      at = ++starAt;
      from = star + 1;
    } else {
      return false;
    }
  }
  return true;
}

/** Where the pattern goes on after matching one character; undefined when it does not. */
function matchOne(pattern: string, from: number, character: string): number | undefined {
  const symbol = pattern[from];
  if (symbol === undefined) return undefined;
  if (symbol === '?') return character === '/' ? undefined : from + 1;
  if (symbol === '[') return matchClass(pattern, from + 1, character);
  if (symbol === '\\') return pattern[from + 1] === character ? from + 2 : undefined;
  return symbol === character ? from + 1 : undefined;
}

function matchClass(pattern: string, start: number, character: string): number | undefined {
  let from = start;
  const negated = pattern[from] === '^';
  if (negated) from++;
  let found = false;
  for (let first = true; first || pattern[from] !== ']'; first = false) {
    if (pattern[from] === '\\') from++;
    const low = pattern[from++];
    if (low === undefined) return undefined;
    let high = low;
    if (pattern[from] === '-' && pattern[from + 1] !== ']') {
      from++;
      if (pattern[from] === '\\') from++;
      high = pattern[from++] ?? '';
    }
    if (low <= character && character <= high) found = true;
  }
  return found !== negated && character !== '/' ? from + 1 : undefined;
}
