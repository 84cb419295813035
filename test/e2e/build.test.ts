// Builds through the daemon's API: kill -9 at any moment leaves a sound store and no step that runs on, and what was cached stays.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyboxArchive, tarOf } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { chooseSeed, randomNumbers } from './chance.ts';
import { assertStoreIsSound } from './store-check.ts';

const rounds = Number(process.env['SURVIVAL_ROUNDS'] ?? '3');

describe('builds of the daemon', () => {
  let daemon: TempDaemon;
  const random = randomNumbers(chooseSeed());

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
    const { status } = await ask(daemon.socket, '/images/load', {
      method: 'POST',
      body: await busyboxArchive('busybox:latest'),
    });
    assert.equal(status, 200);
  });
  after(() => daemon?.[Symbol.asyncDispose]());

  async function build(dockerfile: string, query = ''): Promise<string> {
    const context = await tarOf({ Dockerfile: dockerfile, a: 'A\n' });
    const { status, body } = await ask(daemon.socket, `/build?${query}`, { method: 'POST', body: context });
    assert.equal(status, 200, body);
    return body;
  }

  /** Words that a process of a step has in its command line, of all processes. */
  function running(words: string): readonly string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').startsWith(words);
        } catch {
          // It has ended since.
          return false;
        }
      });
  }

  it('leaves a sound store wherever a kill meets a build, and no step that runs on', async function () {
    this.timeout(240_000 + rounds * 30_000);
    let seen = 0;
    // On a busy machine a kill may come before its build has begun, for many times.
    for (let round = 0; round < rounds || (seen === 0 && round < 20); round++) {
      const text =
        `FROM busybox AS one\nCOPY a /a\nRUN dd if=/dev/urandom of=/big bs=1M count=8 && echo ${round}\n` +
        `RUN sleep 310.${round}\nFROM busybox\nRUN --mount=type=cache,target=/c --mount=from=one,target=/one echo ${round} >> /c/log\n`;
      const building = build(text, 't=half').then(
        () => assert.fail('the build should not end'),
        () => undefined,
      );
      await sleep(100 + random() * 900);
      await daemon.end('SIGKILL');
      await building;
      await daemon.start();
      await assertStoreIsSound(daemon.socket, `a kill in a build, round ${round}`);
      assert.deepEqual(running('sleep 310.'), []);
      assert.equal((await ask(daemon.socket, '/containers/json?all=1')).body.trim(), '[]');
      assert.equal((await ask(daemon.socket, '/images/half/json')).status, 404);
      const records = JSON.parse((await ask(daemon.socket, '/coracle/v1/builds')).body) as { state: string }[];
      // One that the kill met before it had begun leaves none.
      assert.ok(records.every(({ state }) => state === 'failed'));
      seen += records.length;
    }
    assert.ok(seen > 0);
  });

  it('finds what was cached after a kill, once it was written down', async () => {
    const text = 'FROM busybox\nCOPY a /a\nRUN echo once > /once\n';
    await build(text, 't=once');
    await until('the cache is written down', async () => {
      const cache = readFileSync(`${daemon.dataRoot}/builds/cache.json`, 'utf8');
      return cache.includes('echo once') && !cache.includes('unsynced');
    });
    await daemon.end('SIGKILL');
    await daemon.start();
    assert.equal((await build(text, 't=once')).match(/Using cache/g)?.length, 2);
    await assertStoreIsSound(daemon.socket, 'a build from the cache');
  });

  it('ends what it builds when it ends itself, in order and at once', async () => {
    const building = build('FROM busybox\nRUN sleep 330.1\n').catch(() => 'cut off');
    await until('the step runs', async () => running('sleep 330.1').length > 0);
    const startedAt = Date.now();
    await daemon.end('SIGTERM');
    assert.ok(Date.now() - startedAt < 25_000);
    await building;
    assert.deepEqual(running('sleep 330.1'), []);
    await daemon.start();
    const [newest] = JSON.parse((await ask(daemon.socket, '/coracle/v1/builds')).body) as { state: string }[];
    assert.equal(newest?.state, 'cancelled');
    await assertStoreIsSound(daemon.socket, 'an end in the middle of a build');
  });

  it('tells of builds among its events', async () => {
    const since = Date.now() / 1000;
    await build('FROM busybox\nRUN echo told\nENV a=b', 't=told');
    await build('FROM busybox\nRUN echo told\nENV a=b\nRUN exit 3', 't=told');
    const [failed] = JSON.parse((await ask(daemon.socket, '/coracle/v1/builds')).body) as { readonly id: string }[];
    assert.equal((await ask(daemon.socket, `/coracle/v1/builds/${failed?.id}`, { method: 'DELETE' })).status, 204);
    await ask(daemon.socket, '/build/prune?all=1', { method: 'POST' });
    const filters = encodeURIComponent(JSON.stringify({ type: ['builder'] }));
    const query = `since=${since}&until=${Date.now() / 1000}&filters=${filters}`;
    const { body } = await ask(daemon.socket, `/events?${query}`);
    const events = body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { Action: string; Actor: { ID: string; Attributes: Record<string, string> } });
    assert.deepEqual(
      events.map(({ Action, Actor: { Attributes } }) => [Action, Attributes['state'] ?? '', Attributes['step'] ?? '']),
      [
        ['start', '', ''],
        ['step', 'done', '1'],
        ['complete', 'done', ''],
        ['start', '', ''],
        ['step', 'failed', '3'],
        ['complete', 'failed', ''],
        ['destroy', '', ''],
        ['prune', '', ''],
      ],
    );
    assert.deepEqual(new Set(events.slice(3, 7).map(({ Actor }) => Actor.ID)), new Set([failed?.id]));
    assert.match(events[2]?.Actor.Attributes['image'] ?? '', /^sha256:/);
    assert.match(events[0]?.Actor.Attributes['name'] ?? '', /^told/);
    assert.ok(Number(events.at(-1)?.Actor.Attributes['reclaimed']) >= 0);
  });

  it('ends a build whose client goes', async () => {
    const { body } = await ask(daemon.socket, '/coracle/v1/builds');
    const before = (JSON.parse(body) as unknown[]).length;
    const context = await tarOf({ Dockerfile: 'FROM busybox\nRUN sleep 320.1\n' });
    const leaving = new AbortController();
    const building = ask(daemon.socket, '/build', { method: 'POST', body: context, signal: leaving.signal }).then(
      () => assert.fail('the build should not end'),
      () => undefined,
    );
    await until('the step runs', async () => running('sleep 320.1').length > 0);
    leaving.abort();
    await building;
    await until('the step has ended', async () => running('sleep 320.1').length === 0);
    const records = JSON.parse((await ask(daemon.socket, '/coracle/v1/builds')).body) as { state: string }[];
    assert.equal(records.length, before + 1);
    assert.ok(['running', 'cancelled'].includes(records[0]?.state ?? ''));
    await assertStoreIsSound(daemon.socket, 'a client that went');
  });
});
