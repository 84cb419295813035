// Any tree as a source of files: patterns, ignore rules, and the words for what is not there.

import type { IgnoreRule } from '../../spec/dockerfile/ignore.ts';
import { parseIgnoreFile } from '../../spec/dockerfile/ignore.ts';
import { EngineError } from '../../spec/errors.ts';
import type { FileSource, Matched, SourceEntry } from '../contract.ts';
import { baseName, type EntryTree, joinPath, pathBelow } from './entry-tree.ts';
import { IgnoreView } from './ignore-view.ts';
import { readSourcePattern } from './pattern.ts';

export interface IgnoreFile {
  readonly name: string;
  readonly rules: readonly IgnoreRule[];
}

export class TreeSource implements FileSource {
  readonly #tree: EntryTree;
  readonly #isContext: boolean;
  readonly #ignoreFile: string;
  readonly #ignore: IgnoreView;

  /** @param ignoreFile of a context; `undefined` where there is none, `'root'` for what is no context */
  constructor(tree: EntryTree, ignoreFile: IgnoreFile | undefined | 'root') {
    this.#tree = tree;
    this.#isContext = ignoreFile !== 'root';
    const file = ignoreFile === 'root' ? undefined : ignoreFile;
    this.#ignoreFile = file?.name ?? '.dockerignore';
    this.#ignore = new IgnoreView(file?.rules ?? []);
  }

  async match(text: string, exclude: readonly string[]): Promise<readonly Matched[]> {
    const { folder, matches } = readSourcePattern(text);
    const rules = parseIgnoreFile(exclude.join('\n'));
    const bad = rules.find(({ fault }) => fault !== undefined);
    if (bad !== undefined) {
      const words = `the pattern ${JSON.stringify(bad.pattern)} of --exclude is not valid: ${bad.fault}`;
      throw new EngineError('invalidParameter', words);
    }
    const excluded = new IgnoreView(rules);
    if (matches === undefined) return this.#matched(folder, text, excluded);
    const real = await this.#tree.realPath(folder);
    if (real === undefined) throw this.#missing(text, folder);
    const found: string[] = [];
    for await (const { path } of this.#tree.walk(real)) {
      const last = found.at(-1);
      if (path === real || (last !== undefined && path.startsWith(`${last}/`))) continue;
      if (matches(pathBelow(real, path))) found.push(path);
    }
    const all: Matched[] = [];
    for (const path of found) {
      // Through a folder that leads here by a link, its own name counts.
      const name = joinPath(folder, pathBelow(real, path));
      all.push(...(await this.#matched(name, text, excluded, true)));
    }
    return all;
  }

  async #matched(name: string, text: string, excluded: IgnoreView, isOneOfMany = false): Promise<readonly Matched[]> {
    const root = await this.#tree.realPath(name);
    if (root === undefined) throw this.#missing(text, name);
    const entries: SourceEntry[] = [];
    for await (const entry of this.#tree.walk(root)) entries.push(entry);
    const visible = this.#ignore.filter(entries, (entry) => entry.path);
    if (visible.length === 0) {
      if (isOneOfMany) return [];
      throw this.#missing(text, root);
    }
    if (entries[0]?.type !== 'directory') {
      return excluded.ruleFor(baseName(name)) === undefined ? [{ name, root, entries }] : [];
    }
    return [{ name, root, entries: excluded.filter(visible, (entry) => pathBelow(root, entry.path)) }];
  }

  async find(path: string): Promise<SourceEntry | undefined> {
    return this.#tree.lstat(readSourcePattern(path.replaceAll(/[\\*?[]/g, '\\$&')).folder);
  }

  #missing(text: string, path: string): EngineError {
    const shown = path === '' ? text : path;
    const stat = `stat ${shown}: file does not exist`;
    if (!this.#isContext) return new EngineError('notFound', stat);
    const rule = this.#ignore.ruleFor(path);
    const reason = rule === undefined ? '' : ` (the rule "${ruleText(rule)}" of ${this.#ignoreFile} leaves it out)`;
    return new EngineError(
      'notFound',
      `file not found in build context or excluded by .dockerignore: ${stat}${reason}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tree[Symbol.asyncDispose]();
  }
}

function ruleText({ negated, pattern }: IgnoreRule): string {
  return `${negated ? '!' : ''}${pattern}`;
}
