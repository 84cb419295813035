// The first command of the README, and the command line that starts the engine by itself. Both use the default folders of
// root, which this file covers with file systems of its own.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleeps } from '../../runtime/src/connect/doorman.ts';
import { ask } from '../helpers/engine-http.ts';
import { coracleBinary, nodeBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { run, runOk, type Finished, type RunOptions } from '../helpers/run.ts';
import { hasNamespaces, requireNamespaces } from '../helpers/skip.ts';
import { killProcessesOf, requireDaemon, unmountBelow } from '../helpers/temp-daemon.ts';

const folders = ['/run/coracle', '/var/lib/coracle', '/etc/coracle'];
const socket = '/run/coracle/coracle.sock';
const env = {
  CORACLE_HOST: '',
  DOCKER_HOST: '',
  CORACLE_CONTEXT: '',
  DOCKER_CONTEXT: '',
  CORACLE_CONFIG: '/etc/coracle',
};

async function coracle(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run(coracleBinary, args, { ...options, env: { ...env, ...options.env } });
}

/** Ends the engine that a command started, by the process id that it wrote, or who keeps its socket while it sleeps. */
async function endEngine(): Promise<void> {
  const file = ['/run/coracle/coracle.pid', `${socket}.doorman`].find((path) => existsSync(path));
  if (file === undefined) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  process.kill(pid, 'SIGTERM');
  await until('the engine has ended', async () => !existsSync(`/proc/${pid}`));
}

describe('quick start', () => {
  before(async function () {
    requireDaemon(this);
    requireNamespaces(this);
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      await runOk('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
    }
  });

  after(async () => {
    if (!hasNamespaces()) return;
    await endEngine();
    for (const folder of folders) {
      killProcessesOf(folder);
      await unmountBelow(folder);
    }
  });

  afterEach(async () => {
    const ids = (await coracle(['ps', '-aq'])).stdout.split('\n').filter((id) => id !== '');
    if (ids.length > 0) await coracle(['rm', '-f', ...ids]);
    await endEngine();
  });

  it('runs a container from what the host has when no registry is in reach, and says so', async () => {
    const { code, stdout, stderr } = await run(nodeBinary, [join(root, '.ci/quickstart.mjs')], { env });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /No registry in reach/);
    assert.match(stdout, /from this machine's busybox/);
    assert.match(stdout, /Hello from container [0-9a-f]{12} on Linux/);
    assert.match(stdout, /coracle run -it/);
  });

  it('starts the engine for a command, once for several at a time', async () => {
    const commands = await Promise.all(Array.from({ length: 4 }, async () => coracle(['ps'])));
    for (const { code, stderr } of commands) assert.equal(code, 0, stderr);
    // A process that is just being started looks like its parent.
    const running = ['-fc', '^[^ ]*node .*coracle-daemon.mjs'];
    await until('one engine runs', async () => (await run('pgrep', running)).stdout === '1\n');
  });

  it('ends an engine that it started when there is nothing to do', async () => {
    const { code, stderr } = await coracle(['ps'], { env: { CORACLE_IDLE_EXIT: '1' } });
    assert.equal(code, 0, stderr);
    await until('the engine has ended', async () => sleeps(socket));
    assert.equal(existsSync('/run/coracle/coracle.pid'), false);
  });

  it('keeps an engine while a container runs, and the container while none does', async () => {
    await importImage();
    const { code, stderr } = await coracle(['run', '-d', '--name', 'stay', 'quick:1', 'sleep', '600'], {
      env: { CORACLE_IDLE_EXIT: '1' },
    });
    assert.equal(code, 0, stderr);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal((await ask(socket, '/containers/stay/json')).status, 200);
  });

  it('says what is wrong when the engine cannot start', async () => {
    const { code, stderr } = await coracle(['ps'], { env: { CORACLE_DAEMON_FLAGS: '--no-such-flag' } });
    assert.notEqual(code, 0);
    assert.match(stderr, /no-such-flag/);
  });

  it('talks to the engine that CORACLE_HOST or DOCKER_HOST names, and starts none for it', async () => {
    for (const variable of ['CORACLE_HOST', 'DOCKER_HOST']) {
      const { code, stderr } = await coracle(['ps'], { env: { [variable]: 'unix:///nowhere/engine.sock' } });
      assert.notEqual(code, 0);
      assert.match(stderr, /unix:\/\/\/nowhere\/engine\.sock/);
      assert.equal(existsSync(socket), false);
    }
  });
});

async function importImage(): Promise<void> {
  const { busyboxRootfs } = await import('../helpers/busybox-image.ts');
  const { code, stderr } = await coracle(['import', '-', 'quick:1'], {
    input: await busyboxRootfs(),
    env: { CORACLE_IDLE_EXIT: '60' },
  });
  assert.equal(code, 0, stderr);
  await endEngine();
}
