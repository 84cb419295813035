// Verbs of Dockerfiles and builds, with a real engine: names that are remembered, failures with what can be done about them, shells
// and files of steps, and nothing left of either.

import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildAgain } from '../../../extension/src/commands/build/again.ts';
import { buildAndRun } from '../../../extension/src/commands/build/build-and-run.ts';
import { buildImage, buildImageAs, buildWithoutCache } from '../../../extension/src/commands/build/build-image.ts';
import { buildStage } from '../../../extension/src/commands/build/build-stage.ts';
import { cancelBuild } from '../../../extension/src/commands/build/cancel.ts';
import type { DockerfileVerb } from '../../../extension/src/commands/build/dockerfile.ts';
import { inspectBuild } from '../../../extension/src/commands/build/inspect.ts';
import { buildLog } from '../../../extension/src/commands/build/log.ts';
import { openLine } from '../../../extension/src/commands/build/open-line.ts';
import { pruneBuildCache } from '../../../extension/src/commands/build/prune.ts';
import { removeBuild } from '../../../extension/src/commands/build/remove.ts';
import { stepShell, stepShellBefore } from '../../../extension/src/commands/build/shell.ts';
import { buildTarget } from '../../../extension/src/commands/targets.ts';
import type { BuildTarget } from '../../../extension/src/commands/targets.ts';
import { runOnTargets, runPlain } from '../../../extension/src/commands/verb.ts';
import type { TargetVerb, VerbContext } from '../../../extension/src/commands/verb.ts';
import { FileSystem } from '../../../extension/src/files/file-system.ts';
import { rootOf } from '../../../extension/src/views/file-rows.ts';
import { until } from '../../helpers/poll.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { image, useExtensionEngine } from '../engine.ts';
import { Screen, ScriptUi } from '../script-ui.ts';

