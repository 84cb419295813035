// Values: what the schema lists, and what the roles of a path know.

import { fillIn } from '../model/interpolation.ts';
import { buildFileOf } from '../model/dockerfile.ts';
import { parseReferenceOrNothing } from '../model/image.ts';
import { rolesAt, type Role } from '../model/roles.ts';
import { shapesAt } from '../schema/at.ts';
import type { Step } from '../yaml/tree.ts';
import { imageOffers } from './images.ts';
import { nodeAt } from './keys.ts';
import { ownService, profileOffers, useOffers } from './names.ts';
import { kinds, type Asked, type Offer } from './offer.ts';
import { pathOffers } from './paths.ts';

const durations = ['5s', '10s', '30s', '1m', '1m30s', '5m'];

export function valueOffers(asked: Asked, path: readonly Step[]): Offer[] {
  const offers = shapesAt(path).flatMap((shape): Offer[] => [
    ...shape.values.map((label) => ({ label, kind: kinds.EnumMember, rank: 0 })),
    ...(shape.types.has('boolean') ? ['true', 'false'].map((label) => ({ label, kind: kinds.Value, rank: 1 })) : []),
  ]);
  const role = rolesAt(path)?.role;
  return role === undefined ? offers : [...offers, ...roleOffers(asked, role, path)];
}

/** @param path of the value, or of the key that the role is about */
export function roleOffers(asked: Asked, role: Role, path: readonly Step[]): Offer[] {
  switch (role.kind) {
    case 'use':
      return [...useOffers(asked, role, path), ...besideNames(asked, role, path)];
    case 'profile':
      return profileOffers(asked);
    case 'image':
      return imageOffers(asked);
    case 'path':
      return pathOffers(asked, role.of);
    case 'values':
      return role.values.map((label) => ({
        label,
        kind: kinds.EnumMember,
        rank: 2,
        insert: label === 'no' ? '"no"' : label,
      }));
    case 'duration':
      return durations.map((label, rank) => ({ label, kind: kinds.Value, rank }));
    case 'target':
      return buildParts(asked, path, 'stages');
    case 'argument':
      return buildParts(asked, path, 'args');
    case 'environment':
      return environmentOffers(asked, path);
    case 'port':
      return portOffers(asked, path);
    case 'definition':
    case 'language-model':
      return [];
  }
}

/** What else may stand where a name may. */
function besideNames(asked: Asked, role: Role & { readonly kind: 'use' }, path: readonly Step[]): Offer[] {
  if (role.form === 'mount') return pathOffers(asked, 'any');
  if (path.at(-1) !== 'network_mode') return [];
  return ['bridge', 'host', 'none'].map((label) => ({ label, kind: kinds.EnumMember, rank: 1 }));
}

/** Stages or arguments of the service's Dockerfile. An argument in a list has its value after `=`. */
function buildParts(asked: Asked, path: readonly Step[], part: 'stages' | 'args'): Offer[] {
  const { view, context, cursor } = asked;
  const service = serviceNode(asked, path);
  const reading = buildFileOf(view.document.uri, view.model, service, context);
  if (reading.kind !== 'known') return [];
  const inList = typeof path.at(-1) === 'number';
  return reading.file[part].map(({ name, detail }, rank) => ({
    label: name,
    kind: part === 'stages' ? kinds.Class : kinds.Variable,
    insert: part === 'stages' ? name : `${name}${inList ? '=' : cursor.flow ? ': ' : ': '}`,
    detail: part === 'stages' ? `FROM ${detail}` : detail === '' ? 'ARG' : `ARG, default ${detail}`,
    rank,
  }));
}

/** Variables of the image and of `.env`. */
function environmentOffers(asked: Asked, path: readonly Step[]): Offer[] {
  const inList = typeof path.at(-1) === 'number';
  const end = inList ? '=' : ': ';
  const image = imageOf(asked, path);
  const names = new Map<string, string>();
  for (const entry of image?.env ?? []) {
    const name = /^[^=]+/.exec(entry)?.[0];
    if (name !== undefined) names.set(name, 'of the image');
  }
  for (const [name, { from }] of asked.project.variables)
    if (from === 'file' && !names.has(name)) names.set(name, 'in .env');
  return [...names].map(([label, detail]) => ({ label, kind: kinds.Variable, insert: `${label}${end}`, detail }));
}

function portOffers(asked: Asked, path: readonly Step[]): Offer[] {
  const ports = imageOf(asked, path)?.exposedPorts ?? [];
  return ports.map((exposed) => {
    const [port = '', protocol = 'tcp'] = exposed.split('/');
    const text = `${port}:${port}${protocol === 'tcp' ? '' : `/${protocol}`}`;
    const insert = asked.cursor.quote === '' ? `"${text}"` : text;
    return { label: text, kind: kinds.Value, insert, detail: 'exposed by the image', rank: 0 };
  });
}

function imageOf(asked: Asked, path: readonly Step[]) {
  const image = asked.view.model.resolver.get(serviceNode(asked, path), 'image');
  if (image?.kind !== 'scalar') return undefined;
  const filled = fillIn(
    image.text,
    { start: 0, end: image.text.length },
    (name) => asked.project.variables.get(name)?.value,
  );
  const reference = parseReferenceOrNothing(filled);
  const known = reference === undefined ? undefined : asked.context.knowledge.image(reference, undefined);
  return known?.kind === 'known' ? known.value : undefined;
}

function serviceNode({ view }: Asked, path: readonly Step[]) {
  const name = ownService(path);
  return name === undefined ? undefined : nodeAt(view.file.root, ['services', name]);
}

/** Variables after `${` or `$`. */
export function variableOffers(asked: Asked): Offer[] | undefined {
  const { view, offset, project } = asked;
  const before = /\$(\{?)([A-Za-z_]\w*)?$/.exec(view.document.text.slice(Math.max(0, offset - 200), offset));
  if (before === null || view.document.text.charAt(offset - before[0].length - 1) === '$') return undefined;
  const typed = before[2] ?? '';
  const rest = /^\w*/.exec(view.document.text.slice(offset, offset + 200))?.[0] ?? '';
  const span = { start: offset - typed.length, end: offset + rest.length };
  const close = before[1] === '{' && !/^\w*[:}?+-]/.test(view.document.text.slice(offset, offset + 200)) ? '}' : '';
  return [...project.variables].map(([label, { value, from }]) => ({
    label,
    kind: kinds.Variable,
    insert: label + close,
    // What the environment holds may be a secret; a file in the workspace is open to who reads it.
    detail: from === 'file' ? `${value} (.env)` : 'environment',
    rank: from === 'file' ? 0 : 1,
    span,
  }));
}
