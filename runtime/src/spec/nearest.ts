// What a mistyped word probably meant: the name that the fewest changes of one character lead to.

/** Longer words are compared to nothing. */
const maximumLength = 64;

/**
 * The name nearest to `word`, case aside; undefined where none is near: one change for each three characters. Of equally near names
 * the first.
 */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  if (word === '' || word.length > maximumLength) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let limit = Math.floor(word.length / 3) + 1;
  for (const name of names) {
    if (Math.abs(name.length - word.length) >= limit || name === word) continue;
    const distance = changes(wanted, name.toLowerCase(), limit);
    if (distance >= limit) continue;
    best = name;
    limit = distance;
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words; `limit` where it is no fewer than that. */
function changes(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least >= limit) return limit;
    before = previous;
    previous = row;
  }
  return Math.min(previous[b.length] ?? limit, limit);
}
