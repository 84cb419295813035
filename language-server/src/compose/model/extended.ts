// `extends`, followed through files.

import type { Context } from '../../language/context.ts';
import { resolveUri } from '../../language/uri.ts';
import type { ComposeView } from '../view.ts';
import { valueOf, type Node, type Scalar } from '../yaml/tree.ts';
import { definitionOf, type ComposeModel, type Definition } from './model.ts';

/** A service in a file. */
export interface ServicePlace {
  readonly uri: string;
  readonly model: ComposeModel;
  readonly definition: Definition;
}

export interface Extends {
  readonly service: Scalar;
  /** Undefined for a service of the same file. */
  readonly file: Scalar | undefined;
}

export type Extended =
  | { readonly kind: 'service'; readonly place: ServicePlace }
  /** The file is there and has no such service. */
  | { readonly kind: 'no-service'; readonly model: ComposeModel }
  | { readonly kind: 'no-file' }
  | { readonly kind: 'unknown' };

const maximumHops = 50;

/** What a service says that it extends. */
export function extendsOf(model: ComposeModel, service: Node | undefined): Extends | undefined {
  const value = model.resolver.get(service, 'extends');
  if (value?.kind === 'scalar') return value.text === '' ? undefined : { service: value, file: undefined };
  const name = valueOf(value, 'service');
  const file = valueOf(value, 'file');
  if (name?.kind !== 'scalar' || name.text === '') return undefined;
  return { service: name, file: file?.kind === 'scalar' && file.text !== '' ? file : undefined };
}

export function followExtends(
  from: { readonly uri: string; readonly model: ComposeModel },
  { service, file }: Extends,
  view: ComposeView,
  context: Context,
): Extended {
  const found = file === undefined ? from : fileOf(from.uri, file, view, context);
  if (typeof found === 'string') return { kind: found };
  const definition = definitionOf(found.model, 'service', service.text);
  if (definition === undefined) return { kind: 'no-service', model: found.model };
  return { kind: 'service', place: { ...found, definition } };
}

function fileOf(uri: string, file: Scalar, view: ComposeView, context: Context) {
  const target = file.text.includes('$') ? undefined : resolveUri(uri, file.text);
  if (target === undefined) return 'unknown' as const;
  if (target === view.document.uri) return { uri: target, model: view.model };
  const known = context.files.text(target);
  if (known.kind === 'absent') return 'no-file' as const;
  return known.kind === 'unknown'
    ? ('unknown' as const)
    : { uri: target, model: view.related.model(target, known.value) };
}

/**
 * The services that one extends, nearest first.
 * @returns `ring` when one of them is the service itself
 */
export function chainOf(
  definition: Definition,
  view: ComposeView,
  context: Context,
): { readonly chain: readonly ServicePlace[]; readonly ring: boolean; readonly complete: boolean } {
  const chain: ServicePlace[] = [];
  let place: ServicePlace = { uri: view.document.uri, model: view.model, definition };
  for (let hops = 0; hops < maximumHops; hops += 1) {
    const next = extendsOf(place.model, place.definition.value);
    if (next === undefined) return { chain, ring: false, complete: true };
    const found = followExtends(place, next, view, context);
    if (found.kind !== 'service') return { chain, ring: false, complete: false };
    place = found.place;
    if (place.uri === view.document.uri && place.definition.name === definition.name)
      return { chain, ring: true, complete: true };
    if (chain.some((each) => each.uri === place.uri && each.definition.name === place.definition.name)) break;
    chain.push(place);
  }
  return { chain, ring: false, complete: false };
}

/** The value of a key of a service, its own or one that it takes over from what it extends. */
export function inherited(
  definition: Definition,
  key: string,
  view: ComposeView,
  context: Context,
): { readonly node: Node; readonly from: ServicePlace | undefined } | undefined {
  const own = view.model.resolver.get(definition.value, key);
  if (own !== undefined) return { node: own, from: undefined };
  for (const from of chainOf(definition, view, context).chain) {
    const node = from.model.resolver.get(from.definition.value, key);
    if (node !== undefined) return { node, from };
  }
  return undefined;
}
