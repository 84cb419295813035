// From the YAML library's nodes to ours. Places are moved by `base`, since the text may be one piece of a file.

import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Alias,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Anchor, Node, Pair as OurPair, Scalar as OurScalar, YamlFault } from './tree.ts';

/** Deeper than any Compose file; what is below is left out, with a fault. */
const maximumDepth = 100;

const styles: Readonly<Record<string, OurScalar['style']>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'block',
  BLOCK_FOLDED: 'block',
};

export class Converter {
  readonly faults: YamlFault[] = [];
  readonly #text: string;
  #depth = 0;

  /** @param text the text that the nodes' ranges count in */
  constructor(text: string) {
    this.#text = text;
  }

  /** @param from where to look from for the anchor before the node */
  node(node: unknown, from: number): Node {
    this.#depth += 1;
    try {
      if (this.#depth > maximumDepth) return this.#tooDeep(node);
      if (isMap(node)) return this.#mapping(node, from);
      if (isSeq(node)) return this.#sequence(node, from);
      if (isAlias(node)) return this.#alias(node);
      return this.#scalar(isScalar(node) ? node : undefined, from);
    } finally {
      this.#depth -= 1;
    }
  }

  #mapping(map: YAMLMap, from: number): Node {
    const common = this.#common(map, from);
    let at = common.span.start;
    const pairs: OurPair[] = [];
    for (const pair of map.items) {
      for (const each of this.#pair(pair, at)) pairs.push(each);
      at = pairs.at(-1)?.value?.span.end ?? pairs.at(-1)?.key.span.end ?? at;
    }
    return { kind: 'mapping', ...common, flow: map.flow === true, pairs };
  }

  #pair(pair: Pair, from: number): OurPair[] {
    const key = this.node(pair.key, from);
    const value = pair.value === null || pair.value === undefined ? undefined : this.node(pair.value, key.span.end);
    if (key.kind !== 'scalar' || key.style !== 'plain') return [{ key, value }];
    return splitKey(this.#text, key, value);
  }

  #sequence(sequence: YAMLSeq, from: number): Node {
    const common = this.#common(sequence, from);
    let at = common.span.start;
    const items = sequence.items.map((item) => {
      const node = isPair(item) ? this.#single(item, at) : this.node(item, at);
      at = node.span.end;
      return node;
    });
    return { kind: 'sequence', ...common, flow: sequence.flow === true, items };
  }

  /** `[a: b]`: a mapping of one pair. */
  #single(pair: Pair, from: number): Node {
    const pairs = this.#pair(pair, from);
    const start = pairs[0]?.key.span.start ?? from;
    const end = pairs.at(-1)?.value?.span.end ?? pairs.at(-1)?.key.span.end ?? start;
    return { kind: 'mapping', span: { start, end }, anchor: undefined, tag: undefined, flow: true, pairs };
  }

  #alias(alias: Alias): Node {
    const { start, end } = this.#span(alias.range);
    return {
      kind: 'alias',
      span: { start, end },
      anchor: undefined,
      tag: undefined,
      name: alias.source,
      nameSpan: { start: start + 1, end },
    };
  }

  #scalar(scalar: Scalar | undefined, from: number): Node {
    if (scalar === undefined) return nothing(from);
    const { value } = scalar;
    const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return {
      kind: 'scalar',
      ...this.#common(scalar, from),
      style: styles[scalar.type ?? 'PLAIN'] ?? 'plain',
      value: known ? value : null,
      text: scalar.source ?? (known ? String(value) : ''),
    };
  }

  #common(node: YAMLMap | YAMLSeq | Scalar, from: number) {
    const span = this.#span(node.range);
    return { span, anchor: this.#anchor(node.anchor, from, span.start), tag: node.tag };
  }

  #anchor(name: string | undefined, from: number, before: number): Anchor | undefined {
    if (name === undefined) return undefined;
    const at = this.#text.slice(from, before).lastIndexOf(`&${name}`);
    const start = at < 0 ? before : from + at + 1;
    return { name, span: { start, end: at < 0 ? before : start + name.length } };
  }

  /** Without the white space that the library counts to a block. */
  #span(range: readonly number[] | null | undefined): Span {
    const start = range?.[0] ?? 0;
    let end = Math.max(start, range?.[1] ?? start);
    while (end > start && /\s/.test(this.#text.charAt(end - 1))) end -= 1;
    return { start, end };
  }

  #tooDeep(node: unknown): Node {
    const range = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range : undefined;
    const span = this.#span(range);
    if (!this.faults.some((fault) => fault.message === tooDeep)) {
      this.faults.push({ span: { start: span.start, end: span.start + 1 }, message: tooDeep, severity: 'error' });
    }
    return nothing(span.start);
  }
}

export const tooDeep = `Nested deeper than ${maximumDepth} levels: what is inside is not looked at.`;

function nothing(at: number): Node {
  const span = { start: at, end: at };
  return { kind: 'scalar', span, anchor: undefined, tag: undefined, style: 'plain', value: null, text: '' };
}

/** A key over several lines is one or more half-typed keys and the next one. */
function splitKey(text: string, key: OurScalar, value: Node | undefined): OurPair[] {
  const source = text.slice(key.span.start, key.span.end);
  if (!source.includes('\n')) return [{ key, value }];
  const pairs: OurPair[] = [];
  let at = key.span.start;
  for (const line of source.split('\n')) {
    const word = line.trim();
    const start = at + line.indexOf(word);
    const span = { start, end: start + word.length };
    if (word !== '' && !word.startsWith('#')) {
      pairs.push({ key: { ...key, span, text: word, value: word, anchor: undefined }, value: undefined });
    }
    at += line.length + 1;
  }
  const last = pairs.pop();
  return last === undefined ? [{ key, value }] : [...pairs, { key: last.key, value }];
}
