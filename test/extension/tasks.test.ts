// Tasks `coracle-build` and `coracle-run` with our engine: what their terminal shows, what the problem matcher finds in it, how they end.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createBuilder } from '../../extension/src/builds/builder.ts';
import { machineFiles } from '../../extension/src/files/machine.ts';
import { noLogIns } from '../../extension/src/registries/log-ins.ts';
import { defaultTag } from '../../extension/src/builds/names.ts';
import { BuildProgram } from '../../extension/src/tasks/build-program.ts';
import { readBuildTask, readRunTask } from '../../extension/src/tasks/definitions.ts';
import { RunProgram } from '../../extension/src/tasks/run-program.ts';
import { coracleBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { run } from '../helpers/run.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import { image, useExtensionEngine } from './engine.ts';
import { Screen } from './script-ui.ts';

interface Manifest {
  readonly contributes: {
    readonly problemPatterns: readonly [
      { readonly regexp: string },
      { readonly patterns: readonly { readonly regexp: string }[] },
    ];
  };
}

const manifest = JSON.parse(readFileSync(join(root, 'extension/package.json'), 'utf8')) as Manifest;
const [build, fault] = manifest.contributes.problemPatterns;
const pattern = new RegExp(build.regexp);

/** What the matcher finds in a terminal: file, line and message. */
function problems(text: string): (readonly [string, number, string])[] {
  // oxlint-disable-next-line no-control-regex
  const lines = text.replaceAll(/\x1b\[[\d;]*[A-Za-z]/g, '').split(/\r?\n/);
  return lines.flatMap((line) => {
    const [, file = '', number = '', , message = ''] = pattern.exec(line) ?? [];
    return file === '' ? [] : [[file, Number(number), message] as const];
  });
}

describe('extension: tasks', () => {
  const engine = useExtensionEngine();
  let folder: TempFolder;

  beforeEach(async () => {
    folder = await makeTempFolder();
  });

  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  }

  const host = () => ({
    builder: createBuilder({ local: machineFiles, client: () => Promise.resolve(engine().client) }),
    client: () => Promise.resolve(engine().client),
    local: machineFiles,
    root: folder.path,
    logIns: noLogIns,
    tagOf: defaultTag,
    places: { resolve: (path: string) => join(folder.path, path), home: () => '/root' },
  });
  const builds = (definition: object) => new BuildProgram(host(), readBuildTask({ ...definition }));
  const runs = (definition: object) => new RunProgram(host(), readRunTask({ ...definition }));

  it('builds, and takes the context where the sources are', async () => {
    put('note', 'x');
    put('docker/web.Dockerfile', `FROM ${image}\nCOPY note /note\nRUN echo done\n`);
    const screen = new Screen();
    const task = builds({ dockerfile: 'docker/web.Dockerfile', tags: ['task:1', 'task:2'], labels: { a: 'b' } });
    assert.equal(await task.run(screen), 0, screen.text);
    assert.match(screen.text, /COPY note \/note DONE/);
    assert.match(screen.text, /Built task:1, task:2\r\n$/);
    assert.deepEqual(problems(screen.text), []);
    assert.equal((await engine().client.images.inspect('task:2')).Config?.Labels?.['a'], 'b');
  });

  it('ends with 1 where a step fails, and says so in a line with the file as the workspace has it', async () => {
    put('docker/Dockerfile', `FROM ${image}\n\nRUN echo src/main.c:12: error && \\\n  exit 3\n`);
    const screen = new Screen(200);
    assert.equal(await builds({ dockerfile: 'docker/Dockerfile' }).run(screen), 1);
    assert.match(screen.text, / {3}\| src\/main\.c:12: error\r\n/);
    const [[file, line, message] = [], ...more] = problems(screen.text);
    assert.deepEqual([file, line, more], ['docker/Dockerfile', 3, []]);
    assert.match(message ?? '', /^The command '.* error && .*exit 3' returned a non-zero code: 3$/);
  });

  it('finds the same problem in what the command line says, and in a fault of the Dockerfile', async () => {
    put('Dockerfile', `FROM ${image}\nRUN exit 3\n`);
    const cli = () => run(coracleBinary, ['-H', engine().daemon.host, 'build', '.'], { cwd: folder.path });
    assert.deepEqual(
      problems((await cli()).stderr).map(([file, line]) => [file, line]),
      [['Dockerfile', 2]],
    );
    put('Dockerfile', `FROM ${image}\nRUNN exit 3\n`);
    const [message, place] = fault.patterns.map(({ regexp }) => new RegExp(regexp));
    const [first = '', second = ''] = (await cli()).stderr.split('\n');
    assert.equal(message?.exec(first)?.[1], 'unknown instruction: RUNN. Is RUN meant?');
    assert.deepEqual(place?.exec(second)?.slice(1), ['Dockerfile', '2']);
    const screen = new Screen();
    assert.equal(await builds({}).run(screen), 1);
    assert.deepEqual(problems(screen.text), [['Dockerfile', 2, 'unknown instruction: RUNN. Is RUN meant?']]);
  });

  it('is cancelled by Ctrl-C and by closing the terminal', async () => {
    put('Dockerfile', `FROM ${image}\nRUN echo begun && sleep 1000\n`);
    for (const stop of ['key', 'close']) {
      const screen = new Screen();
      const task = builds({});
      const end = task.run(screen);
      await until('the step runs', () => Promise.resolve(screen.text.includes('| begun')));
      if (stop === 'key') task.input('\u0003');
      else screen.close();
      assert.equal(await end, 130);
      const [newest] = await engine().client.builds.list();
      assert.equal(newest?.state, 'cancelled');
    }
  });

  it('runs what it built, ends with its exit code and leaves no container', async () => {
    put('Dockerfile', `FROM ${image}\nENV WHO=nobody\nCMD ["sh", "-c", "echo hello $WHO; exit 5"]\n`);
    const screen = new Screen();
    assert.equal(await runs({ env: { WHO: 'you' }, tags: ['task:run'] }).run(screen), 5, screen.text);
    assert.match(screen.text, /Built task:run\r\n(?:.*\r\n)*hello you\r\n/);
    assert.deepEqual(await engine().client.containers.list({ all: true }), []);
    put('Dockerfile', `FROM ${image}\nRUN false\n`);
    assert.equal(await runs({}).run(screen), 1);
  });

  it('runs an image, hands keys to it, and ends it with the terminal', async () => {
    const screen = new Screen();
    const task = runs({
      image,
      command: ['sh', '-c', 'trap "exit 9" INT; echo ready; while true; do sleep 0.1; done'],
    });
    const end = task.run(screen);
    await until('it runs', () => Promise.resolve(screen.text.includes('ready')));
    task.input('\u0003');
    assert.equal(await end, 9);
    const second = new Screen();
    const closed = runs({ image, name: 'closed', command: ['sleep', '1000'] }).run(second);
    await until('it runs', async () => (await engine().client.containers.list({})).length === 1);
    second.close();
    assert.equal(await closed, 130);
    await until('it is gone', async () => (await engine().client.containers.list({ all: true })).length === 0);
  });

  it('says what does not start, and leaves nothing of it', async () => {
    const screen = new Screen();
    assert.equal(await runs({ image, command: ['/no/such/program'] }).run(screen), 125);
    assert.match(screen.text, /no\/such\/program/);
    assert.equal(await runs({ image: '127.0.0.1:1/nowhere:1' }).run(screen), 125);
    assert.match(screen.text, /Pulling 127\.0\.0\.1:1\/nowhere:1/);
    assert.deepEqual(await engine().client.containers.list({ all: true }), []);
    assert.equal(await builds({ dockerfile: 'none/Dockerfile' }).run(screen), 1);
    assert.match(screen.text, /The Dockerfile cannot be read: /);
  });

  it('says which field of a task is wrong', () => {
    for (const [definition, words] of [
      [{ tags: 'x' }, /"tags" of the task has to be a list of texts/],
      [{ buildArgs: { A: 1 } }, /"buildArgs" of the task has to be an object of texts/],
      [{ noCache: 'yes' }, /"noCache" of the task has to be true or false/],
      [{ target: 1 }, /"target" of the task has to be a text/],
    ] as const) {
      assert.throws(() => readBuildTask(definition), words);
    }
    assert.throws(() => readRunTask({ image: 'a', dockerfile: 'b' }), /"image" and "dockerfile" are both set/);
    assert.deepEqual(readBuildTask(JSON.parse('{"__proto__": {"tags": ["x"]}}')).tags, []);
  });
});
