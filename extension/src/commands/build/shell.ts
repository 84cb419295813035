// A shell in what a step of a build left: of the one that failed what it had made by then, else what it ended with; or in what it
// began with.

import { recordOf, shownStep, stepBefore } from '../../builds/record.ts';
import { l10n } from '../../l10n.ts';
import { StepProgram } from '../../terminals/step-program.ts';
import type { ShellPlace } from '../../terminals/step-program.ts';
import { builds } from '../targets.ts';
import type { BuildTarget } from '../targets.ts';
import { checkTrust, type TargetVerb, type VerbContext } from '../verb.ts';

/** @throws Error for what has nothing before it */
export async function openStepShell(
  context: VerbContext,
  target: BuildTarget,
  { isBefore }: { readonly isBefore: boolean },
): Promise<void> {
  if (!(await checkTrust(context.ui, { needsTrust: true }))) return;
  const place = await placeOf(context, target, isBefore);
  const name = place.step === undefined ? target.name : l10n.t('{0}, step {1}', target.name, place.step + 1);
  context.ui.terminal({ name, icon: 'terminal', program: new StepProgram(context.client, place) });
}

/** @throws Error for what has nothing before it, ApiError 404 for a build that is not known any more */
export async function placeOf(
  { client, builds: { builder } }: VerbContext,
  { id, name, step }: BuildTarget,
  isBefore: boolean,
): Promise<ShellPlace> {
  if (!isBefore) return { build: id, isBefore, ...(step === undefined ? {} : { step }) };
  const record = await recordOf(client, builder, id);
  const wanted = step ?? shownStep(record);
  // Of one that failed the engine keeps what it began with beside what it had made.
  if (wanted === undefined) throw new Error(l10n.t('The build {0} came to no step.', name));
  const isFailed = record.steps.some((each) => each.step === wanted && each.result?.state === 'failed');
  if (isFailed) return { build: id, isBefore, step: wanted };
  const before = stepBefore(record, wanted);
  if (before === undefined) throw new Error(l10n.t('There is nothing before the first step of a stage.'));
  return { build: id, isBefore: false, step: before };
}

export const stepShell: TargetVerb<BuildTarget> = {
  id: 'coracle.build.shell',
  noun: builds,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the build to open a shell in'),
  async run(context, [target]) {
    if (target !== undefined) await openStepShell(context, target, { isBefore: false });
  },
};

export const stepShellBefore: TargetVerb<BuildTarget> = {
  id: 'coracle.build.shellBefore',
  noun: builds,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the build to open a shell in'),
  async run(context, [target]) {
    if (target !== undefined) await openStepShell(context, target, { isBefore: true });
  },
};
