// Which rule is meant for an image: the one of the most specific scope, and no other.

import { type Reference, fullName, fullReference } from '../spec/reference.ts';
import { type Policy, type Requirements, placeOf } from './policy.ts';

export interface Rule {
  readonly requirements: Requirements;
  /** Where it stands in the policy. */
  readonly place: string;
}

/** For an image of a registry: its reference, its repository, namespaces, the host, then `*.domain` from the longest on. */
export function ruleForReference(policy: Policy, reference: Reference): Rule {
  const name = fullName(reference);
  const parts = name.split('/');
  const names = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  const labels = (parts[0] ?? '').replace(/:.*$/, '').split('.');
  const wildcards = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`);
  return ruleIn(policy, 'docker', [fullReference(reference), ...names, ...wildcards, '']);
}

/** For an archive, which has no name that could be believed. */
export function ruleForArchive(policy: Policy): Rule {
  return ruleIn(policy, 'docker-archive', ['']);
}

function ruleIn(policy: Policy, transport: string, scopes: readonly string[]): Rule {
  const known = policy.transports.get(transport);
  for (const scope of known === undefined ? [] : scopes) {
    const requirements = known?.get(scope);
    if (requirements !== undefined) return { requirements, place: placeOf(transport, scope) };
  }
  return { requirements: policy.default, place: 'default' };
}
