// The container files of each language, as they are written: built with our engine on bases of this machine's own programs, run, and
// asked. Packages come from an index of the test's own.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createBuilder } from '../../extension/src/builds/builder.ts';
import { machineFiles } from '../../extension/src/files/machine.ts';
import { addFiles } from '../../extension/src/scaffold/add-files.ts';
import { languageImages } from '../helpers/language-images.ts';
import { nodeArchive, npmFolder } from '../helpers/node-image.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { useExtensionEngine } from './engine.ts';
import { type Files, projects } from './projects.ts';
import { ScriptUi } from './script-ui.ts';

const needed = ['/usr/sbin/nginx', '/usr/bin/go', '/usr/share/python-wheels', '/usr/sbin/useradd'];

describe('extension: container files, built and run', function () {
  this.timeout(600_000);
  const engine = useExtensionEngine();
  let index: PackageIndex;

  before(async function () {
    for (const path of needed) if (!existsSync(path)) skip(this, `needs ${path}`);
    if (npmFolder() === undefined) skip(this, 'needs npm');
    index = await startPackageIndex();
  });

  after(async () => await index[Symbol.asyncDispose]());

  async function load(archive: Uint8Array): Promise<void> {
    await text(await engine().client.images.load(Readable.from([archive])));
  }

  /** Where containers reach the index. */
  async function indexAddress(): Promise<string> {
    const { IPAM } = await engine().client.networks.inspect('bridge');
    return `http://${IPAM?.Config?.[0]?.Gateway ?? ''}:${index.port}`;
  }

  /** Adds the container files to a project, builds the Dockerfile, runs it and asks it. @returns what it answers, and its user */
  async function serve(files: Files, port: number, isPortAsked = true) {
    await using folder = await makeTempFolder();
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, path)), { recursive: true });
      writeFileSync(join(folder.path, path), content);
    }
    const ui = new ScriptUi(...(isPortAsked ? [String(port)] : []), ['Dockerfile', '.dockerignore']);
    const none = () => Promise.resolve();
    const folders = () => [{ name: 'web', path: folder.path }];
    await addFiles({ ui, folders, open: none, showDifference: none, run: none }, undefined);
    const { client } = engine();
    const builder = createBuilder({ local: machineFiles, client: () => Promise.resolve(client) });
    const dockerfile = join(folder.path, 'Dockerfile');
    const { failure, imageId = '' } = await builder.build({ folder: folder.path, dockerfile, tags: ['made:1'] });
    assert.equal(failure, undefined, `${failure?.message}\n${failure?.output.join('\n')}`);
    const id = (await client.containers.create({ Image: imageId, StopTimeout: 2 })).Id ?? '';
    await client.containers.start(id);
    const { NetworkSettings, Config } = await client.containers.inspect(id);
    const address = Object.values(NetworkSettings?.Networks ?? {})[0]?.IPAddress ?? '';
    const answer = await until('it answers', async () => await (await fetch(`http://${address}:${port}/`)).text());
    return { id, answer, user: Config?.User ?? '', test: Config?.Healthcheck?.Test ?? [], imageId };
  }

  /** Runs the image's health check as the engine does. @returns its exit code */
  async function check(id: string, [, ...Cmd]: readonly string[]): Promise<number> {
    const { containers } = engine().client;
    const exec = await containers.execCreate(id, { Cmd, AttachStdout: true, AttachStderr: true });
    const { socket } = await containers.execStart(exec.Id, { Tty: false });
    for await (const _ of socket);
    await until('the check has ended', async () => (await containers.execInspect(exec.Id)).ExitCode !== null);
    return (await containers.execInspect(exec.Id)).ExitCode ?? -1;
  }

  async function layersOf(imageId: string): Promise<string> {
    const history = await engine().client.images.history(imageId);
    return history.map(({ CreatedBy }) => CreatedBy ?? '').join('\n');
  }

  describe('Node.js', () => {
    before(async () => await load(await nodeArchive('node:24-slim', { withNpm: true })));

    it('runs a program as it is, as no root, and knows whether it is well', async () => {
      const { id, answer, user, test } = await serve(projects['node-plain'] ?? {}, 3456);
      assert.deepEqual([answer, user], ['hello from node', '1000:1000']);
      assert.equal(await check(id, test), 0);
      assert.equal(
        await check(
          id,
          test.map((word) => word.replace(':3456/', ':3457/')),
        ),
        1,
      );
    });

    it('installs packages by the lock file, with settings that stay in no layer', async () => {
      const address = await indexAddress();
      const resolved = `${address}/greeting/-/greeting-1.0.0.tgz`;
      const lock = {
        name: 'web',
        version: '1.0.0',
        lockfileVersion: 3,
        requires: true,
        packages: {
          '': { name: 'web', version: '1.0.0', dependencies: { greeting: '1.0.0' } },
          'node_modules/greeting': { version: '1.0.0', resolved, integrity: index.integrity },
        },
      };
      const files = {
        ...projects['node-npm'],
        'package-lock.json': JSON.stringify(lock),
        '.npmrc': `registry=${address}/\naudit=false\nfund=false\nupdate-notifier=false\n`,
      };
      const { answer, imageId } = await serve(files, 4000);
      assert.equal(answer, 'hello from a package');
      assert.ok(index.asked.includes('/greeting/-/greeting-1.0.0.tgz'));
      assert.doesNotMatch(await layersOf(imageId), /npm ci/);
    });

    it('builds first, and takes only what was built', async () => {
      // Types are stripped by Node itself: the index has no compiler.
      const scripts = { build: 'node build.mjs', start: 'node dist/server.js' };
      const files = { ...projects['node-typescript'], 'package.json': JSON.stringify({ name: 'web', scripts }) };
      const { id, answer } = await serve(files, 3100);
      assert.equal(answer, 'hello from TypeScript');
      assert.notEqual(await check(id, ['CMD', 'ls', 'src']), 0);
    });
  });

  describe('Python', () => {
    before(async () => await load((await languageImages['python:3.14-slim']?.()) ?? new Uint8Array()));

    it('runs a program as it is, as no root, and knows whether it is well', async () => {
      const { id, answer, user, test } = await serve(projects['python-plain'] ?? {}, 8123);
      assert.deepEqual([answer, user], ['hello from Python', '10001']);
      assert.equal(await check(id, test), 0);
      assert.equal(
        await check(
          id,
          test.map((word) => word.replace('8123', '8124')),
        ),
        1,
      );
    });

    it('installs packages into an environment that the program runs in', async () => {
      const address = await indexAddress();
      const host = new URL(address).hostname;
      const main = (projects['python-plain']?.['main.py'] ?? '').replace(
        "b'hello from Python'",
        'greeting.TEXT.encode()',
      );
      const { answer } = await serve(
        {
          'requirements.txt': `--index-url ${address}/simple/\n--trusted-host ${host}\ngreeting==1.0.0\n`,
          'main.py': `import greeting\n${main}`,
        },
        8123,
      );
      assert.equal(answer, 'hello from a wheel');
    });
  });

  it('Go: runs a program that is alone in its image, as no root', async () => {
    await load((await languageImages['golang:1.19']?.()) ?? new Uint8Array());
    const { answer, user, imageId } = await serve(projects['go-plain'] ?? {}, 8090);
    assert.deepEqual([answer, user], ['hello from Go', '65532:65532']);
    assert.ok(((await engine().client.images.inspect(imageId)).Size ?? 0) < 10_000_000);
  });

  it('serves a site as it is, as no root, and knows whether it is well', async () => {
    await load((await languageImages['nginxinc/nginx-unprivileged:1.29-alpine']?.()) ?? new Uint8Array());
    const { id, answer, user, test } = await serve(projects['site-plain'] ?? {}, 8080, false);
    assert.deepEqual([answer, user], ['<h1>hello from a page</h1>\n', '101']);
    assert.equal(await check(id, test), 0);
    assert.notEqual(await check(id, ['CMD', 'ls', '/usr/share/nginx/html/Dockerfile']), 0);
  });
});
