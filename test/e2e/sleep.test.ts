// An engine that nobody needs sleeps, and any client wakes it: its doorman keeps the socket. As root on a /run of the test's own;
// `rootless/` once more as an ordinary user.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dismiss, sleeps } from '../../runtime/src/connect/doorman.ts';
import { ownHost } from '../../runtime/src/connect/choose-host.ts';
import { busyboxRootfs } from '../helpers/busybox-image.ts';
import { requireDockerCli } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { coracleBinary, daemonBundle, findDockerCli, nodeBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { run, runOk, type Finished } from '../helpers/run.ts';
import { requireNamespaces } from '../helpers/skip.ts';
import { killProcessesOf, requireDaemon, unmountBelow } from '../helpers/temp-daemon.ts';
import { isRootless, testUser } from '../helpers/test-user.ts';

const noChoice = {
  CORACLE_HOST: '',
  DOCKER_HOST: '',
  CORACLE_CONTEXT: '',
  DOCKER_CONTEXT: '',
  CORACLE_CONFIG: '/nowhere',
  DOCKER_CONFIG: '/nowhere',
};

/** Empty when it is not there, or has gone with its process. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const doormen = (): number[] => processesNamed('coracle-doorman');

function endDoormen(): void {
  for (const pid of doormen()) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It ended meanwhile.
    }
  }
}

const noDoorman = () => until('the doorman to leave', async () => doormen().length === 0);

/** Pids by the name of their program. */
function processesNamed(name: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && textOf(`/proc/${pid}/comm`) === `${name}\n`)
    .map(Number);
}

