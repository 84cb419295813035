// Builds again what was built: as it was asked for here, else as its record tells.

import type { BuildRecord } from '../../../../runtime/src/spec/engine/builds.ts';
import { recordOf } from '../../builds/record.ts';
import type { BuildAsk } from '../../builds/contract.ts';
import { knownAsk } from '../../builds/services.ts';
import { l10n } from '../../l10n.ts';
import { builds } from '../targets.ts';
import type { BuildTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';
import { buildAndTell } from './run-build.ts';

export const buildAgain: TargetVerb<BuildTarget> = {
  id: 'coracle.build.again',
  noun: builds,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the build to repeat'),
  async run(context, [target]) {
    if (target === undefined) return;
    const { builder } = context.builds;
    const own = builder.own.find(({ record }) => record.id === target.id)?.ask ?? knownAsk(context.builds, target.id);
    const ask = own ?? askOfRecord(await recordOf(context.client, builder, target.id));
    if (ask === undefined || !(await context.local.isThere(ask.dockerfile))) {
      throw new Error(l10n.t('The Dockerfile of {0} is not on this machine.', target.name));
    }
    await buildAndTell(context, { ...ask, noCache: false });
  },
};

/** What a record does not tell is left at its default: arguments and secrets are not written down. */
function askOfRecord({ origin, target, tags }: BuildRecord): BuildAsk | undefined {
  return origin === undefined ? undefined : { ...origin, tags, ...(target === '' ? {} : { target }) };
}
