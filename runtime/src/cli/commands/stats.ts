// `stats`: a table that is redrawn while containers come and go, or one look (--no-stream).

import { setTimeout as delay } from 'node:timers/promises';
import type { EngineClient } from '../../client/client.ts';
import type { ContainerStatsResponse } from '../../spec/api/containers.ts';
import { command } from '../command.ts';
import { bool, string } from '../flags/types.ts';
import { formatList } from '../format/list.ts';
import { isTerminal } from '../io/terminal.ts';
import type { Session } from '../session.ts';
import { formatHelp } from './list-flags.ts';
import { computeUsage } from '../../text/usage.ts';
import type { StatsRow } from '../../text/usage.ts';
import { statsSpec } from '../format/stats-row.ts';

const table = '{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}';

export const stats = command({
  usage: '[OPTIONS] [CONTAINER...]',
  completes: 'running',
  flags: {
    all: bool('a', 'Show all containers (default shows just running)'),
    format: string('', formatHelp),
    'no-stream': bool('', 'Disable streaming stats and only pull the first result'),
    'no-trunc': bool('', 'Do not truncate output'),
  },
  async run({ args, flags, session }) {
    const client = await session.client();
    const spec = statsSpec(flags['no-trunc']);
    const draw = (rows: readonly StatsRow[]) => formatList(spec, rows, { format: flags.format, table });
    if (flags['no-stream']) {
      const names = args.length > 0 ? args : await listed(client, flags.all);
      const rows = await Promise.all(
        names.map(async (name) => computeUsage(name, await client.containers.stats(name))),
      );
      session.write(draw(rows));
      return;
    }
    await live(session, client, args, flags.all, draw);
  },
});

async function listed(client: EngineClient, all: boolean): Promise<string[]> {
  return (await client.containers.list({ all })).map((container) => container.Id ?? '');
}

type Draw = (rows: readonly StatsRow[]) => string;

/** One stream per container; rows live as long as their streams. */
async function live(
  session: Session,
  client: EngineClient,
  names: readonly string[],
  all: boolean,
  draw: Draw,
): Promise<void> {
  const rows = new Map<string, StatsRow | undefined>();
  let failure: unknown;
  const follow = async (name: string) => {
    if (rows.has(name)) return;
    rows.set(name, undefined);
    try {
      for await (const sample of await client.containers.statsStream(name)) {
        // Streams of stopped containers stay silent zeros: shown only with --all or by name.
        rows.set(name, computeUsage(name, sample as ContainerStatsResponse));
      }
    } catch (error) {
      if (names.length > 0) failure ??= error;
    }
    rows.delete(name);
  };
  for (const name of names.length > 0 ? names : await listed(client, all)) void follow(name);
  if (names.length === 0) void followNew(client, (id) => void follow(id), rows);
  const isScreen = isTerminal(1);
  for (;;) {
    await delay(500);
    if (failure !== undefined) throw failure;
    const shown = [...rows.values()].filter((row) => row !== undefined);
    const text = draw(shown);
    // Home, every line cleared to its end, what is below cleared: no flicker.
    session.write(isScreen ? `\x1b[H${text.replaceAll('\n', '\x1b[K\n')}\x1b[J` : text);
    if (names.length > 0 && rows.size === 0) return;
  }
}

async function followNew(
  client: EngineClient,
  follow: (id: string) => void,
  rows: Map<string, StatsRow | undefined>,
): Promise<void> {
  const events = await client.system.events({ filters: { type: ['container'], event: ['start', 'die', 'destroy'] } });
  for await (const event of events) {
    const id = event.Actor?.ID ?? '';
    if (event.Action === 'start') follow(id);
    else rows.delete(id);
  }
}
