// `events`.

import { exactText, parseExact } from '../../client/exact-json.ts';
import type { EventMessage } from '../../spec/api/system.ts';
import { command } from '../command.ts';
import { unixSeconds } from '../../text/duration.ts';
import { filter, string } from '../flags/types.ts';
import { documentTemplate } from '../format/object.ts';

export const events = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: {
    filter: filter(),
    format: string('', 'Format output using a custom template: "json" or a Go "TEMPLATE"'),
    since: string('', 'Show all events created since timestamp'),
    until: string('', 'Stream events until this timestamp'),
  },
  async run({ flags, session }) {
    const now = Date.now();
    const format = flags.format === 'json' ? '{{json .}}' : flags.format;
    const template = format === '' ? undefined : documentTemplate(format);
    const client = await session.client();
    const stream = await client.system.eventTexts({
      ...(flags.since === '' ? {} : { since: unixSeconds(flags.since, now) }),
      ...(flags.until === '' ? {} : { until: unixSeconds(flags.until, now) }),
      filters: flags.filter,
    });
    for await (const text of stream) {
      const event = parseExact(text) as EventMessage;
      session.print(template === undefined ? eventLine(event) : template(withNames(event)));
    }
  },
});

/** `2026-11-25T03:41:44.736378307Z image load ID (name=…)` */
function eventLine(event: EventMessage): string {
  const attributes = Object.entries(event.Actor?.Attributes ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  const head = `${eventTime(event)} ${event.Type} ${event.Action} ${event.Actor?.ID ?? ''}`;
  return attributes.length === 0 ? head : `${head} (${attributes.join(', ')})`;
}

function eventTime(event: EventMessage): string {
  const seconds = event.time ?? 0;
  const nanos = (exactText(event.timeNano) ?? String(event.timeNano ?? 0)).padStart(9, '0').slice(-9);
  const date = new Date(seconds * 1000);
  const offset = -date.getTimezoneOffset();
  const local = new Date(seconds * 1000 + offset * 60_000).toISOString().slice(0, 19);
  const two = (n: number) => String(n).padStart(2, '0');
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${local}.${nanos}${zone}`;
} // prettier-ignore

/** What events of containers and images have besides. */
interface Older {
  readonly id?: string;
  readonly status?: string;
  readonly from?: string;
}

/** Go's struct calls them Time, TimeNano, Scope and keeps the older names beside. */
function withNames(event: EventMessage & Older): unknown {
  const extra = {
    Time: event.time,
    TimeNano: event.timeNano,
    Scope: event.scope,
    ID: event.id ?? '',
    Status: event.status ?? '',
    From: event.from ?? '',
  };
  const named = { ...event };
  for (const [key, value] of Object.entries(extra)) Object.defineProperty(named, key, { value, enumerable: false });
  return named;
}
