// `network disconnect`: chosen containers out of a network.

import { l10n } from '../../l10n.ts';
import { onEach } from '../failures.ts';
import { containers, containerTarget, networks } from '../targets.ts';
import type { NetworkTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const disconnect: TargetVerb<NetworkTarget> = {
  id: 'coracle.network.disconnect',
  noun: networks,
  isForMany: false,
  question: () => l10n.t('Choose the network to disconnect containers from'),
  async run({ ui, client }, [network]) {
    if (network === undefined) return;
    const inside = (await client.containers.list({ all: true }))
      .filter(({ NetworkSettings }) => Object.hasOwn(NetworkSettings?.Networks ?? {}, network.name))
      .map(containerTarget);
    if (inside.length === 0) {
      ui.info(l10n.t('No container is in {0}.', network.name));
      return;
    }
    const chosen = await ui.pickMany(
      inside.map((target) => containers.item(target)),
      {
        title: l10n.t('Choose containers to disconnect from {0}', network.name),
      },
    );
    if (chosen === undefined) return;
    const options = {
      title: l10n.t('Disconnecting from {0}', network.name),
      failed: (names: string) => l10n.t('Could not disconnect {0}', names),
    };
    await onEach(ui, chosen, options, ({ id }) => client.networks.disconnect(network.id, id, false));
  },
};
