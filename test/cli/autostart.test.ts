import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { coracleBinary } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { run, runOk } from '../helpers/run.ts';
import type { Finished } from '../helpers/run.ts';
import { requireNamespaces } from '../helpers/skip.ts';
import { killProcessesOf, requireDaemon, unmountBelow } from '../helpers/temp-daemon.ts';

const noChoice = {
  CORACLE_HOST: '',
  DOCKER_HOST: '',
  CORACLE_CONTEXT: '',
  DOCKER_CONTEXT: '',
  CORACLE_CONFIG: '/nowhere',
};

/** Pids of engines that were started on `dataRoot`. */
function engines(dataRoot: string): number[] {
  return processes(dataRoot).filter((pid) => text(pid, 'comm') !== 'coracle-doorman\n');
}

/** With the doormen that keep their sockets. */
function processes(dataRoot: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => text(pid, 'cmdline').includes(dataRoot));
}

function text(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // It ended meanwhile.
  }
}

describe('cli: start without ceremony', () => {
  let dataRoot = '';

  const coracle = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> =>
    await run(coracleBinary, args, {
      env: { ...noChoice, CORACLE_DAEMON_FLAGS: `--data-root ${dataRoot}`, ...env },
    });

  /** A process that it is just starting looks like it. */
  const oneEngineRuns = () => until('one engine runs', async () => engines(dataRoot).length === 1);

  before(async function () {
    requireDaemon(this);
    // The default socket is /run/coracle's: a /run of our own keeps the host's engine out of this.
    requireNamespaces(this);
    await runOk('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  });

  beforeEach(async () => {
    dataRoot = await mkdtemp('/tmp/cor-');
  });

  afterEach(async () => {
    for (const pid of processes(dataRoot)) await run('kill', [String(pid)]);
    await until('the engine to end', async () => processes(dataRoot).length === 0);
    killProcessesOf(dataRoot);
    await unmountBelow(dataRoot);
    rmSync(dataRoot, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    rmSync('/run/coracle', { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  it('starts one engine, however many ask at once', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, async () => await coracle(['ps', '-q'])));
    assert.deepEqual(
      results,
      Array.from({ length: 4 }, () => ({ code: 0, stdout: '', stderr: '' })),
    );
    await oneEngineRuns();
  });

  it('ends an engine that has nothing to do', async () => {
    assert.equal((await coracle(['ps', '-q'], { CORACLE_IDLE_EXIT: '1' })).code, 0);
    await until('the idle engine to end', async () => engines(dataRoot).length === 0);
  });

  it('shows why an engine did not start', async () => {
    const result = await coracle(['ps'], { CORACLE_DAEMON_FLAGS: '--zz' });
    assert.equal(result.code, 1);
    assert.match(
      result.stderr,
      /the engine did not start \(exit status \d+\); the end of \/run\/coracle\/daemon\.log:\n/,
    );
    assert.match(result.stderr, /--zz/);
  });

  it('takes a lock that a dead command left', async () => {
    const dead = (await runOk('sh', ['-c', 'echo $$'])).stdout.trim();
    await runOk('sh', ['-c', `mkdir -p /run/coracle && printf ${dead} > /run/coracle/start.lock`]);
    assert.equal((await coracle(['ps', '-q'])).code, 0);
    await oneEngineRuns();
  });

  it('starts nothing for version, completion or an engine that was named', async () => {
    const version = await coracle(['version']);
    assert.equal(version.code, 1);
    assert.match(version.stdout, /^Client:\n Version: /);
    assert.match(version.stderr, /Cannot connect to the Docker daemon at unix:\/\/\/run\/coracle\/coracle\.sock/);
    assert.equal((await coracle(['version', '--client'])).code, 0);
    assert.equal((await coracle(['-H', 'unix:///run/other.sock', 'ps'])).code, 1);
    await coracle(['__complete', '--', 'stop', '']);
    assert.deepEqual(engines(dataRoot), []);
  });
});
