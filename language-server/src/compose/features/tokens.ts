// Colours of a Compose file: what a YAML grammar cannot know. Keys, the names that a project gives and uses, images, variables,
// anchors. Whatever else a value says is left to the grammar of the editor.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { type Token, type TokenModifier, tokensApart, type TokenType } from '../../language/tokens.ts';
import { valuesWithVariables } from '../checks/variables.ts';
import { allVariables, type VariableUse } from '../model/interpolation.ts';
import type { RoleValue } from '../model/model.ts';
import { isMerge } from '../model/resolver.ts';
import type { ComposeView } from '../view.ts';
import { allNodes, innerSpan, type Mapping, type Node, type Scalar } from '../yaml/tree.ts';

/** All tokens, or those that touch `span`; in order, and none over another. */
export function tokens(view: ComposeView, span?: Span): Token[] {
  return tokensApart(new Painter(view).tokens, span);
}

class Painter {
  readonly tokens: Token[] = [];
  /** Where a place has its colour by what is written there, and not by being a key or a value. */
  readonly #meant = new Set<number>();
  readonly #filled = new Map<Node, readonly VariableUse[]>();

  constructor({ file, model }: ComposeView) {
    for (const { node, variables } of valuesWithVariables(file)) this.#variables(node, variables);
    for (const names of model.definitions.values()) {
      for (const { key } of names.values()) this.#mean(innerSpan(key), 'namespace', 'declaration');
    }
    for (const { span } of model.uses) this.#mean(span, 'namespace');
    for (const value of model.values) this.#value(value);
    for (const node of allNodes(file)) this.#node(node);
  }

  #mean(span: Span, type: TokenType, ...modifiers: TokenModifier[]): void {
    // A part that several services take over is met once for each.
    if (this.#meant.has(span.start)) return;
    this.#meant.add(span.start);
    this.#add(span, type, ...modifiers);
  }

  #add({ start, end }: Span, type: TokenType, ...modifiers: TokenModifier[]): void {
    if (end > start) this.tokens.push(modifiers.length === 0 ? { start, end, type } : { start, end, type, modifiers });
  }

  /** Before everything else, so that what is around them leaves them out. */
  #variables(scalar: Scalar, variables: readonly VariableUse[]): void {
    for (const { nameSpan, word } of allVariables(variables)) {
      this.#add(nameSpan, 'variable');
      if (word !== undefined) this.#add({ start: nameSpan.end, end: word.start }, 'operator');
    }
    if (variables.length > 0) this.#filled.set(scalar, variables);
  }

  #value({ role, scalar, isKey }: RoleValue): void {
    if (scalar.style === 'block') return;
    if (role.kind === 'image') this.#around(scalar, 'class');
    else if (role.kind === 'target') this.#around(scalar, 'namespace');
    else if (role.kind === 'profile' || role.kind === 'values') this.#around(scalar, 'enumMember');
    else if ((role.kind === 'environment' || role.kind === 'argument') && !isKey) this.#assignment(scalar);
  }

  /** A value but for the variables in it. */
  #around(scalar: Scalar, type: TokenType): void {
    const { start, end } = innerSpan(scalar);
    if (this.#meant.has(start)) return;
    this.#meant.add(start);
    let at = start;
    for (const { span } of this.#filled.get(scalar) ?? []) {
      this.#add({ start: at, end: span.start }, type);
      at = span.end;
    }
    this.#add({ start: at, end }, type);
  }

  /** The name in `NAME=value`. */
  #assignment(scalar: Scalar): void {
    const { start } = innerSpan(scalar);
    const [name = ''] = /^\w+/.exec(scalar.text) ?? [];
    this.#mean({ start, end: start + name.length }, 'property');
  }

  #node(node: Node): void {
    if (node.anchor !== undefined) this.#add(node.anchor.span, 'label', 'declaration');
    if (node.kind === 'alias') this.#add(node.nameSpan, 'label');
    else if (node.kind === 'mapping') this.#keys(node);
    else if (node.kind === 'scalar' && node.style === 'plain') this.#plain(node);
  }

  #keys({ pairs }: Mapping): void {
    for (const pair of pairs) {
      if (pair.key.kind !== 'scalar' || pair.key.style === 'block') continue;
      if (isMerge(pair)) this.#mean(pair.key.span, 'keyword');
      else this.#mean(innerSpan(pair.key), 'property');
    }
  }

  /** A mapping's keys have been seen before their own turn comes. */
  #plain({ span, value }: Scalar): void {
    if (typeof value === 'number') this.#mean(span, 'number');
    else if (typeof value === 'boolean') this.#mean(span, 'keyword');
  }
}
