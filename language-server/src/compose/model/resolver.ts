// Anchors, aliases and merge keys, followed one step at a time. Nothing is copied and every walk has an end, so neither a ring nor a
// bomb of aliases costs more than the text is long.

import {
  allNodes,
  type Alias,
  type Anchor,
  type Mapping,
  type Node,
  type Pair,
  type Scalar,
  type YamlFile,
} from '../yaml/tree.ts';

export interface Anchored {
  readonly anchor: Anchor;
  readonly node: Node;
}

/** An entry of a mapping with those that it takes over by `<<`. */
export interface Entry {
  readonly key: Scalar;
  readonly value: Node | undefined;
  readonly merged: boolean;
}

/** How many mappings may be merged into one. */
const maximumMerged = 100;
const maximumHops = 20;

export class Resolver {
  readonly anchors: readonly Anchored[];
  readonly aliases: readonly Alias[];
  readonly #byName = new Map<string, Anchored[]>();

  constructor(file: YamlFile) {
    const anchors: Anchored[] = [];
    const aliases: Alias[] = [];
    if (/[&*]/.test(file.text)) {
      for (const node of allNodes(file)) {
        if (node.kind === 'alias') aliases.push(node);
        if (node.anchor !== undefined) anchors.push({ anchor: node.anchor, node });
      }
    }
    for (const each of anchors) {
      const same = this.#byName.get(each.anchor.name);
      if (same === undefined) this.#byName.set(each.anchor.name, [each]);
      else same.push(each);
    }
    this.anchors = anchors;
    this.aliases = aliases;
  }

  /** The anchor that an alias stands for: the last one of its name before it. */
  anchorOf(alias: Alias): Anchored | undefined {
    return this.#byName.get(alias.name)?.findLast(({ anchor }) => anchor.span.start < alias.span.start);
  }

  /** What an alias stands for; any other node is itself. */
  follow(node: Node | undefined): Exclude<Node, Alias> | undefined {
    let current = node;
    for (let hops = 0; current?.kind === 'alias' && hops < maximumHops; hops += 1)
      current = this.anchorOf(current)?.node;
    return current === undefined || current.kind === 'alias' ? undefined : current;
  }

  /** Entries in order, own ones first; a key that is there counts before one that is merged. */
  entries(node: Node | undefined): readonly Entry[] {
    const mapping = this.follow(node);
    if (mapping?.kind !== 'mapping') return [];
    const merged = this.merged(mapping);
    if (merged.length === 0) return ownEntries(mapping, false);
    const seen = new Set<string>();
    const result: Entry[] = [];
    for (const each of [mapping, ...merged]) {
      for (const entry of ownEntries(each, each !== mapping)) {
        if (each !== mapping && seen.has(entry.key.text)) continue;
        seen.add(entry.key.text);
        result.push(entry);
      }
    }
    return result;
  }

  get(node: Node | undefined, ...keys: readonly string[]): Exclude<Node, Alias> | undefined {
    let value = this.follow(node);
    for (const key of keys) value = this.follow(this.#value(value, key));
    return value;
  }

  /** Mappings that `<<` takes into this one, and those that they take in. */
  merged(mapping: Mapping): readonly Mapping[] {
    const result: Mapping[] = [];
    const pending: Mapping[] = [mapping];
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      for (const pair of next.pairs) {
        if (!isMerge(pair)) continue;
        for (const source of this.#sources(pair.value)) {
          if (source === mapping || result.includes(source) || result.length >= maximumMerged) continue;
          result.push(source);
          pending.push(source);
        }
      }
    }
    return result;
  }

  #sources(node: Node | undefined): Mapping[] {
    const value = this.follow(node);
    if (value?.kind === 'mapping') return [value];
    if (value?.kind !== 'sequence') return [];
    return value.items.flatMap((item) => {
      const each = this.follow(item);
      return each?.kind === 'mapping' ? [each] : [];
    });
  }

  #value(node: Node | undefined, key: string): Node | undefined {
    if (node?.kind !== 'mapping') return undefined;
    const own = node.pairs.findLast((pair) => pair.key.kind === 'scalar' && pair.key.text === key);
    if (own !== undefined) return own.value;
    for (const mapping of this.merged(node)) {
      const pair = mapping.pairs.findLast((each) => each.key.kind === 'scalar' && each.key.text === key);
      if (pair !== undefined) return pair.value;
    }
    return undefined;
  }
}

export function isMerge(pair: Pair): boolean {
  return pair.key.kind === 'scalar' && pair.key.style === 'plain' && pair.key.text === '<<';
}

function ownEntries(mapping: Mapping, merged: boolean): Entry[] {
  return mapping.pairs.flatMap((pair) =>
    pair.key.kind === 'scalar' && !isMerge(pair) ? [{ key: pair.key, value: pair.value, merged }] : [],
  );
}
