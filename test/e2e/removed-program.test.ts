// An update takes the program's files away under a running engine: what is loaded only when it is asked for must be there all the same.

import assert from 'node:assert/strict';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { buildClients, buildClientSuites, requireBuildClients } from '../helpers/build-clients.ts';
import { clientEnvironment } from '../helpers/clients.ts';
import { root } from '../helpers/paths.ts';
import { run, runOk } from '../helpers/run.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';

const image = 'removed-program:1';
const clients = buildClients(buildClientSuites[0] ?? '');
const docker = join(clients, 'docker');

describe('an engine whose program has been removed', () => {
  let folder: TempFolder;
  let daemon: TempDaemon;
  let env: Readonly<Record<string, string>>;

  before(async function () {
    requireDaemon(this);
    requireBuildClients(this, buildClientSuites[0] ?? '');
    folder = await makeTempFolder();
    const program = join(folder.path, 'program');
    await cp(join(root, 'runtime/dist'), program, { recursive: true });
    daemon = await startDaemon({ bundle: join(program, 'coracle-daemon.mjs') });
    await rm(program, { recursive: true });
    const config = join(folder.path, 'config');
    await mkdir(join(config, 'cli-plugins'), { recursive: true });
    await symlink(join(clients, 'cli-plugins/docker-buildx'), join(config, 'cli-plugins/docker-buildx'));
    env = { ...clientEnvironment(daemon.host), DOCKER_CONFIG: config };
    const archive = join(folder.path, 'image.tar');
    await writeFile(archive, await busyboxArchive(image));
    await runOk(docker, ['load', '-i', archive], { env });
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it('runs containers', async () => {
    const { stdout } = await runOk(docker, ['run', '--rm', image, 'echo', 'hello'], { env });
    assert.equal(stdout, 'hello\n');
  });

  for (const [name, buildkit] of [
    ['classic builds', '0'],
    ['builds of BuildKit', '1'],
  ] as const) {
    it(`does ${name}`, async () => {
      const input = `FROM ${image}\nRUN echo ${buildkit} >/by\n`;
      const options = { env: { ...env, DOCKER_BUILDKIT: buildkit }, input };
      await runOk(docker, ['build', '-t', `built:${buildkit}`, '-'], options);
      const { stdout } = await runOk(docker, ['run', '--rm', `built:${buildkit}`, 'cat', '/by'], { env });
      assert.equal(stdout, `${buildkit}\n`);
    });
  }

  it('says that its linter is gone to a Dockerfile that wants to be checked', async () => {
    const input = `# check=error=true\nFROM ${image}\nRUN true\n`;
    const { code, stderr } = await run(docker, ['build', '-'], { env: { ...env, DOCKER_BUILDKIT: '0' }, input });
    assert.equal(code, 1);
    assert.match(stderr, /the linter is not in .*: start the engine anew/);
  });
});
