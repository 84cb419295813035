// JSON that names something twice means two things: readers disagree which counts. Where that decides about trust, it is refused.

/**
 * @param text valid JSON
 * @returns a key that one of its objects has twice
 */
export function duplicateKey(text: string): string | undefined {
  /** For each open bracket the keys of an object, undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs)) {
    const keys = open.at(-1);
    if (token.startsWith('"')) {
      if (!isKeyNext || keys === undefined) continue;
      const key = String(JSON.parse(token));
      if (keys.has(key)) return key;
      keys.add(key);
      isKeyNext = false;
    } else if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    isKeyNext = token === '{' || (token === ',' && open.at(-1) !== undefined);
  }
  return undefined;
}
