// Machines that run no containers of Linux: for an ordinary user without newuidmap, and for root without the rights of one. Nothing is set,
// and the command line has an engine of WebAssembly all the same.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownHost } from '../../runtime/src/connect/choose-host.ts';
import { coracleBinary, daemonBundle, nodeBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { run, runOk, type Finished } from '../helpers/run.ts';
import { hasNamespaces, skip } from '../helpers/skip.ts';
import { killProcessesOf, requireDaemon, unmountBelow } from '../helpers/temp-daemon.ts';
import { requireTestUser, testUser } from '../helpers/test-user.ts';
import { missingWasi } from '../helpers/wasi-image.ts';
import { cliOfUser, pathWith } from '../rootless/lab.ts';

/** Ends the engine of a run folder, and who keeps its socket while it sleeps. */
async function endEngine(folder: string): Promise<void> {
  for (const name of ['coracle.sock.doorman', 'coracle.pid']) {
    const file = join(folder, name);
    if (!existsSync(file)) continue;
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    process.kill(pid, 'SIGTERM');
    await until('it has ended', async () => !existsSync(`/proc/${pid}`));
  }
}

describe('e2e: an ordinary user without what containers of Linux need', () => {
  let folder = '';
  let settings = '';
  let path = '';
  before(function () {
    requireDaemon(this);
    requireTestUser(this);
    const missing = missingWasi();
    if (missing !== undefined) skip(this, missing);
    const { env, uid } = testUser();
    folder = dirname(ownHost(env, uid).replace('unix://', ''));
    settings = join(env['HOME'] ?? '', '.config/coracle/daemon.json');
    path = pathWith(['crun', 'newgidmap']);
  });
  afterEach(async () => {
    await endEngine(folder);
    rmSync(dirname(settings), { recursive: true, force: true });
  });

  const coracle = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> =>
    cliOfUser(args, { PATH: path, ...env });
  const setMode = (mode: string): void => {
    mkdirSync(dirname(settings), { recursive: true });
    writeFileSync(settings, JSON.stringify({ mode }));
  };
  const notice = /^coracle: containers of Linux cannot run here: newuidmap not found[^\n]*'coracle doctor'\n$/;

  it('has a shell at once, and hears once why it is one of WebAssembly', async () => {
    const first = await coracle(['run', '--rm', 'coracle/wasi', 'sh', '-c', 'uname -s; echo from a shell']);
    assert.deepEqual([first.code, first.stdout], [0, 'WASI\nfrom a shell\n'], first.stderr);
    assert.match(first.stderr, notice);
    await endEngine(folder);
    const second = await coracle(['run', '--rm', 'coracle/wasi', 'echo', 'again']);
    assert.deepEqual([second.code, second.stdout, second.stderr], [0, 'again\n', '']);
  });

  it('tells in doctor and info which mode it is, why, and what mends it', async () => {
    const doctor = await coracle(['doctor']);
    assert.equal(doctor.code, 0, doctor.stderr);
    assert.match(
      doctor.stdout,
      /^mode +ok +the engine runs containers of WebAssembly .*; those of Linux cannot run here$/m,
    );
    assert.match(doctor.stdout, /^newuidmap +warning +newuidmap not found/m);
    assert.match(doctor.stdout, /^What mends it:\n +newuidmap +sudo apt-get install -y uidmap$/m);
    const info = await coracle(['info']);
    assert.match(info.stdout, /^ OSType: wasi$/m);
    assert.match(info.stderr, /^WARNING: containers of Linux cannot run here: newuidmap not found/m);
  });

  it('runs what it is told to run: by the environment, else by its settings', async () => {
    const linux = await coracle(['ps'], { CORACLE_MODE: 'linux' });
    assert.equal(linux.code, 1, linux.stdout);
    assert.match(linux.stderr, /does not allow an engine without root yet:\n +newuidmap not found/);
    setMode('linux');
    assert.match((await coracle(['ps'])).stderr, /does not allow an engine without root yet/);
    const wasm = await coracle(['run', '--rm', 'coracle/wasi', 'echo', 'asked for'], { CORACLE_MODE: 'wasm' });
    assert.deepEqual(
      [wasm.code, wasm.stdout, wasm.stderr],
      [0, 'asked for\n', ''],
      'nothing to tell of what was asked for',
    );
    assert.match((await coracle(['doctor'], { CORACLE_MODE: 'wasm' })).stdout, /those of Linux need --mode linux/);
    const other = await coracle(['ps'], { CORACLE_MODE: 'linux' });
    assert.equal(other.code, 1, other.stdout);
    assert.match(other.stderr, /CORACLE_MODE asks for linux, and the engine that runs is in mode wasm: end it first/);
  });
});

describe('e2e: root without the rights of root', () => {
  const folders = ['/run/coracle', '/var/lib/coracle', '/etc/coracle'];
  const noChoice = { CORACLE_HOST: '', DOCKER_HOST: '', CORACLE_CONTEXT: '', DOCKER_CONTEXT: '' };
  before(async function () {
    requireDaemon(this);
    requireTestUser(this);
    const missing = missingWasi();
    if (missing !== undefined) skip(this, missing);
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      await runOk('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
    }
  });
  afterEach(() => endEngine('/run/coracle'));
  after(async () => {
    if (!hasNamespaces()) return;
    for (const folder of folders) {
      killProcessesOf(folder);
      await unmountBelow(folder);
    }
  });

  /** As in a container that was given no privileges. */
  const withoutRights = (program: string, args: readonly string[]): Promise<Finished> =>
    run('setpriv', ['--bounding-set=-sys_admin', program, ...args], {
      env: { ...noChoice, CORACLE_CONFIG: '/etc/coracle' },
    });

  it('has a quick start', async () => {
    const { code, stdout, stderr } = await withoutRights(nodeBinary, [join(root, '.ci/quickstart.mjs')]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /containers of Linux cannot run here: root has no CAP_SYS_ADMIN here/);
    assert.match(stdout, /^\$ coracle run --rm coracle\/wasi /m);
    assert.match(stdout, /^Hello from container [0-9a-f]{12} on WASI /m);
    assert.match(stdout, /coracle run -it coracle\/wasi sh/);
    assert.equal((await withoutRights(coracleBinary, ['run', '--rm', 'coracle/wasi', 'id', '-u'])).stdout, '0\n');
  });

  it('names the right that is missing when nothing but Linux will do', async () => {
    const { stdout } = await withoutRights(nodeBinary, [daemonBundle, '--preflight']);
    assert.match(stdout, /"name":"rights","state":"missing","message":"root has no CAP_SYS_ADMIN here/);
  });
});
