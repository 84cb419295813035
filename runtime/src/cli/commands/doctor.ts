// `doctor`: what this machine allows the engine, in plain words. Coracle's own.

import { layOut } from '../../text/table.ts';
import { reportCommand } from './report.ts';

export const doctor = reportCommand({
  long: 'Tell what this machine allows the engine and what is missing. Exit status 1 when something is missing.',
  inability: 'this engine tells nothing about its machine',
  fetch: (system) => system.doctor(),
  print({ findings }, session) {
    const rows = findings.map(({ name, state, message }) => `${name}\t${state}\t${message}`);
    session.write(layOut(['SUBJECT\tSTATE\tFINDING', ...rows]));
  },
  isBad: ({ findings }) => findings.some(({ state }) => state === 'missing'),
});
