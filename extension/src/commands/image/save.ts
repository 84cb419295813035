// `save`: images into a tar file. What was half written when it failed or was cancelled is taken away again.

import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Transform } from 'node:stream';
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
  async run({ ui, client }, targets) {
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
      const draft = `${path}.part`;
      let size = 0;
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          size += chunk.length;
          report(humanSize(size, 3));
          done(null, chunk);
        },
      });
      try {
        await pipeline(await client.images.save(names), count, createWriteStream(draft), { signal });
        await rename(draft, path);
        return true;
      } catch (error) {
        await rm(draft, { force: true });
        if (signal.aborted) return false;
        throw error;
      }
    });
    if (isDone) ui.info(l10n.t('Saved to {0}.', path));
  },
};
