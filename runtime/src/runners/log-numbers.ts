// The names of a log's full files where they are numbered upwards: `x.1` is the oldest, and a file keeps its name as long as it is there.
// Compressed, what is in `x.1` is in `x.1.gz`, and `x.1` is left empty: readers know a file by its inode.

import type { Files } from '../host/host.ts';

/** @returns the numbers of the full files of the log at `path`, oldest first */
export async function rotatedNumbers(files: Files, path: string): Promise<readonly number[]> {
  return numbersOf(await files.list(path.slice(0, path.lastIndexOf('/'))), path, '');
}

/** @returns the numbers among `names` in its folder that are the log's with `ending`, in order */
export function numbersOf(names: readonly string[], path: string, ending: string): readonly number[] {
  const start = `${path.slice(path.lastIndexOf('/') + 1)}.`;
  return names
    .filter((name) => name.startsWith(start) && name.endsWith(ending))
    .map((name) => name.slice(start.length, name.length - ending.length))
    .filter((text) => /^[1-9]\d{0,14}$/.test(text))
    .map(Number)
    .toSorted((a, b) => a - b);
}
