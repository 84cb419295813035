// Builds that the editor asks for, with our engine: how they end, what they tell meanwhile, and what is left of one that is cancelled.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBuilder } from '../../../extension/src/builds/builder.ts';
import { machineFiles } from '../../../extension/src/files/machine.ts';
import type { BuildOutcome } from '../../../extension/src/builds/contract.ts';
import { until } from '../../helpers/poll.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { image, useExtensionEngine } from '../engine.ts';

describe('extension: builder', () => {
  const engine = useExtensionEngine();
  const builder = createBuilder({ local: machineFiles, client: () => Promise.resolve(engine().client) });

  /** A folder with a Dockerfile, for as long as the test runs. */
  async function project(dockerfile: string) {
    const folder = await makeTempFolder();
    const path = join(folder.path, 'Dockerfile');
    await writeFile(path, dockerfile);
    return {
      ask: { folder: folder.path, dockerfile: path, tags: ['builder:1'] },
      path: folder.path,
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  }

  it('builds, tells each event and the end, and leaves the record to the engine', async () => {
    await using made = await project(`FROM ${image} AS base\nRUN echo one\nFROM base\nRUN echo two\n`);
    const ended: BuildOutcome[] = [];
    using _listening = builder.onEnd((outcome) => void ended.push(outcome));
    let changes = 0;
    using _watching = builder.onChange(() => void (changes += 1));
    const kinds = new Set<string>();
    const outcome = await builder.build(made.ask, { onEvent: ({ kind }) => kinds.add(kind) });
    assert.equal(outcome.failure, undefined);
    assert.equal(outcome.isCancelled, false);
    assert.deepEqual([...kinds].toSorted(), ['begun', 'ended', 'finished', 'output', 'planned', 'started']);
    assert.deepEqual(ended, [outcome]);
    assert.ok(changes > 4);
    assert.equal((await engine().client.images.inspect('builder:1')).Id, outcome.imageId);
    const record = await engine().client.builds.inspect(outcome.id ?? '');
    assert.equal(record.state, 'done');
    assert.deepEqual(builder.own, []);
  });

  it('builds the stage that is asked for, with arguments and labels', async () => {
    await using made = await project(`FROM ${image} AS base\nARG A=no\nRUN test $A = yes\nFROM base\nRUN false\n`);
    const asked = { ...made.ask, target: 'base', buildArgs: { A: 'yes' }, labels: { 'dev.coracle.test': 'x' } };
    const { imageId = '', failure } = await builder.build(asked);
    assert.equal(failure, undefined);
    const { Config } = await engine().client.images.inspect(imageId);
    assert.equal(Config?.Labels?.['dev.coracle.test'], 'x');
  });

  it('tells which step failed, its line, code and last words', async () => {
    await using made = await project(
      `FROM ${image}\n\nRUN printf 'one\\ntwo \\033[31mred\\033[0m\\n' && \\\n  printf 'at 1%%\\rat 2%%\\n' >&2; exit 7\n`,
    );
    const { failure, id, imageId } = await builder.build(made.ask);
    assert.equal(imageId, undefined);
    assert.deepEqual([failure?.step, failure?.line, failure?.exitCode], [1, 3, 7]);
    assert.deepEqual(failure?.output.toSorted(), ['at 2%', 'one', 'two red']);
    assert.equal((await engine().client.builds.inspect(id ?? '')).state, 'failed');
  });

  it('tells a fault of the Dockerfile with its line, and a context that is not there', async () => {
    await using made = await project(`FROM ${image}\nRUN --mount=type=nothing true\n`);
    const { failure, id } = await builder.build(made.ask);
    assert.equal(id, undefined);
    assert.equal(failure?.line, 2);
    assert.equal(failure?.step, undefined);
    const missing = await builder.build({ ...made.ask, folder: join(made.path, 'none') });
    assert.match(missing.failure?.message ?? '', /path ".*none" not found/);
  });

  it('ends what is cancelled, by its caller or by its id', async () => {
    await using made = await project(`FROM ${image}\nRUN echo begun && sleep 1000\n`);
    const stop = new AbortController();
    const first = builder.build(made.ask, {
      signal: stop.signal,
      onEvent: ({ kind }) => {
        if (kind === 'output') stop.abort();
      },
    });
    assert.deepEqual([(await first).isCancelled, (await first).failure], [true, undefined]);
    assert.equal((await engine().client.builds.inspect((await first).id ?? '')).state, 'cancelled');
    const second = builder.build(made.ask);
    await until('the step runs', () => Promise.resolve((builder.own[0]?.record.steps[1]?.output ?? '') !== ''));
    assert.equal(builder.own[0]?.record.state, 'running');
    assert.equal(builder.cancel(builder.own[0]?.id ?? ''), true);
    assert.equal((await second).isCancelled, true);
    assert.equal(builder.cancel('no such build'), false);
    assert.equal((await builder.build(made.ask, { signal: AbortSignal.abort() })).isCancelled, true);
  });

  it('says so when there is no engine', async () => {
    const none = createBuilder({ local: machineFiles, client: () => Promise.reject(new Error('there is no engine')) });
    await using made = await project('FROM scratch\n');
    await assert.rejects(none.build(made.ask), /there is no engine/);
  });

  it('keeps to the Dockerfile it is given where the folder has another', async () => {
    await using made = await project('FROM scratch\nBROKEN\n');
    await mkdir(join(made.path, 'context'));
    await writeFile(join(made.path, 'other.Dockerfile'), `FROM ${image}\nCOPY note /note\n`);
    await writeFile(join(made.path, 'context/note'), 'x');
    const asked = { folder: join(made.path, 'context'), dockerfile: join(made.path, 'other.Dockerfile'), tags: [] };
    assert.equal((await builder.build(asked)).failure, undefined);
  });
});
