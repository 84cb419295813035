// `cp` into a container: a file or a folder of this machine, into a folder of the container.

import { copyIn } from '../../../../runtime/src/copy/transfer.ts';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import { l10n } from '../../l10n.ts';
import { pathFault } from '../names.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const copyTo: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.copyTo',
  noun: containers,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the container to copy files to'),
  async run({ ui, client }, [target]) {
    if (target === undefined) return;
    const title = l10n.t('Copy Files into {0}', target.name);
    const kinds = [
      { label: l10n.t('A file'), icon: 'file', value: false },
      { label: l10n.t('A folder'), icon: 'folder', value: true },
    ];
    const isFolder = await ui.pick(kinds, { title });
    if (isFolder === undefined) return;
    const choice = { title, button: l10n.t('Copy') };
    const source = await (isFolder ? ui.chooseFolder(choice) : ui.chooseFile(choice));
    if (source === undefined) return;
    const { Config } = await client.containers.inspect(target.id);
    const path = await ui.input({
      title,
      prompt: l10n.t('Path of a folder in the container'),
      value: Config?.WorkingDir || '/',
      validate: pathFault,
    });
    if (path === undefined) return;
    await ui.progress(l10n.t('Copying {0}', source), async ({ report, signal }) => {
      const options = { signal, onBytes: (bytes: number) => report(humanSize(bytes, 3)) };
      await copyIn(client, source, { container: target.id, path }, options);
    });
  },
};