describe('an engine that sleeps', function () {
  let dataRoot = '';
  let socket = '';

  before(async function () {
    requireDaemon(this);
    requireDockerCli(this);
    requireNamespaces(this);
    if (!isRootless()) await runOk('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
    const user = isRootless() ? testUser() : undefined;
    socket = ownHost(user?.env ?? {}, user?.uid ?? 0).replace('unix://', '');
  });

  beforeEach(async () => {
    dataRoot = await mkdtemp('/tmp/cor-');
    if (isRootless()) testUser().own(dataRoot);
  });

  afterEach(async () => {
    endDoormen();
    await noDoorman();
    killProcessesOf(dataRoot);
    await unmountBelow(dataRoot);
    rmSync(dataRoot, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    rmSync(dirname(socket), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  /** A file of the checkout for whoever's engine it is. */
  const seen = (path: string): string => (isRootless() ? testUser().visible(path) : path);

  /** As whoever's engine it is. */
  async function as(program: string, args: readonly string[], more: Record<string, string> = {}): Promise<Finished> {
    const user = isRootless() ? testUser() : undefined;
    const flags = { CORACLE_IDLE_EXIT: '1', CORACLE_DAEMON_FLAGS: `--data-root ${dataRoot}/data` };
    return await run(seen(program), args, {
      env: { ...user?.env, ...noChoice, ...flags, ...more },
      cwd: '/',
      ...(user === undefined ? {} : { as: user }),
    });
  }

  const coracle = (args: readonly string[], more: Record<string, string> = {}) => as(coracleBinary, args, more);

  const docker = (...args: readonly string[]) => as(findDockerCli() ?? 'docker', ['-H', `unix://${socket}`, ...args]);

  async function sleep(more: Record<string, string> = {}): Promise<void> {
    const { code, stderr } = await coracle(['ps'], more);
    assert.equal(code, 0, stderr);
    await isAsleep();
  }

  async function isAsleep(): Promise<void> {
    await until('the engine to sleep', async () => sleeps(socket));
  }

  const enginePid = (): number => Number(textOf(join(dirname(socket), 'coracle.pid')));

  it('is woken by docker, once for several at a time', async () => {
    await sleep();
    assert.ok(existsSync(socket));
    const answers = await Promise.all(Array.from({ length: 4 }, () => docker('ps', '-q')));
    for (const { code, stderr } of answers) assert.equal(code, 0, stderr);
    assert.equal(doormen().length, 1);
    await isAsleep();
    assert.equal((await docker('info', '-f', '{{.ServerVersion}}')).code, 0, 'and once more');
  });

  it('takes little memory while it sleeps', async () => {
    await sleep();
    const [pid] = doormen();
    const own = /^Private_Dirty:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1];
    assert.ok(Number(own) < 1024, `${own} kB`);
    await until('the helper to end', async () => processesNamed('coracle-helper').length === 0);
  });

  it('may be there before it ever ran, so that docker finds it', async () => {
    const at = (path: string): string => JSON.stringify(seen(join(root, path)));
    const words = { folder: dirname(socket), socket, program: [seen(nodeBinary), seen(daemonBundle)] };
    const script = `
      import { openDoor } from ${at('runtime/src/connect/autostart.ts')};
      import { EngineClient, parseEndpoint } from ${at('runtime/src/client/client.ts')};
      const client = new EngineClient(parseEndpoint('unix://${socket}'));
      const open = () => openDoor({ ...${JSON.stringify(words)}, env: process.env, client });
      await Promise.all(Array.from({ length: 8 }, open));
      await open();`;
    const { code, stderr } = await as(nodeBinary, ['--input-type=module', '-e', script]);
    assert.equal(code, 0, stderr);
    assert.equal(doormen().length, 1);
    assert.deepEqual([sleeps(socket), existsSync(join(dirname(socket), 'coracle.pid'))], [true, false]);
    const answer = await docker('ps');
    assert.equal(answer.code, 0, answer.stderr);
  });

  it('is started anew by our own command line, with what is set now', async () => {
    await sleep();
    const [before] = doormen();
    assert.equal((await coracle(['ps'], { CORACLE_IDLE_EXIT: '77' })).code, 0);
    await until('the old one to leave', async () => !doormen().includes(before ?? 0));
    const [after] = doormen();
    assert.ok(textOf(`/proc/${after}/cmdline`).split('\0').includes('77'));
  });

  it('goes for good after the time that is set, and at once when told to', async () => {
    assert.equal((await coracle(['ps'], { CORACLE_LISTEN_FOR: '1' })).code, 0);
    await noDoorman();
    assert.deepEqual([existsSync(socket), existsSync(`${socket}.doorman`)], [false, false]);
    assert.notEqual((await docker('ps')).code, 0);

    await sleep();
    endDoormen();
    await until('its socket to go', async () => !existsSync(socket));

    assert.equal((await coracle(['ps'], { CORACLE_IDLE_EXIT: '60' })).code, 0);
    assert.equal(await dismiss(socket), false, 'one that is awake stays');
    process.kill(enginePid(), 'SIGTERM');
    await noDoorman();
    assert.equal(existsSync(socket), false);
  });

  it('keeps no socket when nothing is to be kept', async () => {
    assert.equal((await coracle(['ps'], { CORACLE_LISTEN_FOR: '0' })).code, 0);
    await until('the engine to end', async () => !existsSync(socket));
    await noDoorman();
  });

  it('leaves its socket to a daemon that is started by hand', async () => {
    await sleep();
    const daemon = coracle(['daemon', '--data-root', join(dataRoot, 'data')]);
    await until('the daemon to listen', async () => enginePid() > 0 && doormen().length === 0);
    await until('the daemon to answer', async () => (await docker('ps')).code === 0);
    assert.equal(existsSync(`${socket}.doorman`), false);
    process.kill(enginePid(), 'SIGTERM');
    assert.equal((await daemon).code, 0);
  });

  it('finds its containers again when it was killed', async () => {
    const rootfs = join(dataRoot, 'rootfs.tar');
    await writeFile(rootfs, await busyboxRootfs());
    assert.equal((await coracle(['import', rootfs, 'sleep:1'])).code, 0);
    const { code, stderr } = await coracle(['run', '-d', '--name', 'stays', 'sleep:1', 'sleep', '1000']);
    assert.equal(code, 0, stderr);
    // One that is killed at once is not started again: it would be for ever.
    await new Promise((resolve) => setTimeout(resolve, 5500));
    process.kill(enginePid(), 'SIGKILL');
    await isAsleep();
    const { stdout } = await docker('inspect', '-f', '{{.State.Status}}', 'stays');
    assert.equal(stdout, 'running\n');
    assert.equal((await docker('rm', '-f', 'stays')).code, 0);
  });

  it('says why it cannot wake, and keeps nobody waiting', async () => {
    await sleep();
    const other = join(dataRoot, 'other');
    const daemon = coracle(['daemon', '--data-root', join(dataRoot, 'data'), '--exec-root', other]);
    await until('another engine to have its data', async () => existsSync(join(other, 'coracle.sock')));
    assert.notEqual((await docker('ps')).code, 0);
    await noDoorman();
    const { code, stderr } = await coracle(['ps']);
    assert.equal(code, 1);
    assert.match(stderr, /the engine did not start \(exit status 1\)[^]*in use by another engine/);
    process.kill(Number(textOf(join(other, 'coracle.pid'))), 'SIGTERM');
    assert.equal((await daemon).code, 0);
  });

  it('lets nobody but its engine have the socket', async () => {
    await sleep();
    // Somebody who stays keeps it awake.
    const leaving = new AbortController();
    const events = ask(socket, '/events', { signal: leaving.signal, timeoutMs: 0 }).catch(() => undefined);
    await until('the engine to answer', async () => (await docker('version')).code === 0);
    const [doorman] = doormen();
    const inode = /socket:\[(\d+)\]/.exec((await runOk('readlink', [`/proc/${enginePid()}/fd/0`])).stdout)?.[1];
    assert.ok(inode !== undefined);
    let holders = 0;
    // A process that is just being started has what its parent has.
    await until(`the doorman ${doorman} to have one and its engine one or two`, async () => {
      const { stdout } = await run('sh', ['-c', `ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c 'socket:.${inode}.'`]);
      holders = Number(stdout);
      return holders >= 2 && holders <= 3;
    }).catch((error: unknown) => assert.fail(`${holders} descriptors: ${String(error)}`));
    leaving.abort();
    await events;
  });
});
