// A tree against a shape. Where a value may be said in several ways the one that its kind chooses is looked at, so that a message
// speaks of what was written and not of all that might have been.

import { nearest } from '../../../../runtime/src/spec/nearest.ts';
import type { Finding } from '../rules.ts';
import { suggestion } from '../../language/finding.ts';
import { isMerge, type Resolver } from '../model/resolver.ts';
import type { Mapping, Node, Pair, Scalar, Sequence } from '../yaml/tree.ts';
import { expectation, typesOf } from './expectation.ts';
import type { Shape, TypeName } from './shape.ts';

/** More tell nobody more. */
const maximumFindings = 500;

export function validate(root: Node, shape: Shape, resolver: Resolver): readonly Finding[] {
  const validator = new Validator(resolver);
  validator.check(root, shape, '');
  return validator.findings;
}

class Validator {
  readonly findings: Finding[] = [];
  readonly #resolver: Resolver;
  /** What aliases lead to is looked at once for each shape. */
  readonly #seen = new WeakMap<Node, Set<Shape>>();

  constructor(resolver: Resolver) {
    this.#resolver = resolver;
  }

  /** @param name the key that the value belongs to, for messages */
  check(node: Node, shape: Shape, name: string): void {
    if (this.findings.length >= maximumFindings || node.tag === '!reset') return;
    const value = this.#resolver.follow(node);
    // An alias without an anchor is told of elsewhere.
    if (value === undefined) return;
    const way = wayFor(value, shape);
    if (way === undefined) return this.#wrongType(node, shape, name);
    if (node.kind === 'alias' && this.#again(value, way)) return;
    if (value.kind === 'mapping') this.#mapping(value, way, name);
    else if (value.kind === 'sequence') this.#sequence(value, way, name);
    else this.#scalar(value, way, name);
  }

  #mapping(mapping: Mapping, shape: Shape, name: string): void {
    for (const pair of mapping.pairs) {
      if (isMerge(pair)) this.#merge(mapping, shape, name);
      else this.#pair(pair, shape, name);
    }
    this.#required(mapping, shape, name);
  }

  #merge(mapping: Mapping, shape: Shape, name: string): void {
    for (const source of this.#resolver.merged(mapping)) {
      if (this.#again(source, shape)) continue;
      for (const pair of source.pairs) if (!isMerge(pair)) this.#pair(pair, shape, name);
    }
  }

