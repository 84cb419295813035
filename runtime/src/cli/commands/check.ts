// `system check`: whether the engine's store holds together. Coracle's own.

import { layOut } from '../../text/table.ts';
import { reportCommand } from './report.ts';

export const check = reportCommand({
  long: "Walk the engine's whole store and tell what does not hold together. Exit status 1 when something does not.",
  inability: 'this engine cannot check its store',
  fetch: (system) => system.check(),
  print({ checked, problems }, session) {
    const counts = Object.entries(checked).map(([kind, count]) => `${count} ${kind}`);
    session.print(`Checked ${counts.join(', ')}.`);
    const rows = problems.map(({ kind, object, message }) => `${kind}\t${object}\t${message}`);
    if (rows.length > 0) session.write(layOut(['KIND\tOBJECT\tPROBLEM', ...rows]));
    else session.print('No problems found.');
  },
  isBad: ({ problems }) => problems.length > 0,
});
