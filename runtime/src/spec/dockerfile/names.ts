// Names that are known, and the one that was probably meant by a name that is not.

import type { InstructionName } from './tree.ts';

export const instructionNames: readonly InstructionName[] = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
];

const byName = new Map<string, InstructionName>(
  instructionNames.flatMap((name) => [
    [name, name],
    [name.toLowerCase(), name],
  ]),
);

/** The instruction that a keyword names, in any case. */
export function instructionName(keyword: string): InstructionName | undefined {
  return byName.get(keyword) ?? (keyword.length > 16 ? undefined : byName.get(keyword.toUpperCase()));
}

/** More letters than this are no slip. */
const maxDistance = 2;
/** Longer names are not compared: they come from outside, and the comparison takes time by their product. */
const maxLength = 100;

/** More names of a file than this are not compared with one that is not known. */
export const maxNames = 200;

/** Names of the things that have one, not more than are compared. */
export function someNames(named: readonly { readonly name: string | undefined }[]): string[] {
  return named.slice(0, maxNames).flatMap(({ name }) => name ?? []);
}

/** The known name that differs in at most two letters, the nearest and first of them; undefined for one that is known. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = maxDistance + 1;
  for (const option of known) {
    if (option === name) return undefined;
    const distance = editDistance(name, option, least);
    if (distance >= least) continue;
    best = option;
    least = distance;
  }
  return best;
}

/** Insertions, deletions and changes that make one text of the other; `limit` stands for everything from there on. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || Math.max(a.length, b.length) > maxLength) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return Math.min(previous[b.length] ?? limit, limit);
}
