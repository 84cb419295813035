// Events carry, up to API 1.51, the three fields of the time before there were types.

import type { EventMessage } from '../../spec/api/system.ts';

/** The event as clients up to 1.51 know it. Order of the keys as dockerd writes them. */
export function legacyEvent(event: EventMessage): Readonly<Record<string, unknown>> {
  const id = event.Actor?.ID ?? '';
  if (event.Type === 'container') {
    const from = event.Actor?.Attributes?.['image'];
    return { status: event.Action, id, ...(from === undefined ? {} : { from }), ...event };
  }
  return event.Type === 'image' ? { status: event.Action, id, ...event } : { ...event };
}
