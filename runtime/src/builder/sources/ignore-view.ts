// What ignore rules leave of a tree. A rule about a folder speaks of all in it, so each folder's answer is kept for its children.

import type { IgnoreRule } from '../../spec/dockerfile/ignore.ts';
import { parentPath } from './entry-tree.ts';

interface Verdict {
  /** For each rule, whether it matches the path or a folder above it. */
  readonly matched: readonly boolean[];
  readonly rule: IgnoreRule | undefined;
}

export class IgnoreView {
  readonly #rules: readonly IgnoreRule[];
  readonly #hasExceptions: boolean;
  readonly #folders = new Map<string, Verdict>();

  constructor(rules: readonly IgnoreRule[]) {
    this.#rules = rules.filter((rule) => rule.fault === undefined);
    this.#hasExceptions = this.#rules.some((rule) => rule.negated);
    this.#folders.set('', { matched: this.#rules.map(() => false), rule: undefined });
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** The rule that leaves a path out. @param path relative, clean; the root itself never is */
  ruleFor(path: string): IgnoreRule | undefined {
    return path === '' || this.isEmpty ? undefined : this.#judge(path, this.#folder(parentPath(path))).rule;
  }

  /**
   * What is left of entries that are sorted, parents first: of a folder that is left out there is still what an exception names, and
   * the folder for its sake.
   * @param pathOf the path that the rules speak of
   */
  filter<T>(entries: readonly T[], pathOf: (entry: T) => string): readonly T[] {
    if (this.isEmpty) return entries;
    const needed = new Set<string>();
    const kept: T[] = [];
    for (let index = entries.length - 1; index >= 0; index -= 1) {
      const entry = entries[index];
      if (entry === undefined) continue;
      const path = pathOf(entry);
      if (!needed.has(path) && this.ruleFor(path) !== undefined) continue;
      kept.push(entry);
      if (this.#hasExceptions) needed.add(parentPath(path));
    }
    return kept.reverse();
  }

  #folder(path: string): Verdict {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const verdict = this.#judge(path, this.#folder(parentPath(path)));
    this.#folders.set(path, verdict);
    return verdict;
  }

  #judge(path: string, folder: Verdict): Verdict {
    let ignoring: IgnoreRule | undefined;
    const matched = this.#rules.map((rule, index) => {
      const isMatch = folder.matched[index] === true || rule.matches(path);
      if (isMatch && rule.negated === (ignoring !== undefined)) ignoring = rule.negated ? undefined : rule;
      return isMatch;
    });
    return { matched, rule: ignoring };
  }
}
