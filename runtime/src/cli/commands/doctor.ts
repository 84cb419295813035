// `doctor`: what this machine allows the engine, in plain words. Coracle's own.

import { isNotFound } from '../../client/errors.ts';
import { command, ExitError } from '../command.ts';
import { string } from '../flags/types.ts';
import { layOut } from '../format/table.ts';

export const doctor = command({
  usage: '[OPTIONS]',
  long: 'Tell what this machine allows the engine and what is missing. Exit status 1 when something is missing.',
  args: { max: 0 },
  flags: { format: string('', 'Print as "json"') },
  async run({ flags, session }) {
    if (flags.format !== '' && flags.format !== 'json') throw new Error('--format knows only "json" here');
    const client = await session.client();
    let report;
    try {
      report = await client.system.doctor();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new Error('this engine tells nothing about its machine: it is not Coracle', { cause: error });
    }
    if (flags.format === 'json') session.print(JSON.stringify(report));
    else {
      const rows = report.findings.map(({ name, state, message }) => `${name}\t${state}\t${message}`);
      session.write(layOut(['SUBJECT\tSTATE\tFINDING', ...rows]));
    }
    if (report.findings.some(({ state }) => state === 'missing')) throw new ExitError(1);
  },
});
