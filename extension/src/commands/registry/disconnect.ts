// Takes a registry out of the explorer. Log-ins stay.

import { l10n } from '../../l10n.ts';
import type { RegistryVerb } from './host.ts';

export const disconnectRegistry: RegistryVerb<'registry'> = {
  id: 'coracle.registry.disconnect',
  kinds: ['registry'],
  async run(host, targets) {
    for (const { registry } of targets) await host.connections.remove(registry.kind, registry.connection);
    await host.changed();
    const names = targets.map(({ registry }) => registry.label).join(', ');
    host.ui.info(l10n.t('{0} is not shown any more. Log-ins stay as they are.', names));
  },
};
