// The frame of commands that print one of Coracle's own reports (`system check`, `doctor`): as JSON or for people, a plain word
// when the engine is another, an exit status when the report says so.

import { isNotFound } from '../../client/errors.ts';
import type { SystemClient } from '../../client/system.ts';
import { type Command, command, ExitError } from '../command.ts';
import { string } from '../flags/types.ts';
import type { Session } from '../session.ts';

export interface ReportKind<Report> {
  /** Help, without the word on JSON. */
  readonly long: string;
  /** What an engine that is not Coracle cannot do, as the start of a sentence. */
  readonly inability: string;
  fetch(system: SystemClient): Promise<Report>;
  /** The report when our own engine does not come up; absent: then there is none. */
  fetchWithout?(session: Session): Promise<Report>;
  print(report: Report, session: Session): void;
  /** Whether the command ends with status 1. */
  isBad(report: Report): boolean;
}

/** A command that asks the engine for a report and prints it; with `--format json` as it came. */
export function reportCommand<Report>(kind: ReportKind<Report>): Command {
  return command({
    usage: '[OPTIONS]',
    long: kind.long,
    args: { max: 0 },
    flags: { format: string('', 'Print as "json"') },
    async run({ flags, session }) {
      if (flags.format !== '' && flags.format !== 'json') throw new Error('--format knows only "json" here');
      const report = await obtain(kind, session);
      if (flags.format === 'json') session.print(JSON.stringify(report));
      else kind.print(report, session);
      if (kind.isBad(report)) throw new ExitError(1);
    },
  });
}

async function obtain<Report>(kind: ReportKind<Report>, session: Session): Promise<Report> {
  let client;
  try {
    client = await session.client();
  } catch (error) {
    if (kind.fetchWithout === undefined || !session.choice.isDefault) throw error;
    return await kind.fetchWithout(session);
  }
  try {
    return await kind.fetch(client.system);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new Error(`${kind.inability}: it is not Coracle`, { cause: error });
  }
}
