// Where a line of a Dockerfile is by now that was somewhere when it was built.

/**
 * @param line from 1, in the text that was built
 * @returns the nearest line that says the same; `line` where none does
 */
export function lineNow(built: string, now: string, line: number): number {
  const wanted = built.split('\n')[line - 1]?.trimEnd();
  const lines = now.split('\n').map((each) => each.trimEnd());
  if (wanted === undefined || wanted === '' || lines[line - 1] === wanted) return line;
  let best: number | undefined;
  for (const [index, each] of lines.entries()) {
    const isNearer = best === undefined || Math.abs(index + 1 - line) < Math.abs(best - line);
    if (each === wanted && isNearer) best = index + 1;
  }
  return best ?? line;
}
