// Names that the project defines, where a value uses one.

import { resolveUri } from '../../language/uri.ts';
import { definitionsOf, type Definition } from '../model/model.ts';
import type { NameKind, Role } from '../model/roles.ts';
import { itemsOf, textOf, type Step } from '../yaml/tree.ts';
import { nodeAt } from './keys.ts';
import { kinds, type Asked, type Offer } from './offer.ts';

export function useOffers(asked: Asked, role: Role & { readonly kind: 'use' }, path: readonly Step[]): Offer[] {
  if (role.form === 'extends') return extendsOffers(asked, path);
  const own = role.of === 'service' ? ownService(path) : undefined;
  const names = namesOf(asked, role.of).filter(({ name }) => name !== own);
  const taken = new Set(siblings(asked, path));
  return names.flatMap((definition) => {
    const { name } = definition;
    if (taken.has(name)) return [];
    const offer = { label: name, kind: kinds.Reference, detail: detailOf(asked, definition), rank: 0 };
    if (role.form === 'after-service') return [{ ...offer, label: `service:${name}` }];
    return role.form === 'mount'
      ? [{ ...offer, insert: `${name}:`, detail: `volume ${offer.detail}`.trim() }]
      : [offer];
  });
}

/** Definitions of the file and of those that belong to it, each name once. */
export function namesOf({ view, project }: Asked, of: NameKind): readonly Definition[] {
  const all = [view.model, ...project.files.map(({ model }) => model)].flatMap((model) => definitionsOf(model, of));
  const names = new Map<string, Definition>();
  for (const definition of all) if (!names.has(definition.name)) names.set(definition.name, definition);
  return [...names.values()];
}

export function profileOffers({ view, project }: Asked): Offer[] {
  const models = [view.model, ...project.files.map(({ model }) => model)];
  const profiles = models.flatMap(({ values }) =>
    values.flatMap(({ role, scalar }) => (role.kind === 'profile' && scalar.text !== '' ? [scalar.text] : [])),
  );
  return [...new Set(profiles)].map((label) => ({ label, kind: kinds.EnumMember, detail: 'profile', rank: 0 }));
}

export function aliasOffers({ view }: Asked): Offer[] {
  return view.model.resolver.anchors.map(({ anchor }) => ({
    label: `*${anchor.name}`,
    kind: kinds.Reference,
    detail: 'anchor',
  }));
}

function extendsOffers(asked: Asked, path: readonly Step[]): Offer[] {
  const { view, context } = asked;
  const holder = nodeAt(view.file.root, path.at(-1) === 'service' ? path.slice(0, -1) : path);
  const file = holder?.kind === 'mapping' ? textOf(nodeAt(holder, ['file'])) : undefined;
  const uri = file === undefined ? undefined : resolveUri(view.document.uri, file);
  if (uri === undefined) {
    const own = ownService(path);
    const others = definitionsOf(view.model, 'service').filter(({ name }) => name !== own);
    return others.map(({ name }) => ({ label: name, kind: kinds.Reference, rank: 0 }));
  }
  const known = context.files.text(uri);
  if (known.kind !== 'known') return [];
  const services = definitionsOf(view.related.model(uri, known.value), 'service');
  return services.map(({ name }) => ({ label: name, kind: kinds.Reference, detail: `in ${file ?? ''}`, rank: 0 }));
}

/** The service that a path goes through. */
export function ownService(path: readonly Step[]): string | undefined {
  const [first, second] = path;
  return first === 'services' && typeof second === 'string' ? second : undefined;
}

/** What stands in the same list or mapping already. */
function siblings({ view, cursor }: Asked, path: readonly Step[]): readonly string[] {
  const holder = nodeAt(view.file.root, typeof path.at(-1) === 'number' ? path.slice(0, -1) : path);
  const nodes = holder?.kind === 'mapping' ? holder.pairs.map(({ key }) => key) : itemsOf(holder);
  return nodes.flatMap((node) =>
    node.kind === 'scalar' && (node.span.end < cursor.span.start || node.span.start > cursor.span.end)
      ? [node.text]
      : [],
  );
}

function detailOf({ view }: Asked, { of, value }: Definition): string {
  if (of !== 'service') return '';
  const image = view.model.resolver.get(value, 'image');
  return image?.kind === 'scalar' ? image.text : 'service';
}
