// `top`: the processes of a container, as a text.

import { layOut } from '../../../../runtime/src/text/table.ts';
import { l10n } from '../../l10n.ts';
import { fileName } from '../document.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';
import { isRunning } from './simple.ts';

export const top: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.top',
  noun: containers,
  isForMany: false,
  question: () => l10n.t('Choose the container whose processes to show'),
  accepts: isRunning,
  async run({ ui, client }, [target]) {
    if (target === undefined) return;
    await ui.document({
      name: `${fileName(target.name)}.top.txt`,
      key: `top/${target.id}`,
      async load() {
        const { Titles, Processes } = await client.containers.top(target.id, '');
        // A process may call itself anything: one process is one line, one argument makes no column.
        const rows = [Titles ?? [], ...(Processes ?? [])].map((cells) =>
          cells.map((cell) => cell.replaceAll(/\s/g, ' ')),
        );
        return layOut(rows.map((cells) => cells.join('\t')));
      },
    });
  },
};
