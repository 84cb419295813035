// `doctor`: what the engine's machine allows, what is missing and the command that mends it, as a text. An engine that does not
// come up is no hindrance: then its program is asked.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { isNotFound } from '../../../../runtime/src/client/errors.ts';
import type { DoctorReport } from '../../../../runtime/src/spec/engine/system.ts';
import { layOut } from '../../../../runtime/src/text/table.ts';
import { l10n } from '../../l10n.ts';
import type { Ui } from '../../ui/ui.ts';

export interface DoctorHost {
  readonly ui: Ui;
  /** @throws Error when there is no engine */
  client(node: unknown): Promise<EngineClient>;
  /** What the machine allows an engine of ours, without one; undefined when another engine is chosen. */
  preflight(): Promise<DoctorReport | undefined>;
}

export const doctorId = 'coracle.system.doctor';

export function doctorText({ findings }: DoctorReport): string {
  const states = { ok: l10n.t('ok'), warning: l10n.t('warning'), missing: l10n.t('missing') };
  const rows = findings.map(({ name, state, message }) => [name, states[state], message].join('\t'));
  const header = [l10n.t('SUBJECT'), l10n.t('STATE'), l10n.t('FINDING')].join('\t');
  const remedies = findings.flatMap(({ name, remedy }) => (remedy === undefined ? [] : [`  ${name}\t${remedy}`]));
  const mends = remedies.length === 0 ? '' : `\n${l10n.t('What mends it:')}\n${layOut(remedies)}`;
  return layOut([header, ...rows]) + mends;
}

/** @throws Error when neither an engine nor its program can be asked */
export async function showDoctor(host: DoctorHost, node?: unknown): Promise<void> {
  const load = async () => {
    const report = await reportOf(host, node);
    return report === undefined
      ? l10n.t('This engine is not Coracle: it tells nothing about its machine.')
      : doctorText(report);
  };
  await host.ui.document({ name: 'doctor.txt', key: 'doctor', load });
}

async function reportOf(host: DoctorHost, node: unknown): Promise<DoctorReport | undefined> {
  let client;
  try {
    client = await host.client(node);
  } catch (error) {
    const report = await host.preflight();
    if (report === undefined) throw error;
    return report;
  }
  try {
    return await client.system.doctor();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
