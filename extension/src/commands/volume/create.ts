// `volume create`.

import { l10n } from '../../l10n.ts';
import { nameFault } from '../names.ts';
import type { PlainVerb } from '../verb.ts';

export const createVolume: PlainVerb = {
  id: 'coracle.volume.create',
  needsTrust: true,
  async run({ ui, client }) {
    const Name = await ui.input({ title: l10n.t('Create Volume'), prompt: l10n.t('Name'), validate: nameFault });
    if (Name === undefined) return;
    // The engine gives an existing volume back; the user asked for a new one.
    const { Volumes } = await client.volumes.list();
    if (Volumes?.some((volume) => volume.Name === Name) === true)
      throw new Error(l10n.t('There is a volume {0} already.', Name));
    await client.volumes.create({ Name });
  },
};
