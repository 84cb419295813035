// Copies names and digests, a line for each.

import type { RegistryTarget } from '../../registries/targets.ts';
import type { RegistryHost, RegistryVerb } from './host.ts';
import { nameOf } from './host.ts';

export const copyRegistryName: RegistryVerb<'repository' | 'tag' | 'manifest'> = {
  id: 'coracle.registry.copyName',
  kinds: ['repository', 'tag', 'manifest'],
  async run({ ui }, targets) {
    await ui.copy(targets.map(nameOf).join('\n'));
  },
};

export const copyRegistryDigest: RegistryVerb<'tag' | 'manifest'> = {
  id: 'coracle.registry.copyDigest',
  kinds: ['tag', 'manifest'],
  async run(host, targets) {
    const digests = await Promise.all(targets.map((target) => digestOf(host, target)));
    await host.ui.copy(digests.join('\n'));
  },
};

async function digestOf(
  host: RegistryHost,
  target: Extract<RegistryTarget, { readonly kind: 'tag' | 'manifest' }>,
): Promise<string> {
  if (target.kind === 'manifest') return target.digest;
  return (await (await host.registries()).details(target.registry, target.repository, target.tag)).digest;
}
