// `network connect`: chosen containers into a network.

import { l10n } from '../../l10n.ts';
import { onEach } from '../failures.ts';
import { containers, networks } from '../targets.ts';
import type { NetworkTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const connect: TargetVerb<NetworkTarget> = {
  id: 'coracle.network.connect',
  noun: networks,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the network to connect containers to'),
  accepts: ({ name }) => name !== 'host' && name !== 'none',
  async run({ ui, client }, [network]) {
    if (network === undefined) return;
    const all = await client.containers.list({ all: true });
    const inside = new Set(
      all
        .filter(({ NetworkSettings }) => Object.hasOwn(NetworkSettings?.Networks ?? {}, network.name))
        .map(({ Id }) => Id),
    );
    const outside = (await containers.list(client)).filter(({ id }) => !inside.has(id));
    if (outside.length === 0) {
      ui.info(l10n.t('All containers are in {0} already.', network.name));
      return;
    }
    const chosen = await ui.pickMany(
      outside.map((target) => containers.item(target)),
      {
        title: l10n.t('Choose containers to connect to {0}', network.name),
      },
    );
    if (chosen === undefined) return;
    const options = {
      title: l10n.t('Connecting to {0}', network.name),
      failed: (names: string) => l10n.t('Could not connect {0}', names),
    };
    await onEach(ui, chosen, options, ({ id }) => client.networks.connect(network.id, id, {}));
  },
};
