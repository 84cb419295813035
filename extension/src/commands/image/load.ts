// `load`: images out of a tar file.

import type { ProgressLine } from '../../../../runtime/src/client/images.ts';
import { jsonLines } from '../../../../runtime/src/client/ndjson.ts';
import { l10n } from '../../l10n.ts';
import type { PlainVerb } from '../verb.ts';

export const load: PlainVerb = {
  id: 'coracle.image.load',
  needsTrust: true,
  async run({ ui, client, local }) {
    const path = await ui.chooseFile({
      title: l10n.t('Load Images'),
      button: l10n.t('Load'),
      filters: { [l10n.t('Archives')]: ['tar', 'gz', 'tgz', 'zst', 'xz', 'bz2'] },
    });
    if (path === undefined) return;
    const loaded = await ui.progress(l10n.t('Loading {0}', path), async ({ report, signal }) => {
      const file = await local.open(path, signal);
      const said: string[] = [];
      for await (const line of jsonLines<ProgressLine>(await client.images.load(file))) {
        if (line.error !== undefined) throw new Error(line.error);
        const text = line.stream?.trim() ?? '';
        if (text !== '') said.push(text);
        report(text === '' ? (line.status ?? '') : text);
      }
      return said;
    });
    ui.info(loaded.length === 0 ? l10n.t('Loaded {0}.', path) : loaded.join(' '));
  },
};