describe('extension: verbs of Dockerfiles and builds', () => {
  const engine = useExtensionEngine();
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let ui: ScriptUi;
  let context: VerbContext;

  beforeEach(async () => {
    folder = await makeTempFolder();
    ui = new ScriptUi();
    context = engine().context(ui);
  });

  afterEach(async () => {
    assert.deepEqual(ui.left, [], 'everything was asked');
    await folder[Symbol.asyncDispose]();
  });

  const write = async (text: string, name = 'Dockerfile') => {
    const path = join(folder.path, name);
    await writeFile(path, text);
    return path;
  };
  const run = (verb: DockerfileVerb, path: string | undefined, stage?: string) =>
    verb.run(context, { ...(path === undefined ? {} : { path }), ...(stage === undefined ? {} : { stage }) });
  const onBuild = (verb: TargetVerb<BuildTarget>, target: BuildTarget) => runOnTargets(verb, context, [target]);
  const newest = async () => {
    const [record] = await engine().client.builds.list();
    assert.ok(record !== undefined);
    return record;
  };
  const allImages = async () => (await engine().client.images.list({ all: true })).length;

  it('asks for the name once, and builds under it from then on', async () => {
    const path = await write(`FROM ${image}\nCOPY note /note\n`);
    await writeFile(join(folder.path, 'note'), 'x');
    ui.answer('BAD NAME', 'site:1');
    await run(buildImage, path);
    assert.equal(ui.faults.length, 1);
    assert.equal(ui.infos[0]?.message, 'Built site:1.');
    await run(buildImage, path);
    assert.equal(ui.infos.length, 2);
    ui.answer('site:2');
    await run(buildImageAs, path);
    await run(buildWithoutCache, path);
    const record = await newest();
    assert.deepEqual(record.tags, ['site:2']);
    assert.equal(record.steps[1]?.result?.miss?.kind, 'no-cache');
    assert.deepEqual(record.origin, { folder: folder.path, dockerfile: path });
    assert.deepEqual(ui.errors, []);
  });

  it('proposes the name of the folder, and finds the folder that has what is copied', async () => {
    await mkdir(join(folder.path, 'deploy'));
    await writeFile(join(folder.path, 'note'), 'x');
    const path = await write(`FROM ${image}\nCOPY note /note\n`, 'deploy/Dockerfile');
    context = { ...context, builds: { ...context.builds, rootOf: () => folder.path } };
    let proposed: string | undefined;
    const asked = Object.assign(Object.create(ui) as ScriptUi, {
      input: ({ value }: { value?: string }) => Promise.resolve((proposed = value)),
    });
    await buildImage.run({ ...context, ui: asked }, { path });
    assert.equal(proposed, 'deploy:latest');
    assert.deepEqual(ui.errors, []);
    assert.equal((await newest()).origin?.folder, folder.path);
  });

  it('offers the Dockerfiles of the workspace, and says when there is none', async () => {
    await run(buildImage, undefined);
    assert.equal(ui.infos[0]?.message, 'There is no Dockerfile in this workspace.');
    const path = await write(`FROM ${image} AS first\nFROM first AS second\n`);
    context = { ...context, builds: { ...context.builds, dockerfiles: () => Promise.resolve([path]) } };
    ui.answer('Dockerfile', 'first', 'picked:1');
    await run(buildStage, undefined);
    assert.equal((await newest()).target, 'first');
    context = { ...context, builds: { ...context.builds, active: () => path } };
    ui.answer('active:1');
    await run(buildImage, undefined);
    assert.deepEqual((await newest()).tags, ['active:1']);
  });

  it('builds and runs, and runs nothing of a build that failed', async () => {
    const path = await write(`FROM ${image}\nEXPOSE 80\nCMD ["sleep", "1000"]\n`);
    ui.answer('run:1', 'Run');
    await run(buildAndRun, path);
    const [container] = await engine().client.containers.list();
    assert.equal(container?.Image, 'run:1');
    assert.equal(container?.Ports?.[0]?.PublicPort, 8080);
    await write(`FROM ${image}\nRUN exit 3\n`);
    await run(buildAndRun, path);
    assert.equal((await engine().client.containers.list()).length, 1);
    assert.match(ui.errors[0]?.message ?? '', /^Could not build run:1: Dockerfile:2: /);
  });

  it('offers a shell in what the failed step left, the line and the log', async () => {
    const path = await write(`FROM ${image}\nRUN echo left > /left; echo words; exit 4\n`);
    ui.answer('broken:1');
    await run(buildImage, path);
    const [said] = ui.errors;
    assert.deepEqual(
      said?.actions.map(({ label }) => label),
      ['Open Shell at Failed Step', 'Go to Line', 'Show Log'],
    );
    const before = await allImages();
    await said.actions[0]?.run();
    const screen = new Screen();
    const program = ui.terminals[0]?.program;
    assert.equal(ui.terminals[0]?.name, 'broken:1, step 2');
    const running = program?.run(screen);
    program?.input?.('cat /left; exit 5\n');
    assert.equal(await running, 5);
    assert.match(screen.text, /^left\r$/m);
    assert.equal(await allImages(), before, 'its image has gone');
    assert.deepEqual(await engine().client.containers.list({ all: true }), []);
    await said.actions[1]?.run();
    assert.deepEqual(ui.files, [`${path}:2`]);
    await said.actions[2]?.run();
    assert.match(
      await ui.text(),
      /^\[1\/2\] FROM .*\n\[2\/2\] RUN .*# Dockerfile:2\n\[2\/2\] \| words\n\[2\/2\] ERROR after /m,
    );
  });

  it('opens a shell in what any step began and ended with, and takes it away when the terminal is closed', async () => {
    const path = await write(`FROM ${image}\nRUN echo 1 > /count\nRUN echo 2 > /count\n`);
    ui.answer('steps:1');
    await run(buildImage, path);
    const record = await newest();
    for (const [verb, step, wanted] of [
      [stepShell, 2, '2'],
      [stepShellBefore, 2, '1'],
      [stepShell, undefined, '2'],
    ] as const) {
      await onBuild(verb, buildTarget(record, step));
      const screen = new Screen();
      const program = ui.terminals.at(-1)?.program;
      const running = program?.run(screen);
      program?.input?.('echo "count: $(cat /count)"\n');
      await until('the shell answers', () =>
        Promise.resolve(new RegExp(`^count: ${wanted}\r$`, 'm').test(screen.text)),
      );
      screen.close();
      assert.equal(await running, undefined);
    }
    assert.deepEqual(await engine().client.containers.list({ all: true }), []);
    await onBuild(stepShellBefore, buildTarget(record, 0));
    assert.equal(ui.errors[0]?.message, 'There is nothing before the first step of a stage.');
  });

  it('shows the files of a step, which nobody can change', async () => {
    const path = await write(`FROM ${image}\nRUN echo 1 > /made\nRUN echo 2 > /made; exit 1\n`);
    ui.answer('files:1');
    await run(buildImage, path);
    const record = await newest();
    using files = new FileSystem({ client: () => Promise.resolve(engine().client) });
    const at = (step: number, suffix = '') => {
      const root = rootOf({ kind: 'build', target: buildTarget(record, step) }, 'default');
      assert.ok(root !== undefined);
      return { ...root, ref: `${root.ref}${suffix}`, path: '/made' };
    };
    const text = async (...place: Parameters<typeof at>) => Buffer.from(await files.read(at(...place))).toString();
    assert.equal(await text(1), '1\n');
    assert.equal(await text(2), '2\n');
    assert.equal(await text(2, '.before'), '1\n');
    await assert.rejects(files.write(at(1), Buffer.from('x'), { create: true, overwrite: true }), /cannot be changed/);
    await assert.rejects(files.read({ ...at(1), ref: 'no.such.step' }), /names no step of a build/);
    const images = await engine().client.images.list({ filters: { label: ['dev.coracle.step'] } });
    assert.equal(images.length, 3);
    files[Symbol.dispose]();
    await until('the images have gone', async () => {
      return (await engine().client.images.list({ filters: { label: ['dev.coracle.step'] } })).length === 0;
    });
  });

  it('goes to a line that has moved, and to what was built of a Dockerfile that has gone', async () => {
    const path = await write(`FROM ${image}\nENV A=1\nENV B=2\n`);
    ui.answer('lines:1');
    await run(buildImage, path);
    const record = await newest();
    await onBuild(openLine, buildTarget(record, 2));
    await write(`FROM ${image}\n\n# new\nENV A=1\nENV B=2\n`);
    await onBuild(openLine, buildTarget(record, 2));
    assert.deepEqual(ui.files, [`${path}:3`, `${path}:5`]);
    await rm(path);
    await onBuild(openLine, buildTarget(record, 1));
    assert.equal(await ui.text(), record.dockerfileText);
    await onBuild(buildAgain, buildTarget(record));
    assert.equal(ui.errors[0]?.message, 'The Dockerfile of lines:1 is not on this machine.');
  });

  it('builds again with what it was asked for', async () => {
    const path = await write(`FROM ${image} AS base\nARG A\nRUN echo $A\nFROM base\nRUN false\n`);
    const asked = {
      folder: folder.path,
      dockerfile: path,
      tags: ['again:1'],
      target: 'base',
      buildArgs: { A: 'kept' },
    };
    const { id = '' } = await context.builds.builder.build(asked);
    await context.builds.memory.update('builds.asks', [[id, asked]]);
    await onBuild(buildAgain, buildTarget(await newest()));
    assert.notEqual((await newest()).id, id);
    assert.equal((await newest()).steps[2]?.result?.state, 'cached');
    await context.builds.memory.update('builds.asks', []);
    await onBuild(buildAgain, buildTarget(await newest()));
    const last = await newest();
    assert.equal(last.target, 'base', 'out of the record');
    assert.match(last.steps[2]?.result?.miss?.message ?? '', /A/);
  });

  it('cancels, inspects and removes', async () => {
    const path = await write(`FROM ${image}\nRUN sleep 1000\n`);
    const asked = { folder: folder.path, dockerfile: path, tags: [`${basename(folder.path).toLowerCase()}:1`] };
    const building = context.builds.builder.build(asked);
    await until('it runs', async () => {
      const { state, steps } = await newest();
      return state === 'running' && steps[1]?.startedAtMs !== undefined;
    });
    const running = await newest();
    assert.equal(running.state, 'running');
    assert.equal(running.steps[1]?.result, undefined);
    await onBuild(removeBuild, buildTarget(running));
    assert.equal(ui.infos[0]?.message, 'There is no build for this.');
    await onBuild(cancelBuild, buildTarget(running));
    assert.equal((await building).isCancelled, true);
    await onBuild(inspectBuild, buildTarget(running));
    assert.equal((JSON.parse(await ui.text()) as { state: string }).state, 'cancelled');
    await onBuild(buildLog, buildTarget(running));
    assert.match(await ui.text(), /CANCELED after/);
    ui.answer(true);
    await onBuild(removeBuild, buildTarget(await newest()));
    const left = await engine().client.builds.list();
    assert.ok(!left.some(({ id }) => id === running.id));
    assert.deepEqual(ui.errors, []);
  });

  it('removes the cache after saying how much it is', async () => {
    const path = await write(`FROM ${image}\nRUN dd if=/dev/zero of=/big bs=1M count=2\n`);
    ui.answer('big:1');
    await run(buildImage, path);
    await engine().client.images.remove('big:1', { force: true });
    ui.answer(true);
    await runPlain(pruneBuildCache, context);
    assert.match(ui.confirmed[0]?.detail ?? '', /^Up to \d+(\.\d+)?MB are freed/);
    assert.match(ui.infos.at(-1)?.message ?? '', /^Build cache removed: \d/);
    await runPlain(pruneBuildCache, context);
    assert.equal(ui.infos.at(-1)?.message, 'The build cache is empty.');
  });
});
