// `system df`: what the engine's things take on disk, as a text.

import { diskUsageRows, reclaimableText } from '../../../../runtime/src/text/disk-usage.ts';
import { layOut } from '../../../../runtime/src/text/table.ts';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import type { DiskUsage } from '../../../../runtime/src/spec/api/system.ts';
import { l10n } from '../../l10n.ts';
import type { PlainVerb } from '../verb.ts';

export function diskUsageText(usage: DiskUsage): string {
  const rows = diskUsageRows(usage).map((row) =>
    [row.type, String(row.total), String(row.active), humanSize(row.size), reclaimableText(row)].join('\t'),
  );
  const header = [l10n.t('TYPE'), l10n.t('TOTAL'), l10n.t('ACTIVE'), l10n.t('SIZE'), l10n.t('RECLAIMABLE')];
  return layOut([header.join('\t'), ...rows]);
}

export const diskUsage: PlainVerb = {
  id: 'coracle.system.df',
  async run({ ui, client }) {
    await ui.document({
      name: 'disk-usage.txt',
      key: `df/${client.http.endpoint.text}`,
      load: async () => diskUsageText(await client.system.diskUsage()),
    });
  },
};
