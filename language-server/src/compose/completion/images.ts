// Images and tags: those of this machine first, then those of a registry where it may be asked, then what is used often.

import { bytesSize } from '../../../../runtime/src/text/units.ts';
import type { TagFacts } from '../../knowledge/knowledge.ts';
import { registryRepositories, registryTags } from '../../knowledge/registries.ts';
import { kinds, type Asked, type Offer } from './offer.ts';

const often = [
  'alpine',
  'caddy',
  'httpd',
  'mariadb',
  'memcached',
  'mongo',
  'mysql',
  'nats',
  'nginx',
  'node',
  'postgres',
  'python',
  'rabbitmq',
  'redis',
  'traefik',
];

export function imageOffers({ context, cursor }: Asked): Offer[] {
  const images = context.knowledge.images();
  const store = images.kind === 'known' ? images.value : [];
  // The cursor's word ends at a colon, so all that was typed is looked at.
  const colon = tagColon(cursor.typed);
  const offers = store.map((facts) => offerOf(facts, 0));
  if (colon < 0) {
    const there = new Set(store.map(({ reference }) => reference.slice(0, tagColon(reference))));
    const repositories = registryRepositories(context, cursor.typed);
    return [
      ...offers,
      ...repositories.map((label) => ({ label, kind: kinds.Module, detail: 'in the registry', rank: 2 })),
      ...often.filter((name) => !there.has(name)).map((label) => ({ label, kind: kinds.Module, rank: 900 })),
    ];
  }
  const known = new Set(store.map(({ reference }) => reference));
  const tags = registryTags(context, cursor.typed.slice(0, colon));
  const more = tags.filter(({ reference }) => !known.has(reference));
  return [...offers, ...more.map((facts, index) => offerOf(facts, 1 + index))];
}

function offerOf(facts: TagFacts, rank: number): Offer {
  const { reference, size, created, where } = facts;
  const parts = [
    where === 'store' ? 'on this machine' : 'in the registry',
    ...(size === undefined ? [] : [bytesSize(size)]),
    ...(created === undefined ? [] : [created.slice(0, 10)]),
  ];
  return { label: reference, kind: kinds.Reference, detail: parts.join(', '), rank };
}

/** Where the tag's colon is: not that of a registry's port. */
function tagColon(reference: string): number {
  const colon = reference.lastIndexOf(':');
  return colon > reference.lastIndexOf('/') ? colon : -1;
}
