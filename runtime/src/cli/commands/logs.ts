// `logs`.

import { readFrames, readRaw } from '../../client/hijack-streams.ts';
import { command } from '../command.ts';
import { unixSeconds } from '../../text/duration.ts';
import { bool, string } from '../flags/types.ts';
import { writerTo } from '../io/pump.ts';

export const logs = command({
  usage: '[OPTIONS] CONTAINER',
  args: { min: 1, max: 1 },
  completes: 'containers',
  flags: {
    details: bool('', 'Show extra details provided to logs'),
    follow: bool('f', 'Follow log output'),
    since: string('', 'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m")'),
    tail: string('n', 'Number of lines to show from the end of the logs', 'all'),
    timestamps: bool('t', 'Show timestamps'),
    until: string('', 'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m")'),
  },
  async run({ args: [name = ''], flags, session }) {
    const client = await session.client();
    const info = await client.containers.inspect(name);
    const stream = await client.containers.logs(info.Id ?? name, {
      stdout: true,
      stderr: true,
      follow: flags.follow,
      since: momentOf('since', flags.since),
      until: momentOf('until', flags.until),
      tail: flags.tail,
      timestamps: flags.timestamps,
      details: flags.details,
    });
    const sinks = { stdout: writerTo(1), stderr: writerTo(2) };
    if (info.Config?.Tty === true) await readRaw(stream, sinks);
    else await readFrames(stream, sinks);
  },
});

function momentOf(flag: string, text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return unixSeconds(text, Date.now());
  } catch (error) {
    throw new Error(
      `invalid value for ${JSON.stringify(flag)}: failed to parse value as time or duration: ${JSON.stringify(text)}`,
      { cause: error },
    );
  }
}
