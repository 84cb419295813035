// The ids that exist in a user namespace. Root of the machine has all of them; an ordinary user's engine has the user as 0
// and those of their range in /etc/subuid from 1 on.

import { EngineError } from './errors.ts';

export interface IdRange {
  /** Inside the namespace. */
  readonly first: number;
  /** What `first` is outside. */
  readonly outside: number;
  readonly count: number;
}

export interface IdMap {
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

/** Parses the text of /proc/<pid>/uid_map or gid_map. */
export function parseIdRanges(text: string): readonly IdRange[] {
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+(\d+)$/gm)].map(([, first, outside, count]) => ({
    first: Number(first),
    outside: Number(outside),
    count: Number(count),
  }));
}

/** Whether an id exists there. */
export function isMapped(ranges: readonly IdRange[], id: number): boolean {
  return ranges.some(({ first, count }) => id >= first && id < first + count);
}

/** The highest id that exists there. */
export function lastId(ranges: readonly IdRange[]): number {
  return Math.max(...ranges.map(({ first, count }) => first + count - 1));
}

/** The user who runs the engine may have a number beyond all that exist inside; what is theirs outside is root's inside. */
export function ownerInside(map: IdMap, uid: number, gid: number): { readonly uid: number; readonly gid: number } {
  const inside = (ranges: readonly IdRange[], id: number): number =>
    !isMapped(ranges, id) && ranges.some(({ first, outside }) => first === 0 && outside === id) ? 0 : id;
  return { uid: inside(map.uids, uid), gid: inside(map.gids, gid) };
}

/**
 * @param holder what the ids are of, for the error: `user of the container`, `file etc/x`
 * @throws EngineError invalidParameter when one of the ids does not exist here
 */
export function requireIds(map: IdMap, uid: number, gids: readonly number[], holder: string): void {
  requireMapped(map.uids, uid, `${holder}: user`, '/etc/subuid');
  for (const gid of gids) requireMapped(map.gids, gid, `${holder}: group`, '/etc/subgid');
}

function requireMapped(ranges: readonly IdRange[], id: number, what: string, file: string): void {
  if (isMapped(ranges, id)) return;
  throw new EngineError(
    'invalidParameter',
    `${what} ${id} does not exist here, where ids reach to ${lastId(ranges)}: ` +
      `the engine runs as an ordinary user, whose range in ${file} has to be larger for that`,
  );
}
