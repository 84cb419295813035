// What a Compose file names and what it uses, found by the table of roles. Anchored parts that services take over are walked as if
// they stood in the service, once, and so are found where they are written.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { innerSpan, textOf, valueOf, type Mapping, type Node, type Scalar, type YamlFile } from '../yaml/tree.ts';
import { childRoles, roleTree, serviceRoles, type NameKind, type Role, type RoleTree, type UseForm } from './roles.ts';
import { isMerge, Resolver } from './resolver.ts';

export interface Definition {
  readonly of: NameKind;
  readonly name: string;
  readonly key: Scalar;
  readonly value: Node | undefined;
}

export interface Use {
  readonly of: NameKind;
  readonly name: string;
  /** Of the name alone. */
  readonly span: Span;
  readonly form: UseForm;
  /** The service that it stands in, and the key of the service. */
  readonly service: string | undefined;
  readonly property: string | undefined;
  /** Of an `extends` that names another file. */
  readonly file: Scalar | undefined;
}

/** A value that stands for something other than a name of this file. */
export interface RoleValue {
  readonly role: Role;
  readonly scalar: Scalar;
  readonly service: string | undefined;
  /** Whether the key of a mapping is meant. */
  readonly isKey: boolean;
}

export interface ComposeModel {
  readonly file: YamlFile;
  readonly resolver: Resolver;
  readonly definitions: ReadonlyMap<NameKind, ReadonlyMap<string, Definition>>;
  readonly uses: readonly Use[];
  readonly values: readonly RoleValue[];
}

export function analyse(file: YamlFile): ComposeModel {
  const resolver = new Resolver(file);
  const walk = new Walk(resolver);
  walk.visit(file.root, roleTree, undefined);
  return { file, resolver, definitions: walk.definitions, uses: walk.uses, values: walk.values };
}

export function definitionOf(model: ComposeModel, of: NameKind, name: string): Definition | undefined {
  return model.definitions.get(of)?.get(name);
}

export function definitionsOf(model: ComposeModel, of: NameKind): readonly Definition[] {
  return [...(model.definitions.get(of)?.values() ?? [])];
}

class Walk {
  readonly definitions = new Map<NameKind, Map<string, Definition>>();
  readonly uses: Use[] = [];
  readonly values: RoleValue[] = [];
  readonly #resolver: Resolver;
  readonly #seen = new WeakMap<Node, Set<RoleTree>>();
  #service: string | undefined;
  #property: string | undefined;

  constructor(resolver: Resolver) {
    this.#resolver = resolver;
  }

  /** @param parent the mapping that the value stands in */
  visit(node: Node | undefined, roles: RoleTree, parent: Mapping | undefined): void {
    const value = this.#resolver.follow(node);
    if (value === undefined || (value !== node && this.#again(value, roles))) return;
    switch (value.kind) {
      case 'mapping':
        return this.#mapping(value, roles);
      case 'sequence': {
        const inner = childRoles(roles, 0);
        if (inner !== undefined) for (const item of value.items) this.visit(item, inner, undefined);
        return;
      }
      case 'scalar':
        if (roles.role !== undefined) this.#scalar(value, roles.role, parent, false);
    }
  }

  #mapping(mapping: Mapping, roles: RoleTree): void {
    for (const pair of mapping.pairs) {
      if (pair.key.kind !== 'scalar') continue;
      if (isMerge(pair)) {
        for (const source of this.#resolver.merged(mapping))
          if (!this.#again(source, roles)) this.#mapping(source, roles);
        continue;
      }
      if (roles === serviceRoles) this.#property = pair.key.text;
      if (roles.keyRole !== undefined) this.#key(pair.key, pair.value, roles.keyRole);
      const inner = childRoles(roles, pair.key.text);
      if (inner !== undefined) this.visit(pair.value, inner, mapping);
    }
  }

  #key(key: Scalar, value: Node | undefined, role: Role): void {
    if (role.kind !== 'definition') return this.#scalar(key, role, undefined, true);
    if (role.of === 'service') this.#service = key.text;
    if (key.text.startsWith('x-') && role.of !== 'service') return;
    const names = this.definitions.get(role.of) ?? new Map<string, Definition>();
    this.definitions.set(role.of, names);
    names.set(key.text, { of: role.of, name: key.text, key, value });
  }

  #scalar(scalar: Scalar, role: Role, parent: Mapping | undefined, isKey: boolean): void {
    if (scalar.value === null) return;
    const service = this.#service;
    if (role.kind !== 'use') {
      this.values.push({ role, scalar, service, isKey });
      return;
    }
    const part = namePart(scalar, role, parent);
    if (part === undefined) {
      // What is mounted is a path where it is no name.
      if (role.form === 'mount' || role.form === 'mount-source') this.values.push({ role, scalar, service, isKey });
      return;
    }
    const inner = innerSpan(scalar).start + part.at;
    const span = { start: inner, end: inner + part.name.length };
    const fileValue = role.form === 'extends' ? valueOf(parent, 'file') : undefined;
    const file = fileValue?.kind === 'scalar' ? fileValue : undefined;
    this.uses.push({ of: role.of, name: part.name, span, form: role.form, service, property: this.#property, file });
  }

  #again(node: Node, roles: RoleTree): boolean {
    const seen = this.#seen.get(node);
    if (seen?.has(roles) === true) return true;
    if (seen === undefined) this.#seen.set(node, new Set([roles]));
    else seen.add(roles);
    return false;
  }
}

/** The part of a value that is the name; undefined where it names nothing, or nothing that is known before it is filled in. */
function namePart(
  scalar: Scalar,
  role: Role & { readonly kind: 'use' },
  parent: Mapping | undefined,
): { readonly name: string; readonly at: number } | undefined {
  const { text } = scalar;
  if (text === '' || scalar.style === 'block') return undefined;
  const colon = text.indexOf(':');
  const head = colon < 0 ? text : text.slice(0, colon);
  if (head.includes('$')) return undefined;
  switch (role.form) {
    case 'whole':
      return text.includes('$') ? undefined : { name: text, at: 0 };
    case 'extends':
      // A mapping's `service` has the mapping as its parent, a plain `extends: name` the service.
      return { name: text, at: 0 };
    case 'before-colon':
      return head === 'container' || head === '' ? undefined : { name: head, at: 0 };
    case 'after-service':
      return head === 'service' && colon > 0 ? { name: text.slice(colon + 1), at: colon + 1 } : undefined;
    case 'mount':
      // One letter is a drive, for Compose as well. A name alone is a mount whose place is not written yet.
      return (colon > 1 || (colon < 0 && text.length > 1)) && isVolumeName(head) ? { name: head, at: 0 } : undefined;
    case 'mount-source':
      return ['volume', undefined].includes(textOf(valueOf(parent, 'type'))) && isVolumeName(text)
        ? { name: text, at: 0 }
        : undefined;
  }
}

/** Everything else that may stand before the colon of a mount is a path. */
export function isVolumeName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(text);
}
