// What a Bake file defines and what it uses.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import {
  attributeOf,
  keyText,
  plainText,
  type Attribute,
  type Block,
  type Expression,
  type HclFile,
  type Label,
} from '../hcl/tree.ts';
import { within } from '../hcl/walk.ts';

export type NameKind = 'target' | 'group' | 'variable' | 'function';

export interface Definition {
  readonly kind: NameKind;
  readonly name: string;
  readonly nameSpan: Span;
  readonly span: Span;
  /** Undefined for a variable that an attribute at the top defines. */
  readonly block: Block | undefined;
  readonly value: Expression | undefined;
}

export interface Use {
  /** `member` is what a group names: a target or another group. */
  readonly kind: 'target' | 'member' | 'variable' | 'function';
  readonly name: string;
  readonly span: Span;
  /** The block that it stands in; undefined at the top. */
  readonly block: Block | undefined;
}

export interface BakeModel {
  readonly file: HclFile;
  /** All definitions of a name: those of targets are merged by Bake. */
  readonly definitions: ReadonlyMap<NameKind, ReadonlyMap<string, readonly Definition[]>>;
  readonly uses: readonly Use[];
}

export function analyse(file: HclFile): BakeModel {
  const collector = new Collector();
  for (const attribute of file.body.attributes) collector.global(attribute);
  for (const block of file.body.blocks) collector.block(block);
  return { file, definitions: collector.definitions, uses: collector.uses };
}

export function definitionsOf(model: BakeModel, kind: NameKind, name: string): readonly Definition[] {
  return model.definitions.get(kind)?.get(name) ?? [];
}

export function namesOf(model: BakeModel, kind: NameKind): readonly string[] {
  return [...(model.definitions.get(kind)?.keys() ?? [])];
}

/** The last definition of each name. */
export function lastOf(model: BakeModel, kind: NameKind): readonly Definition[] {
  return [...(model.definitions.get(kind)?.values() ?? [])].flatMap((all) => all.at(-1) ?? []);
}

/** All targets that a group leads to, through groups in it. */
export function builtTargets(model: BakeModel, group: string): readonly string[] {
  const targets = new Set<string>();
  const seen = new Set<string>();
  const pending = [group];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const block = definitionsOf(model, 'group', name).at(-1)?.block;
    if (block === undefined) targets.add(name);
    else {
      const members = itemsOf(attributeOf(block.body, 'targets')?.value).map(({ text }) => text);
      for (const member of members.toReversed()) pending.push(member);
    }
  }
  targets.delete(group);
  return [...targets];
}

/** A text in a list, with its place between the quotes. */
export function itemsOf(expression: Expression | undefined): readonly Label[] {
  if (expression?.kind !== 'tuple') return [];
  return expression.items.flatMap((item) => {
    const text = plainText(item);
    return text === undefined || item.kind !== 'template' ? [] : [{ text, span: item.inner }];
  });
}

/** Names that a block gives to the expressions in it: of a matrix, or of parameters. */
export function localNames(block: Block): readonly Label[] {
  if (block.type === 'target') {
    const matrix = attributeOf(block.body, 'matrix')?.value;
    return matrix?.kind === 'object' ? matrix.entries.flatMap(({ key }) => keyText(key) ?? []) : [];
  }
  if (block.type !== 'function') return [];
  const params = attributeOf(block.body, 'params')?.value;
  const variadic = attributeOf(block.body, 'variadic_params')?.value;
  const all = [...(params?.kind === 'tuple' ? params.items : []), ...(variadic === undefined ? [] : [variadic])];
  return all.flatMap((each) => keyText(each) ?? []);
}

class Collector {
  readonly definitions = new Map<NameKind, Map<string, Definition[]>>();
  readonly uses: Use[] = [];

  /** An attribute at the top is a variable as well. */
  global({ name, nameSpan, span, value }: Attribute): void {
    this.#define({ kind: 'variable', name, nameSpan, span, block: undefined, value });
    this.#expression(value, new Set(), undefined);
  }

  block(block: Block): void {
    const kind = block.type;
    const [label] = block.labels;
    if ((kind === 'target' || kind === 'group' || kind === 'variable' || kind === 'function') && label !== undefined) {
      const value = kind === 'variable' ? attributeOf(block.body, 'default')?.value : undefined;
      this.#define({ kind, name: label.text, nameSpan: label.span, span: block.span, block, value });
    }
    const local = new Set(localNames(block).map(({ text }) => text));
    this.#body(block, block, local);
    if (kind === 'target') this.#targetUses(block);
    if (kind === 'group') this.#list(attributeOf(block.body, 'targets')?.value, 'member', block);
  }

  #body(body: Block, owner: Block, local: ReadonlySet<string>): void {
    for (const { name, value } of body.body.attributes) {
      // Names of parameters and of types are no variables.
      const names = owner.type === 'function' && name !== 'result';
      if (names || (owner.type === 'variable' && name === 'type')) continue;
      this.#expression(value, local, owner);
    }
    for (const inner of body.body.blocks) this.#body(inner, owner, local);
  }

  #targetUses(block: Block): void {
    this.#list(attributeOf(block.body, 'inherits')?.value, 'target', block);
    const contexts = attributeOf(block.body, 'contexts')?.value;
    if (contexts?.kind !== 'object') return;
    for (const { value } of contexts.entries) {
      const text = plainText(value);
      if (text?.startsWith('target:') !== true || value.kind !== 'template') continue;
      const start = value.inner.start + 'target:'.length;
      this.uses.push({
        kind: 'target',
        name: text.slice('target:'.length),
        span: { start, end: value.inner.end },
        block,
      });
    }
  }

  #list(expression: Expression | undefined, kind: 'target' | 'member', block: Block): void {
    for (const { text, span } of itemsOf(expression)) this.uses.push({ kind, name: text, span, block });
  }

  #expression(root: Expression, names: ReadonlySet<string>, block: Block | undefined): void {
    for (const { expression, local } of within(root, names)) {
      if (expression.kind === 'call') {
        this.uses.push({ kind: 'function', name: expression.name, span: expression.nameSpan, block });
      }
      if (expression.kind !== 'reference' || expression.name === undefined || local.has(expression.name)) continue;
      const [step] = expression.steps;
      if (expression.name === 'target' && step?.kind === 'key') {
        this.uses.push({ kind: 'target', name: step.name, span: step.span, block });
      } else this.uses.push({ kind: 'variable', name: expression.name, span: expression.nameSpan, block });
    }
  }

  #define(definition: Definition): void {
    const names = this.definitions.get(definition.kind) ?? new Map<string, Definition[]>();
    this.definitions.set(definition.kind, names);
    const all = names.get(definition.name);
    if (all === undefined) names.set(definition.name, [definition]);
    else all.push(definition);
  }
}
