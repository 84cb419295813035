// What the tree of builds says, and when it asks the engine.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BuildList } from '../../../extension/src/builds/build-list.ts';
import type { OwnBuild } from '../../../extension/src/builds/contract.ts';
import { lineNow } from '../../../extension/src/builds/source-line.ts';
import { defaultTag } from '../../../extension/src/builds/names.ts';
import { OutputTail } from '../../../extension/src/builds/output-tail.ts';
import { buildRows } from '../../../extension/src/views/build-rows.ts';
import { EngineClient, parseEndpoint } from '../../../runtime/src/client/client.ts';
import type { BuildRecord, StepRecord } from '../../../runtime/src/spec/engine/builds.ts';
import { until } from '../../helpers/poll.ts';

const nowMs = new Date(2026, 10, 29, 14, 32).getTime();

function step(number: number, text: string, more: Partial<StepRecord> = {}): StepRecord {
  return { step: number, stage: 0, text, source: { startLine: number + 1, endLine: number + 1 }, needs: [], ...more };
}

function record(more: Partial<BuildRecord> = {}): BuildRecord {
  return {
    id: 'b1',
    state: 'done',
    startedAtMs: nowMs,
    durationMs: 12_340,
    dockerfile: 'Dockerfile',
    dockerfileText: '',
    target: '',
    tags: ['web:1'],
    imageId: 'sha256:0123456789abcdef',
    steps: [
      step(0, 'FROM busybox', { result: { state: 'cached', durationMs: 0 } }),
      step(1, 'RUN make', {
        stageName: 'build',
        result: {
          state: 'done',
          durationMs: 11_000,
          layerSize: 2_000_000,
          miss: { kind: 'files-changed', message: 'Changed files: a, b.', changed: ['a', 'b'] },
        },
      }),
    ],
    ...more,
  };
}

const rowOf = (of: BuildRecord) => buildRows([of], 'default', nowMs)[0] ?? assert.fail('there is a row');

describe('extension: rows of builds', () => {
  it('say how a build ended, and of each step whether the cache had it or why not', () => {
    const row = rowOf(record());
    assert.deepEqual(
      [row.label, row.description, row.icon, row.context, row.isCollapsed],
      ['web:1', '1/2 cached · 12.3s · 14:32', 'pass-filled', 'build;done', true],
    );
    const [from, make, image] = row.children ?? [];
    assert.deepEqual([from?.description, from?.icon, from?.context], ['cached', 'pass', 'step;cached;files']);
    assert.equal(make?.description, '11.0s · 2MB · Changed files: a, b.');
    assert.equal(make.spoken, 'RUN make, build, 11.0s, 2MB, Changed files: a, b.');
    assert.deepEqual(new Map(make.facts).get('Changed'), 'a, b');
    assert.equal(make.file, undefined);
    assert.deepEqual(make.children?.[0]?.file?.ref, 'b1.1');
    assert.deepEqual([image?.label, image?.command], ['Image web:1', 'coracle.image.show']);
    assert.deepEqual(image?.targets[0]?.kind, 'image');
  });

  it('say where a build failed, and offer what the step left and what it began with', () => {
    const failed = record({
      state: 'failed',
      message: 'exit code: 3',
      steps: [
        step(0, 'FROM x', { result: { state: 'done', durationMs: 1 } }),
        step(1, 'RUN y', { result: { state: 'failed', durationMs: 100, exitCode: 3, message: 'exit code: 3' } }),
        step(2, 'RUN z'),
      ],
    });
    const row = rowOf(failed);
    assert.match(row.description, /^failed at line 2 · /);
    assert.deepEqual(
      buildRows([failed, { ...failed, id: 'b0' }], 'default', nowMs).map(({ isCollapsed }) => isCollapsed),
      [false, true],
    );
    assert.deepEqual(
      row.children?.map(({ description, context }) => [description, context]),
      [
        ['', 'step;done;files'],
        ['exit code 3 · 0.1s', 'step;failed;files'],
        ['', 'step;waiting'],
        ['0123456789ab', 'image;built'],
      ],
    );
    assert.deepEqual(
      row.children?.[1]?.children?.map(({ file }) => file?.ref),
      ['b1.1', 'b1.1.before'],
    );
  });

  it('offer no files where the engine keeps none', () => {
    const [row] = buildRows([record()], undefined, nowMs);
    assert.deepEqual(
      row?.children?.map(({ context, children }) => [context, children]),
      [
        ['step;cached', undefined],
        ['step;done', undefined],
        ['image;built', undefined],
      ],
    );
  });

  it('show a running build open and as far as it is, of another day by its date', () => {
    const running = record({
      state: 'running',
      tags: [],
      target: 'build',
      startedAtMs: nowMs - 86_400_000 * 3,
      steps: [
        step(0, 'FROM x', { result: { state: 'done', durationMs: 1 } }),
        step(1, 'RUN y', { startedAtMs: nowMs }),
        step(2, 'RUN z'),
      ],
    });
    const { durationMs: _, imageId: __, ...rest } = running;
    const row = rowOf(rest);
    assert.deepEqual([row.label, row.isCollapsed, row.icon], ['without a name', false, 'loading~spin']);
    assert.match(row.description, /^build · 1\/3 · 2026-11-2\d$/);
    assert.deepEqual(
      row.children?.map(({ description, icon }) => `${description} ${icon}`),
      [' pass', 'running loading~spin', ' circle-outline'],
    );
  });

  it('find the line that a step stands for by now', () => {
    const built = 'FROM a\nRUN b\nRUN b\nRUN c';
    assert.equal(lineNow(built, built, 3), 3);
    assert.equal(lineNow(built, 'FROM a\nUSER x\nRUN b\nRUN b\nRUN c\r\n', 4), 5);
    assert.equal(lineNow(built, 'FROM other', 4), 4);
    assert.equal(lineNow('', 'x', 9), 9);
  });

  it('propose names of what a repository may be made of', () => {
    assert.equal(defaultTag('/src/My Shop!/Dockerfile', ''), 'my-shop:latest');
    assert.equal(defaultTag('/src/shop/api.Dockerfile', 'Test Stage'), 'shop-api:Test-Stage');
    assert.equal(defaultTag('/src/shop/Dockerfile.dev', ''), 'shop-dev:latest');
    assert.equal(defaultTag('/Dockerfile', ''), 'image:latest');
  });

  it('keep the last lines of an output, as a terminal would show them', () => {
    const tail = new OutputTail();
    const bytes = Buffer.from('ä 1%\rä 2%\r\nnext \u001b[31mred\u001b[0m\nrest');
    for (const each of bytes) tail.push('stdout', Buffer.from([each]));
    assert.deepEqual(tail.lines, ['ä 2%', 'next red', 'rest']);
    tail.pushText('\n'.repeat(100_000));
    assert.ok(tail.lines.length <= 200);
    tail.pushText('x'.repeat(1_000_000));
    assert.ok((tail.lines.at(-1) ?? '').length <= 2000);
  });
});

