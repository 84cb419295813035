// `network create`: its name, and whether it reaches outside.

import { l10n } from '../../l10n.ts';
import { nameFault } from '../names.ts';
import type { PlainVerb } from '../verb.ts';

export const createNetwork: PlainVerb = {
  id: 'coracle.network.create',
  needsTrust: true,
  async run({ ui, client }) {
    const title = l10n.t('Create Network');
    const Name = await ui.input({ title, prompt: l10n.t('Name'), validate: nameFault });
    if (Name === undefined) return;
    const kinds = [
      {
        label: l10n.t('Bridge'),
        detail: l10n.t('Its containers reach each other and the world outside.'),
        value: false,
      },
      { label: l10n.t('Internal bridge'), detail: l10n.t('Its containers reach each other only.'), value: true },
    ];
    const Internal = await ui.pick(kinds, { title });
    if (Internal === undefined) return;
    const { Warning } = await client.networks.create({ Name, Driver: 'bridge', Internal, CheckDuplicate: true });
    if ((Warning ?? '') !== '') ui.info(Warning ?? '');
  },
};
