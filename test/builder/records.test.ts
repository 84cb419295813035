// Records of builds: what they keep, how they are found, and what a kill leaves of one that ran.

import assert from 'node:assert/strict';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { until } from '../helpers/poll.ts';
import { collect, Lab, request } from './lab.ts';

describe('records of builds', () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.open();
  });
  after(() => lab[Symbol.asyncDispose]());

  it('tells of each step what it did, and goes on doing so after a restart', async () => {
    const { builds } = lab.engine;
    const built = await lab.build('FROM busybox AS top\nRUN echo out; echo err >&2\nRUN exit 3\nRUN never\n', {
      tags: ['t:1'],
    });
    assert.deepEqual(built.states, ['done', 'done', 'failed', 'not run']);
    assert.deepEqual(built.failure, {
      kind: 'failed',
      message: "The command '/bin/sh -c exit 3' returned a non-zero code: 3",
      step: 2,
      exitCode: 3,
    });
    const record = await builds.inspect(built.id.slice(0, 8));
    assert.equal(record.state, 'failed');
    assert.equal(record.message, built.failure.message);
    assert.equal(record.steps[1]?.stageName, 'top');
    assert.match(record.steps[1]?.output ?? '', /^out$/m);
    assert.match(record.steps[1]?.output ?? '', /^err$/m);
    assert.equal(record.steps[2]?.result?.exitCode, 3);
    // The snapshot that a shell would start from.
    assert.equal(record.steps[2]?.result?.snapshot, record.steps[1]?.result?.snapshot);
    assert.deepEqual(record.steps[2]?.source, { startLine: 3, endLine: 3 });
    await lab.stop();
    await lab.start();
    assert.deepEqual(await lab.engine.builds.inspect(built.id), record);
    const steps = record.steps.map((step) => {
      const { output: _, ...rest } = step;
      return rest;
    });
    assert.deepEqual(await lab.engine.builds.list(), [{ ...record, steps }], 'a list leaves the output out');
    await lab.engine.builds.remove(built.id);
    await assert.rejects(lab.engine.builds.inspect(built.id), (error) => isKind(error, 'notFound'));
  });

  it('shows a build that runs as it stands, with where it comes from', async () => {
    const { builds } = lab.engine;
    const origin = { folder: '/home/u/web', dockerfile: '/home/u/web/Dockerfile' };
    const dockerfile = 'FROM busybox\nRUN echo ready; sleep 60\nRUN never\n';
    const { id, events } = await builds.build(request(dockerfile, { origin }));
    for await (const event of events) {
      if (event.kind !== 'output') continue;
      const { state, steps, origin: kept } = await builds.inspect(id);
      assert.deepEqual([state, kept], ['running', origin]);
      assert.deepEqual(
        steps.map(({ startedAtMs, result, output }) => [startedAtMs !== undefined, result?.state, output]),
        [
          [true, 'done', undefined],
          [true, undefined, 'ready\n'],
          [false, undefined, undefined],
        ],
      );
      break;
    }
    await until('the build has ended', () => Promise.resolve(!lab.handle.isBusy()));
    const { steps } = await builds.inspect(id);
    assert.equal(steps[1]?.result?.state, 'cancelled');
  });

  it('gives an image of any step, and of what a command that failed had made', async () => {
    const { builds, images } = lab.engine;
    const built = await lab.build('FROM busybox\nENV A=b\nRUN echo good > /good\nRUN echo half > /half; exit 1\n');
    const shown = async (options: { readonly step?: number; readonly isBefore: boolean }): Promise<string> => {
      const { Id } = await builds.stepImage(built.id, options);
      const text = await lab.run(Id, ['sh', '-c', 'echo $A; cat /good /half 2>/dev/null']);
      await images.remove(Id, { force: true, noPrune: false });
      return text;
    };
    assert.equal(await shown({ isBefore: false }), 'b\ngood\nhalf\n');
    assert.equal(await shown({ isBefore: true }), 'b\ngood\n');
    assert.equal(await shown({ step: 2, isBefore: false }), 'b\ngood\n');
    assert.equal(await shown({ step: 0, isBefore: false }), '\n');
    await assert.rejects(builds.stepImage(built.id, { step: 9, isBefore: false }), (error) =>
      isKind(error, 'notFound'),
    );
    assert.deepEqual(await lab.problems(), []);
    await lab.stop();
    await lab.start();
    const { Id } = await lab.engine.builds.stepImage(built.id, { isBefore: false });
    assert.equal(await lab.run(Id, ['sh', '-c', 'cat /good /half 2>/dev/null']), 'good\n');
    await lab.engine.images.remove(Id, { force: true, noPrune: false });
    assert.deepEqual(await lab.problems(), []);
  });

  it('ends a build that is cancelled, and leaves nothing of it', async () => {
    const { builds, containers, images } = lab.engine;
    const before = (await lab.engine.system.check()).checked;
    const { id, events } = await builds.build(request('FROM busybox\nRUN echo ready; sleep 60\n', { tags: ['never'] }));
    const collected = collect(
      id,
      (async function* () {
        for await (const event of events) {
          if (event.kind === 'output') void builds.cancel(id);
          yield event;
        }
      })(),
    );
    const built = await collected;
    assert.equal(built.failure?.message, 'The build was cancelled.');
    assert.equal((await builds.inspect(id)).state, 'cancelled');
    assert.deepEqual(await containers.list({ all: true, size: false, filters: new Map() }), []);
    await assert.rejects(images.inspect('never'), (error) => isKind(error, 'notFound'));
    assert.deepEqual((await lab.engine.system.check()).checked, before);
    assert.deepEqual(await lab.problems(), []);
    await assert.rejects(builds.cancel(id), (error) => isKind(error, 'conflict'));
  });

  it('ends when the reader leaves', async () => {
    const { builds } = lab.engine;
    const { id, events } = await builds.build(request('FROM busybox\nRUN echo ready; sleep 60\n'));
    for await (const event of events) if (event.kind === 'output') break;
    await until('the build has ended', () => Promise.resolve(!lab.handle.isBusy()));
    assert.equal((await builds.inspect(id)).state, 'cancelled');
  });

  it('runs stages side by side, and ends the others when one fails', async () => {
    // Each waits for the other, in a cache that both may have.
    const run = 'RUN --mount=type=cache,target=/m,id=meeting';
    const waitFor = (name: string) => `until test -e /m/${name}; do sleep 0.1; done`;
    const last = 'FROM busybox\nCOPY --from=a /etc/passwd /a\nCOPY --from=b /etc/passwd /b\n';
    const built = await lab.build(
      `FROM busybox AS a\n${run} touch /m/a; ${waitFor('b')}\nFROM busybox AS b\n${run} touch /m/b; ${waitFor('a')}\n${last}`,
      { noCache: true },
    );
    assert.equal(built.failure, undefined);
    const failing = await lab.build(
      `FROM busybox AS a\n${run} touch /m/c; sleep 600\nFROM busybox AS b\n${run} ${waitFor('c')}; false\n${last}`,
    );
    assert.deepEqual(failing.states, ['done', 'cancelled', 'done', 'failed', 'done', 'not run', 'not run']);
  });

  it('refuses a Dockerfile with a fault before anything begins', async () => {
    await assert.rejects(lab.build('FROM busybox\nRUM true\n'), (error) => {
      assert.ok(isKind(error, 'invalidParameter'));
      assert.match(error.message, /RUM/);
      return true;
    });
    await assert.rejects(lab.build('FROM busybox AS one\n', { target: 'on' }), /target stage "on" could not be found/);
    assert.equal(lab.handle.isBusy(), false);
  });
});
