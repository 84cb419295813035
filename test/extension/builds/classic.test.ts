// Builds with engines of other makers, by Docker's classic call: the same events out of their lines of text, and the same failures.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createBuilder } from '../../../extension/src/builds/builder.ts';
import { machineFiles } from '../../../extension/src/files/machine.ts';
import { BuildList } from '../../../extension/src/builds/build-list.ts';
import { classicSteps } from '../../../extension/src/builds/classic-steps.ts';
import { logText } from '../../../extension/src/builds/log-text.ts';
import { EngineClient, parseEndpoint } from '../../../runtime/src/client/client.ts';
import { busyboxArchive } from '../../helpers/busybox-image.ts';
import { skip } from '../../helpers/skip.ts';
import { requireDaemon } from '../../helpers/temp-daemon.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { until } from '../../helpers/poll.ts';
import { dockerd, podman, startForeign } from '../foreign-engine.ts';
import type { ForeignEngine, ForeignKind } from '../foreign-engine.ts';

const image = 'localhost/coracle-classic:1';

describe('extension: steps of a classic builder', () => {
  it('are the instructions up to the target, with their lines', () => {
    const dockerfile =
      '# syntax=docker/dockerfile:1\nARG A=1\nFROM x AS first\nRUN a && \\\n  b\n\nFROM y\nCOPY <<E /f\nhi\nE\nUSER z\n';
    const steps = (target: string) =>
      classicSteps(dockerfile, target).map(
        ({ step, stage, stageName = '', text: words, source }) =>
          `${step} ${stage}${stageName} ${source.startLine}-${source.endLine} ${words}`,
      );
    assert.deepEqual(steps('first'), ['0 0 2-2 ARG A=1', '1 0first 3-3 FROM x AS first', '2 0first 4-5 RUN a && b']);
    assert.deepEqual(steps('').slice(3), ['3 1 7-7 FROM y', '4 1 8-10 COPY <<E /f', '5 1 11-11 USER z']);
    assert.deepEqual(steps('nothing').length, 6);
    assert.deepEqual(classicSteps('', ''), []);
  });
});

describeClassic(dockerd, { optional: false });
describeClassic(podman, { optional: true });

function describeClassic(kind: ForeignKind, { optional }: { readonly optional: boolean }): void {
  describe(`extension: builds with ${kind.name}`, function () {
    let engine: ForeignEngine;
    let client: EngineClient;
    let folder: Awaited<ReturnType<typeof makeTempFolder>>;

    before(async function (this: Mocha.Context) {
      requireDaemon(this);
      if (!kind.programs.some((path) => existsSync(path))) skip(this, `needs ${kind.name}`, { optional });
      engine = await startForeign(kind);
      client = new EngineClient(parseEndpoint(engine.host));
      await text(await client.images.load(Readable.from([await busyboxArchive(image)])));
    });

    beforeEach(async () => {
      folder = await makeTempFolder();
    });

    afterEach(async () => await folder[Symbol.asyncDispose]());

    after(async () => {
      client?.[Symbol.dispose]();
      await engine?.[Symbol.asyncDispose]();
    });

    const builder = createBuilder({ local: machineFiles, client: () => Promise.resolve(client) });

    const ask = async (dockerfile: string, more: object = {}) => {
      const path = join(folder.path, 'Dockerfile');
      await writeFile(path, dockerfile);
      return { folder: folder.path, dockerfile: path, tags: ['classic:1'], ...more };
    };

    it('builds, with a context, arguments, a stage, and tells each step', async () => {
      await writeFile(join(folder.path, 'note'), 'from the context\n');
      await writeFile(join(folder.path, '.dockerignore'), 'secret\n');
      await writeFile(join(folder.path, 'secret'), 'x');
      const dockerfile = `FROM ${image} AS base\nARG A=no\nCOPY . /here\nRUN echo "A is $A" && cat /here/note && ! test -e /here/secret\nFROM base\nRUN false\n`;
      const asked = await ask(dockerfile, { target: 'base', buildArgs: { A: 'yes' } });
      const first = await builder.build(asked);
      assert.equal(first.failure, undefined);
      assert.equal(first.id, undefined);
      assert.equal((await client.images.inspect('classic:1')).Id, first.imageId);
      const { record } = builder.own.at(-1) ?? assert.fail('it is remembered');
      assert.deepEqual(
        record.steps.map(({ result }) => result?.state),
        ['done', 'done', 'done', 'done'],
      );
      assert.match(record.steps[3]?.output ?? '', /^A is yes\nfrom the context$/m);
      const states: string[] = [];
      const again = await builder.build(asked, {
        onEvent: (event) => {
          if (event.kind === 'ended') states.push(event.result.state);
        },
      });
      assert.equal(again.imageId, first.imageId);
      assert.ok(states.filter((state) => state === 'cached').length >= 2, states.join());
    });

    it('tells the step, line, code and words of a failure', async () => {
      const { failure } = await builder.build(await ask(`FROM ${image}\n\nENV A=1\nRUN echo words && \\\n  exit 9\n`));
      assert.deepEqual([failure?.step, failure?.line, failure?.exitCode], [2, 4, 9]);
      assert.ok(failure?.output.includes('words'), failure?.output.join());
      const { record } = builder.own.at(-1) ?? assert.fail('it is remembered');
      assert.equal(record.state, 'failed');
      assert.match(logText(record), /\| words/);
    });

    it('tells a fault of the Dockerfile, and a Dockerfile outside of its folder', async () => {
      const { failure } = await builder.build(await ask(`FROM ${image}\nRUNS x\n`));
      assert.match(failure?.message ?? '', /RUNS/i);
      const elsewhere = await ask(`FROM ${image}\n`, { folder: '/usr/share/misc' });
      assert.match((await builder.build(elsewhere)).failure?.message ?? '', /lies in the folder that is built/);
    });

    it('ends what is cancelled', async () => {
      const stop = new AbortController();
      const building = builder.build(await ask(`FROM ${image}\nRUN sleep 300\n`), { signal: stop.signal });
      await until('it runs', () =>
        Promise.resolve(
          builder.own.some(({ record }) => record.steps[1]?.startedAtMs !== undefined && record.state === 'running'),
        ),
      );
      stop.abort();
      assert.equal((await building).isCancelled, true);
      await until('nothing of it runs', async () => (await client.containers.list()).length === 0);
    });

    it('shows what was built here, for the engine keeps no records', async () => {
      using list = new BuildList({
        client,
        builder,
        changed: () => undefined,
        failed: (error) => assert.fail(String(error)),
      });
      list.see(true);
      await until('it has looked', () => Promise.resolve(list.keepsRecords === false));
      assert.ok(list.records.length >= 3);
    });
  });
}
