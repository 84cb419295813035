// `system check`: whether the engine's store holds together. Coracle's own.

import { isNotFound } from '../../client/errors.ts';
import { command, ExitError } from '../command.ts';
import { string } from '../flags/types.ts';
import { layOut } from '../format/table.ts';

export const check = command({
  usage: '[OPTIONS]',
  long: "Walk the engine's whole store and tell what does not hold together. Exit status 1 when something does not.",
  args: { max: 0 },
  flags: { format: string('', 'Print as "json"') },
  async run({ flags, session }) {
    if (flags.format !== '' && flags.format !== 'json') throw new Error('--format knows only "json" here');
    const client = await session.client();
    let report;
    try {
      report = await client.system.check();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new Error('this engine cannot check its store: it is not Coracle', { cause: error });
    }
    if (flags.format === 'json') session.print(JSON.stringify(report));
    else {
      const counts = Object.entries(report.checked).map(([kind, count]) => `${count} ${kind}`);
      session.print(`Checked ${counts.join(', ')}.`);
      const rows = report.problems.map(({ kind, object, message }) => `${kind}\t${object}\t${message}`);
      if (rows.length > 0) session.write(layOut(['KIND\tOBJECT\tPROBLEM', ...rows]));
      else session.print('No problems found.');
    }
    if (report.problems.length > 0) throw new ExitError(1);
  },
});
