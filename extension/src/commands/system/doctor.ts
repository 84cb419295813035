// `doctor`: what the engine's machine allows and what is missing, as a text.

import { isNotFound } from '../../../../runtime/src/client/errors.ts';
import { layOut } from '../../../../runtime/src/text/table.ts';
import type { DoctorReport } from '../../../../runtime/src/spec/engine/system.ts';
import { l10n } from '../../l10n.ts';
import type { PlainVerb } from '../verb.ts';

export function doctorText({ findings }: DoctorReport): string {
  const states = { ok: l10n.t('ok'), warning: l10n.t('warning'), missing: l10n.t('missing') };
  const rows = findings.map(({ name, state, message }) => [name, states[state], message].join('\t'));
  return layOut([[l10n.t('SUBJECT'), l10n.t('STATE'), l10n.t('FINDING')].join('\t'), ...rows]);
}

export const doctor: PlainVerb = {
  id: 'coracle.system.doctor',
  async run({ ui, client }) {
    await ui.document({
      name: 'doctor.txt',
      key: `doctor/${client.http.endpoint.text}`,
      async load() {
        try {
          return doctorText(await client.system.doctor());
        } catch (error) {
          if (!isNotFound(error)) throw error;
          return l10n.t('This engine is not Coracle: it tells nothing about its machine.');
        }
      },
    });
  },
};
