// `logs -f`: follows the logs of one container, or of several side by side, across restarts.

import { unixSeconds } from '../../../../runtime/src/text/duration.ts';
import { l10n } from '../../l10n.ts';
import { followLogs } from '../../logs/follow.ts';
import { LogProgram } from '../../logs/log-program.ts';
import { plainLine } from '../../logs/text.ts';
import { messageOf } from '../../../../runtime/src/spec/errors.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb, VerbContext } from '../verb.ts';

interface Choice {
  readonly tail: string;
  readonly since?: string | undefined;
  readonly timestamps: boolean;
}

/** Containers whose logs the output panel shows already. */
const inOutput = new Set<string>();

export const logs: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.logs',
  noun: containers,
  isForMany: true,
  question: () => l10n.t('Choose containers whose logs to follow'),
  async run(context, targets) {
    const { tail, timestamps } = context.settings.logs;
    show(context, targets, { tail: String(tail), timestamps });
    await Promise.resolve();
  },
};

/** Asks from when on, and whether with times. */
export const logsSince: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.logsSince',
  noun: containers,
  isForMany: true,
  question: () => l10n.t('Choose containers whose logs to follow'),
  async run(context, targets) {
    const { ui } = context;
    const now = Date.now();
    const spans = [
      { label: l10n.t('From the beginning'), value: '' },
      { label: l10n.t('The last 5 minutes'), value: '5m' },
      { label: l10n.t('The last hour'), value: '1h' },
      { label: l10n.t('The last 24 hours'), value: '24h' },
      { label: l10n.t('Another moment...'), value: '?' },
    ];
    const span = await ui.pick(spans, { title: l10n.t('Choose the first line') });
    const since = span === '?' ? await askMoment(context, now) : span;
    if (since === undefined) return;
    const styles = [
      { label: l10n.t('With times'), value: true },
      { label: l10n.t('Without times'), value: false },
    ];
    const timestamps = await ui.pick(styles, { title: l10n.t('Choose what to show') });
    if (timestamps === undefined) return;
    show(context, targets, { tail: 'all', since: since === '' ? undefined : unixSeconds(since, now), timestamps });
  },
};

async function askMoment({ ui }: VerbContext, now: number): Promise<string | undefined> {
  return await ui.input({
    title: l10n.t('Follow logs since'),
    prompt: l10n.t('A span like 90s or 1h30m, or a time like 2026-01-31T12:00:00'),
    validate(text) {
      try {
        unixSeconds(text, now);
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    },
  });
}

function show(context: VerbContext, targets: readonly ContainerTarget[], choice: Choice): void {
  if (context.settings.logs.openIn === 'output') {
    for (const target of targets) showInOutput(context, target, choice);
    return;
  }
  const name = l10n.t('Logs: {0}', targets.map((target) => target.name).join(', '));
  const program = new LogProgram(context.client, { targets, ...choice });
  context.ui.terminal({ name, icon: 'output', program });
}

function showInOutput({ ui, client }: VerbContext, { id, name }: ContainerTarget, choice: Choice): void {
  const output = ui.outputText(l10n.t('Logs: {0}', name));
  output.show();
  if (inOutput.has(id)) return;
  inOutput.add(id);
  const following = followLogs(client, {
    id,
    tail: choice.tail,
    since: choice.since,
    signal: output.signal,
    onLine: ({ time, text }) => output.append(`${choice.timestamps ? `${time} ` : ''}${plainLine(text)}\n`),
    onNote: (note) => output.append(`${note}\n`),
  });
  void following.catch((error: unknown) => output.append(`${messageOf(error)}\n`)).finally(() => inOutput.delete(id));
}
