// The record of a build, as the engine keeps it.

import { recordOf } from '../../builds/record.ts';
import { l10n } from '../../l10n.ts';
import { showJson } from '../document.ts';
import { builds } from '../targets.ts';
import type { BuildTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const inspectBuild: TargetVerb<BuildTarget> = {
  id: 'coracle.build.inspect',
  noun: builds,
  isForMany: true,
  question: () => l10n.t('Choose builds to inspect'),
  async run(context, targets) {
    await showJson(
      context.ui,
      targets,
      ({ id }) => `build/${id}`,
      async ({ id }) => JSON.stringify(await recordOf(context.client, context.builds.builder, id)),
    );
  },
};
