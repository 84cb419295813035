// `save`: images into a tar file. What was half written when it failed or was cancelled is taken away again.

import { humanSize } from '../../../../runtime/src/text/units.ts';
import { l10n } from '../../l10n.ts';
import { fileName } from '../document.ts';
import { images } from '../targets.ts';
import type { ImageTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const save: TargetVerb<ImageTarget> = {
  id: 'coracle.image.save',
  noun: images,
  isForMany: true,
  question: () => l10n.t('Choose images to save in one file'),
  async run({ ui, client, local }, targets) {
    const proposed = targets.length === 1 ? (targets[0]?.name ?? '') : 'images';
    const path = await ui.saveFile({
      title: l10n.t('Save Images'),
      button: l10n.t('Save'),
      name: `${fileName(proposed).replaceAll(':', '_')}.tar`,
      filters: { [l10n.t('Archives')]: ['tar'] },
    });
    if (path === undefined) return;
    // Dangling images are saved by their id, others so that their name is in the archive.
    const names = targets.map(({ id, name, isDangling }) => (isDangling ? id : name));
    const isDone = await ui.progress(l10n.t('Saving to {0}', path), async ({ report, signal }) => {
      try {
        await local.save(path, counted(await client.images.save(names), report), signal);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        throw error;
      }
    });
    if (isDone) ui.info(l10n.t('Saved to {0}.', path));
  },
};

async function* counted(
  archive: AsyncIterable<Uint8Array>,
  report: (message: string) => void,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of archive) {
    size += chunk.length;
    report(humanSize(size, 3));
    yield chunk;
  }
}