/** One that calls itself ours, and answers what the test says. */
async function engineThat(answers: (path: string) => unknown) {
  const server = createServer((request, response) => {
    const answer =
      request.url?.endsWith('/version') === true ? { Platform: { Name: 'Coracle' } } : answers(request.url ?? '');
    response.setHeader('Api-Version', '1.51').end(answer === undefined ? '' : JSON.stringify(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new EngineClient(parseEndpoint(`tcp://127.0.0.1:${port}`));
  return {
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('extension: list of builds', () => {
  it('leaves out what is no record, and tells of what is no list', async () => {
    let answer: unknown = [null, 7, {}, { ...record(), steps: [{}] }, { ...record(), startedAtMs: 'now' }, record()];
    await using server = await engineThat((path) => (path === '/coracle/v1/builds' ? answer : undefined));
    const failures: unknown[] = [];
    using list = new BuildList(
      {
        client: server.client,
        builder: { own: [], onChange: () => ({ [Symbol.dispose]: () => undefined }) },
        changed: () => undefined,
        failed: (error) => void failures.push(error),
      },
      10,
    );
    list.see(true);
    await until('it has looked', () => Promise.resolve(list.records.length === 1));
    answer = { not: 'a list' };
    list.happened();
    await until('it has failed', () => Promise.resolve(failures.length > 0));
    assert.match(String(failures[0]), /no list/);
    assert.equal(list.records.length, 1);
    answer = [];
    list.happened();
    await until('it goes on', () => Promise.resolve(list.records.length === 0));
  });

  it('asks nothing while nobody looks, at once when somebody does, and once for much that happens', async () => {
    let asked = 0;
    let records: readonly BuildRecord[] = [record()];
    await using server = await engineThat((path) => {
      if (path !== '/coracle/v1/builds') return undefined;
      asked += 1;
      return records;
    });
    const { client } = server;
    const listeners = new Set<() => void>();
    let own: readonly OwnBuild[] = [];
    let changes = 0;
    using list = new BuildList(
      {
        client,
        builder: {
          get own() {
            return own;
          },
          onChange: (listener) => {
            listeners.add(listener);
            return { [Symbol.dispose]: () => void listeners.delete(listener) };
          },
        },
        changed: () => void (changes += 1),
        failed: (error) => assert.fail(String(error)),
      },
      10,
    );
    list.look();
    for (const listener of listeners) listener();
    assert.equal(asked, 0);
    list.see(true);
    await until('it has looked', () => Promise.resolve(list.records.length === 1));
    assert.deepEqual([asked, list.keepsRecords], [1, true]);
    // One of ours runs: its own events tell how far it is.
    const ask = { folder: '/', dockerfile: '/Dockerfile', tags: [] };
    own = [{ ask, client, id: 'mine', record: record({ id: 'mine', state: 'running', startedAtMs: nowMs + 1 }) }];
    const before = changes;
    for (let times = 0; times < 50; times += 1) for (const listener of listeners) listener();
    await until('it is told', () => Promise.resolve(changes > before));
    assert.deepEqual([asked, changes - before, list.records.map(({ id }) => id)], [1, 1, ['mine', 'b1']]);
    own = [];
    records = [record({ id: 'mine' }), record({ id: 'theirs', state: 'running' })];
    for (const listener of listeners) listener();
    await until('it has the record of ours', () => Promise.resolve(list.records.length === 2));
    const known = asked;
    for (let times = 0; times < 50; times += 1) list.happened();
    await until('it looks at what others build', () => Promise.resolve(asked > known));
    await client.ping();
    assert.equal(asked, known + 1);
    list.happened();
    list.see(false);
    // What was asked before has come when what is asked now has been answered, twice for who came on another connection.
    for (let times = 0; times < 2; times += 1) await client.ping();
    const last = asked;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(asked, last);
  });
});
