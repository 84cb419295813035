// What a file's own comments and directives leave out: by hadolint's pragmas, by `# check=`, by the old server's ignore.

import { type Checks, parseChecks } from '../../../runtime/src/spec/dockerfile/checks.ts';
import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import { type Catalogue, isCheck } from './catalogue.ts';
import { type Pragma, pragmaOf } from './pragmas.ts';
import type { RuleId } from './rule.ts';

/** Names of rules, with all of their twins. */
class Names {
  readonly #names = new Set<RuleId>();
  readonly #catalogue: Catalogue;
  #everything = false;
  #checks = false;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  add(rules: readonly RuleId[] | 'all'): void {
    if (rules === 'all') this.#checks = true;
    else for (const id of rules) for (const twin of this.#catalogue.twins(id)) this.#names.add(twin);
  }

  addEverything(): void {
    this.#everything = true;
  }

  has(id: RuleId): boolean {
    if (this.#everything || this.#names.has(id)) return true;
    if (!this.#checks) return false;
    for (const twin of this.#catalogue.twins(id)) if (isCheck(twin)) return true;
    return false;
  }

  get silencesFaults(): boolean {
    return this.#everything;
  }
}

export class Ignores {
  /** What the `check` directive says; undefined where there is none. */
  readonly checks: Checks | undefined;
  readonly #model: Model;
  readonly #everywhere: Names;
  readonly #stages = new Map<Stage | undefined, Names>();
  readonly #items = new Map<number, Names>();
  readonly #catalogue: Catalogue;

  /** @param inline whether hadolint's pragmas count */
  constructor(model: Model, catalogue: Catalogue, inline: boolean) {
    this.#model = model;
    this.#catalogue = catalogue;
    this.#everywhere = new Names(catalogue);
    this.checks = checksOf(model);
    if (this.checks !== undefined) this.#everywhere.add(this.checks.skip);
    this.#readComments(inline);
  }

  #readComments(inline: boolean): void {
    const waiting: Pragma[] = [];
    const { items } = this.#model.file;
    for (let index = 0; index < items.length; index += 1) {
      const item = items[index];
      if (item === undefined) break;
      if (item.kind === 'comment') {
        const pragma = pragmaOf(item);
        if (pragma !== undefined && (inline || pragma.kind !== 'ignore')) waiting.push(pragma);
      } else if (waiting.length > 0) {
        const isInstruction = item.kind === 'instruction';
        for (const pragma of waiting) this.#apply(pragma, isInstruction ? index : undefined, index);
        waiting.length = 0;
      }
    }
    for (const pragma of waiting) this.#apply(pragma, undefined, this.#model.file.items.length - 1);
  }

  /** @param target the instruction right below the comments; @param after where they end */
  #apply(pragma: Pragma, target: number | undefined, after: number): void {
    if (pragma.kind === 'ignore' && pragma.reach === 'global') {
      this.#everywhere.add(pragma.rules);
    } else if (pragma.kind === 'ignore' && pragma.reach === 'stage') {
      named(this.#stages, this.#model.stageOf(this.#nextInstruction(after)), this.#catalogue).add(pragma.rules);
    } else if (target !== undefined && pragma.kind !== 'shell') {
      const names = named(this.#items, target, this.#catalogue);
      if (pragma.kind === 'silence') names.addEverything();
      else names.add(pragma.kind === 'ignore' ? pragma.rules : pragma.skip);
    }
  }

  #nextInstruction(start: number): number {
    const { items } = this.#model.file;
    let index = start;
    while (index < items.length - 1 && items[index]?.kind !== 'instruction') index += 1;
    return index;
  }

  /** Whether what a rule finds at an item is left out. */
  has(id: RuleId, item: number): boolean {
    if (this.#everywhere.has(id) || this.#items.get(item)?.has(id) === true) return true;
    return this.#stages.size > 0 && this.#stages.get(this.#model.stageOf(item))?.has(id) === true;
  }

  /** Whether even the builder's own errors at an item are left out. */
  silences(item: number): boolean {
    return this.#items.get(item)?.silencesFaults === true;
  }
}

function named<K>(map: Map<K, Names>, key: K, catalogue: Catalogue): Names {
  let names = map.get(key);
  if (names === undefined) {
    names = new Names(catalogue);
    map.set(key, names);
  }
  return names;
}

function checksOf({ file }: Model): Checks | undefined {
  for (const item of file.items) {
    if (item.kind !== 'directive') return undefined;
    if (item.name === 'check') return parseChecks(item.value);
  }
  return undefined;
}