  #pair({ key, value }: Pair, shape: Shape, name: string): void {
    // A key without a colon is half-typed, and told of as that.
    if (key.kind !== 'scalar' || value === undefined) return;
    const property = shape.property(key.text);
    if (property === undefined && shape.closed) return this.#unknownKey(key, shape, name);
    if (property !== undefined) this.check(value, property, key.text);
  }

  #unknownKey(key: Scalar, shape: Shape, name: string): void {
    if (this.findings.length >= maximumFindings) return;
    const where = name === '' ? 'at the top of a Compose file' : `in \`${name}\``;
    const { hint, fixes } = suggestion(key.span, nearest(key.text, shape.keys));
    if (shape.keys.length === 0) {
      this.#add(
        key,
        'error',
        'compose-invalid-name',
        `\`${key.text}\` is no name that may stand here: letters, digits, \`.\`, \`_\` and \`-\`.`,
      );
      return;
    }
    this.findings.push({
      span: key.span,
      severity: 'error',
      code: 'compose-unknown-key',
      message: `\`${key.text}\` is not known ${where}.${hint}`,
      fixes,
    });
  }

  #required(mapping: Mapping, shape: Shape, name: string): void {
    if (shape.required.length === 0) return;
    const keys = new Set(this.#resolver.entries(mapping).map(({ key }) => key.text));
    for (const key of shape.required) {
      if (keys.has(key)) continue;
      const span = { start: mapping.span.start, end: mapping.pairs[0]?.key.span.end ?? mapping.span.end };
      const message = name === '' ? `\`${key}\` is missing.` : `\`${key}\` is missing in \`${name}\`.`;
      this.findings.push({ span, severity: 'error', code: 'compose-missing-key', message });
    }
  }

  #sequence(sequence: Sequence, shape: Shape, name: string): void {
    const { items } = shape;
    if (items !== undefined) for (const item of sequence.items) this.check(item, items, name);
    if (!shape.unique) return;
    const seen = new Set<string>();
    for (const item of sequence.items) {
      if (item.kind !== 'scalar' || item.value === null) continue;
      if (seen.has(item.text))
        this.#add(item, 'warning', 'compose-duplicate-item', `\`${item.text}\` is in this list twice.`);
      seen.add(item.text);
    }
  }

  #scalar(scalar: Scalar, shape: Shape, name: string): void {
    if (scalar.value === null || scalar.text.includes('$')) return;
    const { values, pattern, minimum = -Infinity, maximum = Infinity } = shape;
    if (values.length > 0 && !values.includes(scalar.text)) {
      const { hint, fixes } = suggestion(scalar.span, nearest(scalar.text, values));
      const message = `\`${scalar.text}\` is no value of \`${name}\`, which is one of ${list(values)}.${hint}`;
      this.findings.push({ span: scalar.span, severity: 'error', code: 'compose-value', message, fixes });
    }
    if (pattern !== undefined && !pattern.test(scalar.text)) {
      this.#add(scalar, 'error', 'compose-value', `\`${scalar.text}\` is no value that \`${name}\` may have.`);
    }
    if (typeof scalar.value === 'number' && (scalar.value < minimum || scalar.value > maximum)) {
      this.#add(scalar, 'error', 'compose-value', `\`${name}\` is a number ${bounds(shape)}.`);
    }
  }

  #wrongType(node: Node, shape: Shape, name: string): void {
    // Compose does not look at it.
    if (shape.deprecated) return;
    const what = name === '' ? 'This' : `\`${name}\``;
    const span =
      node.span.end > node.span.start ? node.span : { start: Math.max(0, node.span.start - 1), end: node.span.start };
    const quote = quoted(node, shape);
    const message = `${what} is ${expectation(shape)}${quote === undefined ? '' : ': put it in quotes'}.`;
    this.findings.push({
      span: firstLine(node, span),
      severity: 'error',
      code: 'compose-type',
      message,
      ...(quote === undefined
        ? {}
        : { fixes: [{ title: 'Put in quotes', edits: [{ span: node.span, text: quote }], safe: true }] }),
    });
  }

  #add(node: Node, severity: Finding['severity'], code: Finding['code'], message: string): void {
    this.findings.push({ span: node.span, severity, code, message });
  }

  /** Whether this was looked at before; it is from now on. */
  #again(node: Node, shape: Shape): boolean {
    const shapes = this.#seen.get(node);
    if (shapes?.has(shape) === true) return true;
    if (shapes === undefined) this.#seen.set(node, new Set([shape]));
    else shapes.add(shape);
    return false;
  }
}

/** The way of saying a value that its kind chooses, or undefined where it may not be of that kind. */
export function wayFor(node: Node, shape: Shape): Shape | undefined {
  const { ways } = shape;
  if (ways.length === 0) return fits(node, shape.types) ? shape : undefined;
  for (const way of ways) {
    const found = wayFor(node, way);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fits(node: Node, types: ReadonlySet<TypeName>): boolean {
  if (types.size === 0) return true;
  switch (node.kind) {
    case 'mapping':
      return types.has('object');
    case 'sequence':
      return types.has('array');
    case 'alias':
      return true;
    case 'scalar':
      return fitsScalar(node, types);
  }
}

/** What is filled in later may become any scalar. */
function fitsScalar(scalar: Scalar, types: ReadonlySet<TypeName>): boolean {
  const { value } = scalar;
  if (value === null) return types.has('null');
  const filledIn = scalar.text.includes('$');
  if (filledIn) return types.has('string') || types.has('boolean') || types.has('number') || types.has('integer');
  if (typeof value === 'string') return types.has('string');
  if (typeof value === 'boolean') return types.has('boolean');
  return types.has('number') || (types.has('integer') && Number.isInteger(value));
}

/** A plain number or boolean where a string is wanted, as a string. */
function quoted(node: Node, shape: Shape): string | undefined {
  if (node.kind !== 'scalar' || node.style !== 'plain' || node.value === null) return undefined;
  return typesOf(shape).includes('string') ? `"${node.text}"` : undefined;
}

/** A wrong block is underlined in its first line. */
function firstLine(node: Node, span: { readonly start: number; readonly end: number }) {
  if (node.kind === 'mapping') return { start: span.start, end: node.pairs[0]?.key.span.end ?? span.end };
  if (node.kind === 'sequence') return { start: span.start, end: Math.min(span.end, span.start + 1) };
  return span;
}

function list(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(', ');
}

function bounds({ minimum, maximum }: Shape): string {
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  return minimum === undefined ? `of ${maximum} at most` : `of ${minimum} at least`;
}
