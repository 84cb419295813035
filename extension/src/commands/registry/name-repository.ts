// Repositories that the user names, where a registry does not list them.

import { parseReference } from '../../../../runtime/src/spec/reference.ts';
import { faultOf } from '../../forms/run-options.ts';
import { l10n } from '../../l10n.ts';
import type { ShownRegistry } from '../../registries/targets.ts';
import type { RegistryVerb } from './host.ts';

export const nameRepository: RegistryVerb = {
  id: 'coracle.registry.nameRepository',
  kinds: ['registry', 'repository', 'tag', 'manifest'],
  async run(host, [target]) {
    if (target === undefined) return;
    const { registry } = target;
    const hasOwners = registry.kind === 'hub' || registry.kind === 'github';
    const name = await host.ui.input({
      title: l10n.t('Name a Repository of {0}', registry.label),
      prompt: hasOwners
        ? l10n.t('A repository, or with /* all of a user or an organisation')
        : l10n.t('The repository without its registry'),
      placeholder: registry.kind === 'hub' ? 'alpine, bitnami/*' : hasOwners ? 'owner/name, owner/*' : 'team/web',
      validate: faultOf((text) => repositoryIn(registry, text)),
    });
    if (name === undefined) return;
    await host.connections.nameRepository(registry.kind, registry.connection, repositoryIn(registry, name));
    await host.changed();
  },
};

/** @throws Error for what is no repository, in docker's words */
function repositoryIn({ domain, kind }: ShownRegistry, text: string): string {
  const typed = text.trim();
  if (typed.endsWith('/*') && (kind === 'hub' || kind === 'github')) {
    const owner = typed.slice(0, -2);
    parseReference(`${domain}/${owner}/x`);
    return `${owner}/*`;
  }
  // Of a name with its registry what is behind that.
  const { path, tag, digest } = parseReference(typed.startsWith(`${domain}/`) ? typed : `${domain}/${typed}`);
  if (tag !== undefined || digest !== undefined) throw new Error(l10n.t('The name of a repository has no tag.'));
  return path;
}

export const forgetRepository: RegistryVerb<'repository'> = {
  id: 'coracle.registry.forgetRepository',
  kinds: ['repository'],
  async run(host, targets) {
    for (const { registry, repository } of targets) {
      await host.connections.forgetRepository(registry.kind, registry.connection, repository);
    }
    await host.changed();
  },
};
