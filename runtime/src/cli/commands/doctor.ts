// `doctor`: what this machine allows the engine, in plain words, and what mends it. Coracle's own. An engine that cannot start
// is no hindrance: then its program is asked.

import { preflight } from '../../connect/preflight.ts';
import { layOut } from '../../text/table.ts';
import { daemonProgram } from '../daemon-program.ts';
import { reportCommand } from './report.ts';

export const doctor = reportCommand({
  long: 'Tell what this machine allows the engine and what is missing. Exit status 1 when something is missing.',
  inability: 'this engine tells nothing about its machine',
  fetch: (system) => system.doctor(),
  fetchWithout: async ({ env }) => preflight(daemonProgram(), env),
  print({ findings }, session) {
    const rows = findings.map(({ name, state, message }) => `${name}\t${state}\t${message}`);
    session.write(layOut(['SUBJECT\tSTATE\tFINDING', ...rows]));
    const remedies = findings.flatMap(({ name, remedy }) => (remedy === undefined ? [] : [`  ${name}\t${remedy}`]));
    if (remedies.length > 0) session.write(`\nWhat mends it:\n${layOut(remedies)}`);
  },
  isBad: ({ findings }) => findings.some(({ state }) => state === 'missing'),
});
