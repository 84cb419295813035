// Which files of a folder a build is sent, by its ignore file.

import { ignoringRule, type IgnoreRule } from '../spec/dockerfile/ignore.ts';

/** What the build itself reads is sent in any case. @param dockerfile its path in the folder; undefined where it lies elsewhere */
export function alwaysTaken(dockerfile: string | undefined): ReadonlySet<string> {
  return new Set(dockerfile === undefined ? [] : [dockerfile, '.dockerignore', `${dockerfile}.dockerignore`]);
}

/** @param path of a file or folder in the folder that is built */
export function taken(path: string, rules: readonly IgnoreRule[], always: ReadonlySet<string>) {
  const isWanted = always.has(path) || [...always].some((each) => each.startsWith(`${path}/`));
  const isIgnored = ignoringRule(rules, path) !== undefined;
  // Something below an ignored folder may be taken in again.
  return { itself: !isIgnored || isWanted, below: !isIgnored || isWanted || rules.some(({ negated }) => negated) };
}
