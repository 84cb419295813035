// The log of a build: what its steps wrote and how they ended.

import { logText } from '../../builds/log-text.ts';
import { recordOf } from '../../builds/record.ts';
import { l10n } from '../../l10n.ts';
import { fileName } from '../document.ts';
import { builds } from '../targets.ts';
import type { BuildTarget } from '../targets.ts';
import type { TargetVerb, VerbContext } from '../verb.ts';

export async function showLog(context: VerbContext, { id, name }: BuildTarget): Promise<void> {
  const { ui, client } = context;
  await ui.document({
    name: `${fileName(name)}.build.log`,
    key: `build/${id}`,
    load: async () => logText(await recordOf(client, context.builds.builder, id)),
  });
}

export const buildLog: TargetVerb<BuildTarget> = {
  id: 'coracle.build.log',
  noun: builds,
  isForMany: false,
  question: () => l10n.t('Choose the build whose log to show'),
  async run(context, [target]) {
    if (target !== undefined) await showLog(context, target);
  },
};
