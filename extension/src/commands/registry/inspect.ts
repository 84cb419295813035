// The manifest of a tag or digest as the registry has it, in an editor.

import { showJson } from '../document.ts';
import { nameOf, type RegistryVerb } from './host.ts';

export const inspectManifest: RegistryVerb<'tag' | 'manifest'> = {
  id: 'coracle.registry.inspect',
  kinds: ['tag', 'manifest'],
  async run(host, targets) {
    const named = targets.map((target) => ({ target, name: nameOf(target) }));
    await showJson(
      host.ui,
      named,
      ({ name, target }) => `${target.registry.domain}/${name}`,
      async ({ target: { registry, repository, ...which } }) => {
        const wanted = which.kind === 'tag' ? which.tag : which.digest;
        return (await (await host.registries()).details(registry, repository, wanted)).text;
      },
    );
  },
};
