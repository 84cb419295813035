// `coracle login` and `logout` at our own registry, and who pulls and pushes with what they keep.

import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { coracleBinary } from '../helpers/paths.ts';
import { type Finished, run, runOk } from '../helpers/run.ts';
import { type TempDaemon, requireDaemon, startDaemon } from '../helpers/temp-daemon.ts';
import { type TempFolder, makeTempFolder } from '../helpers/temp-folder.ts';
import { type Served, requireProgram, serve } from './program.ts';

describe('coracle login', function () {
  this.timeout(240_000);
  let folder: TempFolder;
  let daemon: TempDaemon;
  let registry: Served;

  before(async function () {
    requireProgram(this);
    requireDaemon(this);
    folder = await makeTempFolder();
    const { stdout } = await runOk('perl', ['-e', 'print crypt("secret", q($2y$05$abcdefghijklmnopqrstuu))']);
    await writeFile(join(folder.path, 'users'), `me:${stdout}\n`);
    await mkdir(join(folder.path, 'config'));
    registry = await serve(['--htpasswd', join(folder.path, 'users')]);
    daemon = await startDaemon();
    await runOk(coracleBinary, ['-H', daemon.host, 'load'], { input: await busyboxArchive('busybox:test') });
  });

  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const coracle = (words: readonly string[], input = ''): Promise<Finished> =>
    run(coracleBinary, ['-H', daemon.host, ...words], {
      input,
      env: { DOCKER_CONFIG: join(folder.path, 'config'), CORACLE_CONFIG: '' },
    });
  const login = (password: string, ...words: readonly string[]): Promise<Finished> =>
    coracle(['login', '-u', 'me', '--password-stdin', ...words, registry.address], `${password}\n`);
  const config = (): Promise<string> => readFile(join(folder.path, 'config/config.json'), 'utf8');

  it('lets nobody push, pull or run who is not logged in', async () => {
    const name = `${registry.address}/mine:1`;
    assert.equal((await coracle(['tag', 'busybox:test', name])).code, 0);
    for (const words of [
      ['push', name],
      ['pull', `${name}0`],
      ['run', '--rm', `${name}0`],
      ['manifest', 'inspect', name],
    ]) {
      const { code, stdout, stderr } = await coracle(words);
      assert.notEqual(code, 0);
      assert.match(stdout + stderr, /authentication required/);
    }
  });

  it('refuses a wrong password and keeps nothing of it', async () => {
    const { code, stderr } = await login('wrong');
    assert.equal(code, 1);
    assert.match(stderr, /incorrect username or password/);
    await assert.rejects(config(), /ENOENT/);
  });

  it('asks for what is missing only at a terminal', async () => {
    const none = await coracle(['login', registry.address]);
    assert.match(none.stderr, /non-TTY device/);
    const half = await coracle(['login', '--password-stdin', registry.address], 'secret');
    assert.match(half.stderr, /Must provide --username with --password-stdin/);
    assert.match((await login('secret', '-p', 'x')).stderr, /mutually exclusive/);
  });

  it('goes on without a log-in where a helper is missing, and says so', async () => {
    await writeFile(join(folder.path, 'config/config.json'), '{"credsStore":"of-a-desktop"}');
    const { code, stderr } = await coracle(['pull', '-q', `${registry.address}/mine:1`]);
    await rm(join(folder.path, 'config/config.json'));
    assert.equal(code, 1);
    assert.match(stderr, /WARNING: going on without a log-in to 127\.0\.0\.1:\d+: .*docker-credential-of-a-desktop/);
    assert.match(stderr, /authentication required/);
  });

  it('keeps who is logged in for pushes and pulls, until they log out', async () => {
    const { code, stdout, stderr } = await login('secret');
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'Login Succeeded\n');
    assert.match(stderr, /stored unencrypted/);
    assert.match(await config(), new RegExp(Buffer.from('me:secret').toString('base64')));
    const name = `${registry.address}/mine:1`;
    const steps = [
      ['push', '-q', name],
      ['rmi', name],
      ['pull', '-q', name],
      ['rmi', name],
      ['run', '--rm', name, 'true'],
    ];
    for (const words of steps) {
      const step = await coracle(words);
      assert.equal(step.code, 0, `${words.join(' ')}: ${step.stdout}${step.stderr}`);
    }
    const shown = await coracle(['manifest', 'inspect', name]);
    const headers = {
      authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
      accept: 'application/vnd.oci.image.manifest.v1+json',
    };
    const stored = await fetch(`http://${registry.address}/v2/mine/manifests/1`, { headers });
    assert.equal(shown.stdout, `${JSON.stringify(await stored.json(), undefined, '\t')}\n`, shown.stderr);
    const none = await coracle(['manifest', 'inspect', `${name}0`]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /manifest for 127\.0\.0\.1:\d+\/mine:10 not found/);
    const dockerfile = `FROM ${name}\nRUN echo built >/built\n`;
    await coracle(['rmi', name]);
    const built = await coracle(['build', '-q', '--push', '-t', `${registry.address}/built:1`, '-'], dockerfile);
    assert.equal(built.code, 0, built.stderr);
    assert.doesNotMatch(daemon.logs() + registry.logs(), /secret/);
    assert.equal(
      (await coracle(['logout', registry.address])).stdout,
      `Removing login credentials for ${registry.address}\n`,
    );
    assert.equal((await coracle(['logout', registry.address])).stdout, `Not logged in to ${registry.address}\n`);
    assert.notEqual((await coracle(['pull', '-q', name])).code, 0);
  });
});
