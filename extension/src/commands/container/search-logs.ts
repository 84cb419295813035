// Searches the whole log of a container; what is found is a read-only text.

import { l10n } from '../../l10n.ts';
import { mostMatches, searchLogs } from '../../logs/search.ts';
import { fileName } from '../document.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const searchContainerLogs: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.searchLogs',
  noun: containers,
  isForMany: false,
  question: () => l10n.t('Choose the container whose logs to search'),
  async run({ ui, client }, [target]) {
    if (target === undefined) return;
    const text = await ui.input({
      title: l10n.t('Search the Logs of {0}', target.name),
      prompt: l10n.t('Lines that contain this text, in upper or lower case'),
      validate: (typed) => (typed === '' ? l10n.t('Type what to look for.') : undefined),
    });
    if (text === undefined) return;
    const search = async (signal: AbortSignal) => await searchLogs(client, target.id, text, signal);
    const matches = await ui.progress(l10n.t('Searching'), ({ signal }) => search(signal));
    if (matches.lines.length === 0) {
      ui.info(l10n.t('No line of {0} contains this text.', target.name));
      return;
    }
    const note = matches.isCut ? [l10n.t('These are the first {0} lines.', mostMatches)] : [];
    const found = [...note, ...matches.lines].map((line) => `${line}\n`).join('');
    await ui.document({
      name: `${fileName(target.name)}.log`,
      key: `search/${target.id}/${encodeURIComponent(text)}`,
      load: () => Promise.resolve(found),
    });
  },
};
