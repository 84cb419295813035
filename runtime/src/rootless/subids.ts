// The ids of a user beside their own, and how they appear in the engine's namespace: 0 is the user, from 1 on their ranges.

import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

export interface Range {
  /** On the host. */
  readonly first: number;
  readonly count: number;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
  /** The number in words when the user has no name. */
  readonly name: string;
}

/** Who runs this process. */
export function presentUser(): User {
  try {
    const { uid, gid, username } = userInfo();
    return { uid, gid, name: username };
  } catch {
    // No entry in passwd.
    const uid = process.getuid?.() ?? 0;
    return { uid, gid: process.getgid?.() ?? 0, name: String(uid) };
  }
}

export const subidFiles = { uids: '/etc/subuid', gids: '/etc/subgid' } as const;

/** The ranges of a user in the text of /etc/subuid or /etc/subgid. */
export function rangesOf(text: string, user: User): readonly Range[] {
  return entries(text)
    .filter(({ owner }) => owner === user.name || owner === String(user.uid))
    .map(({ first, count }) => ({ first, count }));
}

/** An id from which nobody has one yet. */
export function firstFree(texts: readonly string[]): number {
  const ends = texts.flatMap((text) => entries(text).map(({ first, count }) => first + count));
  return Math.max(100_000, ...ends);
}

function entries(text: string): (Range & { readonly owner: string })[] {
  return text.split('\n').flatMap((line) => {
    const [owner = '', first = '', count = ''] = line.trim().split(':');
    return /^\d+$/.test(first) && /^[1-9]\d*$/.test(count)
      ? [{ owner, first: Number(first), count: Number(count) }]
      : [];
  });
}

/** The text of one of the files, empty when it is not there. */
export function readSubids(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Arguments of newuidmap and newgidmap behind the process: triples of inside, outside, count. */
export function mapArguments(own: number, ranges: readonly Range[]): string[] {
  const words = ['0', String(own), '1'];
  let next = 1;
  for (const { first, count } of ranges) {
    words.push(String(next), String(first), String(count));
    next += count;
  }
  return words;
}
