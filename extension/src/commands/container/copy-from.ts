// `cp` out of a container: one path, into a folder of this machine.

import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { copyOut } from '../../../../runtime/src/copy/transfer.ts';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import { l10n } from '../../l10n.ts';
import type { Ui } from '../../ui/ui.ts';
import { pathFault } from '../names.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const copyFrom: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.copyFrom',
  noun: containers,
  isForMany: false,
  question: () => l10n.t('Choose the container to copy files from'),
  async run({ ui, client }, [target]) {
    if (target === undefined) return;
    const path = await ui.input({
      title: l10n.t('Copy Files out of {0}', target.name),
      prompt: l10n.t('Path of a file or folder in the container'),
      value: '/',
      validate: pathFault,
    });
    if (path === undefined) return;
    const title = l10n.t('Choose the folder to copy to');
    const folder = await ui.chooseFolder({ title, button: l10n.t('Copy') });
    if (folder === undefined) return;
    const existing = join(folder, posix.basename(path));
    if (path !== '/' && existsSync(existing) && !(await mayReplace(ui, existing))) return;
    const source = { container: target.id, path };
    await ui.progress(l10n.t('Copying {0}', path), async ({ report, signal }) => {
      await copyOut(client, source, `${folder}/`, { signal, onBytes: (bytes) => report(humanSize(bytes, 3)) });
    });
  },
};

async function mayReplace(ui: Ui, path: string): Promise<boolean> {
  return await ui.confirm({
    message: l10n.t('Replace {0}?', path),
    detail: l10n.t('Files of the same names are replaced.'),
    action: l10n.t('Replace'),
  });
}
