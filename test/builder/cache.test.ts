// The cache of steps: what hits, what misses and why, and that it outlives the engine.

import assert from 'node:assert/strict';
import { noFilters } from '../../runtime/src/spec/filters.ts';
import { context, Lab } from './lab.ts';

describe('cache of builds', () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.open();
  });
  afterEach(async () => assert.deepEqual(await lab.problems(), []));
  after(() => lab[Symbol.asyncDispose]());

  const file = 'FROM busybox\nARG WHO=me\nCOPY a b /in/\nRUN cat /in/a && echo $WHO > /who\nRUN echo last\n';

  it('makes nothing twice, in another run of the engine neither', async () => {
    const files = { a: 'A\n', b: 'B\n', c: 'C\n' };
    const first = await lab.build(file, { context: await context(files) });
    assert.equal(first.failure, undefined, first.failure?.message);
    assert.deepEqual(first.states, ['done', 'done', 'done', 'done', 'done']);
    const again = await lab.build(file, { context: await context({ ...files, c: 'other' }) });
    assert.deepEqual(again.states, ['done', 'done', 'cached', 'cached', 'cached']);
    await lab.stop();
    await lab.start();
    const later = await lab.build(file, { context: await context(files) });
    assert.deepEqual(later.states, ['done', 'done', 'cached', 'cached', 'cached']);
  });

  it('says why a step was not in it', async () => {
    const misses = async (text: string, files: Readonly<Record<string, string>>, buildArgs = {}) => {
      const { results } = await lab.build(text, { context: await context(files), buildArgs });
      return [...results.values()].map(({ miss }) => (miss === undefined ? '' : `${miss.kind}: ${miss.message}`));
    };
    const files = { a: 'A\n', b: 'B\n' };
    assert.deepEqual(await misses(file, files), ['', '', '', '', '']);
    assert.deepEqual(await misses(file, { ...files, b: 'new\n' }), [
      '',
      '',
      'files-changed: Changed files: b.',
      'step-before: A step before it ran again.',
      'step-before: A step before it ran again.',
    ]);
    assert.deepEqual(await misses(file, { ...files, b: 'new\n' }, { WHO: 'you' }), [
      '',
      '',
      '',
      'argument-changed: Changed variables: WHO.',
      'step-before: A step before it ran again.',
    ]);
    assert.deepEqual(await misses(file.replace('echo last', 'echo end'), { ...files, b: 'new\n' }, { WHO: 'you' }), [
      '',
      '',
      '',
      '',
      'instruction-changed: It was `RUN echo last` in the last build.',
    ]);
    const { results } = await lab.build(file, { noCache: true, context: await context(files) });
    assert.equal(results.get(2)?.miss?.kind, 'no-cache');
  });

  it('counts no times of files, and no proxies', async () => {
    const text = 'FROM busybox\nCOPY a /a\nRUN echo $http_proxy\n';
    const first = await lab.build(text, {
      context: await context({ a: '1' }),
      buildArgs: { http_proxy: 'http://one' },
    });
    assert.equal(first.output, 'http://one\n');
    const again = await lab.build(text, {
      context: await context({ a: '1' }),
      buildArgs: { http_proxy: 'http://two' },
    });
    assert.deepEqual(again.states, ['done', 'cached', 'cached']);
  });

  it('holds on to the files that a stage hands on, not to how it came by them', async () => {
    const text = (noise: string) =>
      `FROM busybox AS one\nRUN echo ${noise} > /noise && echo same > /out\nFROM busybox\nCOPY --from=one /out /out\n`;
    assert.deepEqual((await lab.build(text('a'))).states, ['done', 'done', 'done', 'done']);
    // The time of the file differs, and so does the stage.
    assert.deepEqual((await lab.build(text('b'))).states, ['done', 'done', 'done', 'cached']);
  });

  it('prunes by time, in spans and as dates, and nothing by labels, which it has not', async () => {
    const { builds } = lab.engine;
    await lab.build(file, { context: await context({ a: 'A\n', b: 'B\n' }) });
    const pruned = async (filters: Readonly<Record<string, readonly string[]>>) =>
      (await builds.prune(new Map(Object.entries(filters)), { all: true })).CachesDeleted?.length ?? 0;
    assert.equal(await pruned({ until: ['24h'] }), 0);
    assert.equal(await pruned({ until: ['2020-01-01T00:00:00Z'] }), 0);
    assert.equal(await pruned({ label: ['a=b'] }), 0);
    await assert.rejects(pruned({ until: ['yesterday'] }), /invalid until: "yesterday" is neither/);
    await assert.rejects(pruned({ until: ['1h', '2h'] }), /can be given once/);
    await assert.rejects(pruned({ nope: ['1'] }), /invalid filter 'nope'/);
    assert.ok((await pruned({ until: ['1ms'], 'label!': ['a=b'] })) > 0);
    await lab.build(file, { context: await context({ a: 'A\n', b: 'B\n' }) });
  });

  it('forgets what is pruned, and its layers go', async () => {
    await lab.engine.images.prune(noFilters);
    assert.ok((await lab.engine.system.check()).checked.layers > 1);
    const { CachesDeleted, SpaceReclaimed } = await lab.engine.builds.prune(noFilters, { all: true });
    assert.ok((CachesDeleted?.length ?? 0) > 0);
    assert.ok(SpaceReclaimed > 0);
    assert.deepEqual(await lab.engine.builds.cache(), []);
    const { checked } = await lab.engine.system.check();
    assert.equal(checked.layers, 1);
    const { results } = await lab.build(file, { context: await context({ a: 'A\n', b: 'B\n' }) });
    assert.equal(results.get(2)?.miss?.kind, 'removed');
  });
});
