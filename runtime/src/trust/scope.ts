// Which rule is meant for an image: the one of the most specific scope, and no other.

import type { LocalPlace } from '../spec/engine/trust.ts';
import { type Reference, fullName, fullReference } from '../spec/reference.ts';
import { type Policy, type Requirements, placeOf } from './policy.ts';

export interface Rule {
  readonly requirements: Requirements;
  /** Where it stands in the policy. */
  readonly place: string;
}

/** For an image of a registry: its reference, its repository, namespaces, the host, then `*.domain` from the longest on. */
export function ruleForReference(policy: Policy, reference: Reference): Rule {
  return ruleIn(policy, 'docker', scopesOfReference(reference));
}

function scopesOfReference(reference: Reference): readonly string[] {
  const name = fullName(reference);
  const parts = name.split('/');
  const names = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  const labels = (parts[0] ?? '').replace(/:.*$/, '').split('.');
  const wildcards = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`);
  return [fullReference(reference), ...names, ...wildcards, ''];
}

/** For an image that is in no registry. The name that an archive has for it cannot be believed. */
export function ruleForPlace(policy: Policy, place: LocalPlace): Rule {
  const { transport } = place;
  if (transport === 'docker-archive') return ruleIn(policy, transport, ['']);
  if (transport === 'docker-daemon') return ruleIn(policy, transport, scopesOfReference(place.reference));
  return ruleIn(policy, transport, [...(place.path === undefined ? [] : pathAndFolders(place.path)), '']);
}

/** `/a/b` and `/a` of `/a/b`; not the root, as the format has it. */
function pathAndFolders(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

function ruleIn(policy: Policy, transport: string, scopes: readonly string[]): Rule {
  const known = policy.transports.get(transport);
  for (const scope of known === undefined ? [] : scopes) {
    const requirements = known?.get(scope);
    if (requirements !== undefined) return { requirements, place: placeOf(transport, scope) };
  }
  return { requirements: policy.default, place: 'default' };
}
