// Builds with a notification that can cancel it, and says how it ended.

import { basename } from 'node:path';
import { BuildMeter } from '../../builds/meter.ts';
import type { BuildAsk, BuildFailure, BuildOutcome } from '../../builds/contract.ts';
import { rememberAsk } from '../../builds/services.ts';
import { l10n } from '../../l10n.ts';
import type { Action } from '../../ui/ui.ts';
import { fillAndRun } from '../image/run.ts';
import type { BuildTarget } from '../targets.ts';
import { checkTrust, type VerbContext } from '../verb.ts';
import { showLog } from './log.ts';
import { openStepShell } from './shell.ts';

/** @throws Error when there is no engine */
export async function runBuild(context: VerbContext, ask: BuildAsk): Promise<BuildOutcome> {
  const { ui, builds } = context;
  await builds.save();
  const outcome = await ui.progress(l10n.t('Building {0}', nameOf(ask)), async ({ report, signal }) => {
    const meter = new BuildMeter();
    return await builds.builder.build(ask, {
      signal,
      onEvent: (event) => {
        if (meter.take(event)) report(meter.message, meter.fraction);
      },
    });
  });
  if (outcome.id !== undefined) await rememberAsk(builds, outcome.id, ask);
  if (outcome.failure !== undefined) tellFailure(context, outcome, outcome.failure);
  return outcome;
}

/** The same, and tells what can be done with the image. */
export async function buildAndTell(context: VerbContext, ask: BuildAsk): Promise<void> {
  const { imageId } = await runBuild(context, ask);
  if (imageId === undefined) return;
  const run: Action = {
    label: l10n.t('Run...'),
    run: async () => {
      if (await checkTrust(context.ui, { needsTrust: true })) await fillAndRun(context, ask.tags[0] ?? imageId);
    },
  };
  context.ui.info(l10n.t('Built {0}.', nameOf(ask)), run);
}

function nameOf({ tags, dockerfile }: BuildAsk): string {
  return tags[0] ?? basename(dockerfile);
}

function tellFailure(context: VerbContext, { ask, id }: BuildOutcome, failure: BuildFailure): void {
  const { message, line, step } = failure;
  const [first = ''] = message.split('\n');
  const file = basename(ask.dockerfile);
  const isPlaced = line === undefined || first.startsWith(`${file}:`);
  const words = isPlaced ? first : `${file}:${line}: ${first}`;
  const record = context.builds.builder.own.findLast((own) => own.ask === ask)?.record;
  const target: BuildTarget = { id: id ?? record?.id ?? '', name: nameOf(ask), state: 'failed' };
  const actions: Action[] = [];
  if (id !== undefined && step !== undefined) {
    actions.push({
      label: l10n.t('Open Shell at Failed Step'),
      run: () => openStepShell(context, { ...target, step }, { isBefore: false }),
    });
  }
  if (line !== undefined)
    actions.push({ label: l10n.t('Go to Line'), run: () => context.ui.openFile(ask.dockerfile, line) });
  if (target.id !== '') actions.push({ label: l10n.t('Show Log'), run: () => showLog(context, target) });
  context.ui.error(l10n.t('Could not build {0}: {1}', nameOf(ask), words), ...actions);
}
