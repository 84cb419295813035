// The event log: replay, live reading, filters, and readers that never read.

import assert from 'node:assert/strict';
import { createEventLog, type EventLog } from '../../runtime/src/events/events.ts';
import { createClock } from '../../runtime/src/host/node/clock.ts';
import { noFilters } from '../../runtime/src/spec/filters.ts';
import type { EventMessage } from '../../runtime/src/spec/api/system.ts';

/** One clock for log and test: two of them may differ by a millisecond. */
const clock = createClock();
const id = 'c0ffee'.padEnd(64, '0');

function publish(log: EventLog, action: string, attributes: Record<string, string> = {}): void {
  log.publish('container', action, { id, attributes: { name: 'web', image: 'alpine:3', ...attributes } });
}

function filters(entries: Record<string, string[]>): Map<string, string[]> {
  return new Map(Object.entries(entries));
}

async function actions(events: AsyncIterable<EventMessage>): Promise<string[]> {
  const found: string[] = [];
  for await (const event of events) found.push(event.Action ?? '');
  return found;
}

/** Everything up to now that the filters let through. */
function past(log: EventLog, wanted: Record<string, string[]> = {}): Promise<string[]> {
  return actions(log.subscribe({ sinceNs: 0n, untilNs: clock.nowNs() + 1000n, filters: filters(wanted) }));
}

describe('events', () => {
  it('prints an event as Docker does', async () => {
    const log = createEventLog(clock);
    publish(log, 'die', { exitCode: '7' });
    log.publish('network', 'create', { id: 'n', attributes: { type: 'bridge', name: 'x' } });
    const all: EventMessage[] = [];
    for await (const event of log.subscribe({ untilNs: clock.nowNs() + 1000n, filters: noFilters })) all.push(event);
    const [first, second] = all.map((event) => JSON.stringify({ ...event, time: 1, timeNano: 2 }));
    assert.equal(
      first,
      `{"status":"die","id":"${id}","from":"alpine:3","Type":"container","Action":"die","Actor":{"ID":"${id}",` +
        `"Attributes":{"exitCode":"7","image":"alpine:3","name":"web"}},"scope":"local","time":1,"timeNano":2}`,
    );
    assert.equal(
      second,
      '{"Type":"network","Action":"create","Actor":{"ID":"n","Attributes":{"name":"x","type":"bridge"}},"scope":"local","time":1,"timeNano":2}',
    );
    assert.equal(Math.floor(Number(all[0]?.timeNano) / 1e9), all[0]?.time);
  });

  it('replays the whole past and then ends, though until has passed', async () => {
    const log = createEventLog(clock);
    for (const action of ['create', 'attach', 'start', 'die', 'destroy']) publish(log, action);
    assert.deepEqual(await past(log), ['create', 'attach', 'start', 'die', 'destroy']);
    assert.equal(log.listeners, 0);
  });

  it('tells nothing of the past without since and until, and hears what comes before the first read', async () => {
    const log = createEventLog(clock);
    publish(log, 'create');
    const client = new AbortController();
    const events = log.subscribe({ filters: noFilters, signal: client.signal })[Symbol.asyncIterator]();
    publish(log, 'start');
    assert.equal((await events.next()).value.Action, 'start');
    const pending = events.next();
    publish(log, 'die');
    assert.equal((await pending).value.Action, 'die');
    const last = events.next();
    assert.equal(log.listeners, 1);
    client.abort();
    assert.equal((await last).done, true);
    assert.equal(log.listeners, 0);
  });

  it('ends a live subscription at until', async () => {
    const log = createEventLog(clock);
    const until = clock.nowNs() + 500_000_000n;
    const found = actions(log.subscribe({ untilNs: until, filters: noFilters }));
    publish(log, 'start');
    assert.deepEqual(await found, ['start']);
    assert.ok(clock.nowNs() >= until);
  });

  it('refuses since after until and unknown filters', () => {
    const log = createEventLog(clock);
    assert.throws(() => log.subscribe({ sinceNs: 5n * 10n ** 9n, untilNs: 10n ** 9n, filters: noFilters }), {
      message: '`since` time (5) cannot be after `until` time (1)',
    });
    assert.throws(() => log.subscribe({ filters: filters({ zz: ['1'] }) }), { message: "invalid filter 'zz'" });
  });

  it('filters as Docker does', async () => {
    const log = createEventLog(clock);
    publish(log, 'exec_create: sh -c true', { a: 'b' });
    publish(log, 'exec_start: sh');
    publish(log, 'health_status: healthy', { c: 'd', a: 'b' });
    log.publish('image', 'pull', { id: 'alpine:3', attributes: { name: 'alpine' } });
    log.publish('volume', 'create', { id: 'data', attributes: { driver: 'local' } });
    assert.deepEqual(await past(log, { event: ['exec_create'] }), ['exec_create: sh -c true']);
    assert.deepEqual(await past(log, { event: ['health_status: healthy', 'pull'] }), [
      'health_status: healthy',
      'pull',
    ]);
    assert.deepEqual(await past(log, { event: ['exec'] }), []);
    assert.deepEqual(await past(log, { container: ['c0ff'], label: ['a=b', 'c'] }), ['health_status: healthy']);
    assert.equal((await past(log, { container: ['web'] })).length, 3);
    assert.deepEqual(await past(log, { container: ['data'] }), []);
    assert.deepEqual(await past(log, { volume: ['data'] }), ['create']);
    assert.equal((await past(log, { image: ['alpine'] })).length, 4);
    assert.deepEqual(await past(log, { type: ['image', 'volume'], scope: ['local'] }), ['pull', 'create']);
    assert.deepEqual(await past(log, { scope: ['swarm'] }), []);
  });

  it('keeps the latest events only, and skips a reader forward that fell behind', async () => {
    const log = createEventLog(clock);
    const client = new AbortController();
    const slow = log.subscribe({ filters: noFilters, signal: client.signal })[Symbol.asyncIterator]();
    for (let count = 0; count < 5000; count += 1) publish(log, `n${count}`);
    assert.equal((await slow.next()).value.Action, 'n2952');
    const kept = await past(log);
    assert.equal(kept.length, 2048);
    assert.equal(kept.at(-1), 'n4999');
    client.abort();
    assert.equal((await slow.next()).done, true);
  });
});
