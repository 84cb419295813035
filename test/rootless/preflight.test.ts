// Each thing that a host may lack for an engine without root, brought about for real: what doctor says of it, and how the daemon
// takes it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorReport, Finding } from '../../runtime/src/spec/engine/system.ts';
import { daemonBundle, nodeBinary } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { run, type Finished } from '../helpers/run.ts';
import { requireDaemon } from '../helpers/temp-daemon.ts';
import { requireTestUser, testUser } from '../helpers/test-user.ts';
import { cliOfUser, folderForAll, pathWith, processesOfUser, startUserEngine } from './lab.ts';

const tools = ['newuidmap', 'newgidmap', 'crun', 'slirp4netns', 'fuse-overlayfs'];

/** The daemon as the user, in a mount namespace where a shell script has changed the host. */
async function daemonWhere(
  change: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const user = testUser();
  const asUser = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const daemon = [user.visible(nodeBinary), user.visible(daemonBundle), ...args];
  const script = `set -e; ${change}; exec "$@"`;
  const words = ['-m', 'sh', '-c', script, 'sh', ...asUser, 'env', '-i'];
  const variables = Object.entries({ ...user.env, ...env }).map(([name, value]) => `${name}=${value}`);
  return run('unshare', [...words, ...variables, ...daemon], { cwd: '/' });
}

async function findingsWhere(change: string, env: Readonly<Record<string, string>> = {}): Promise<readonly Finding[]> {
  const { code, stdout, stderr } = await daemonWhere(change, ['--preflight'], env);
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as DoctorReport).findings;
}

function named(findings: readonly Finding[], name: string): Finding {
  const found = findings.find((each) => each.name === name);
  assert(found !== undefined, `nothing about ${name} in ${JSON.stringify(findings)}`);
  return found;
}

/** The daemon says in words what is missing, ends with 125, and leaves nothing. */
function assertRefused({ code, stderr }: Finished, words: RegExp): void {
  assert.equal(code, 125, stderr);
  assert.match(stderr, /does not allow an engine without root yet/);
  assert.match(stderr, words);
  assert.doesNotMatch(stderr, /^\s+at /m);
}

describe('what a host allows an engine without root', () => {
  before(function () {
    requireDaemon(this);
    requireTestUser(this);
  });

  it('finds nothing missing where all is there, tries it, and leaves nothing', async () => {
    const findings = await findingsWhere('true');
    assert.deepEqual(
      findings.filter(({ state }) => state === 'missing'),
      [],
    );
    assert.match(named(findings, 'mode').message, /ordinary user coracle-test/);
    assert.equal(named(findings, 'way out').state, 'ok');
    await until('nothing is left', async () => processesOfUser('coracle-helper').length === 0);
    assert.deepEqual(processesOfUser('slirp4netns'), []);
  });

  it('names the range of ids that is missing, and how to get one that is free', async () => {
    const empty = join(folderForAll(), 'subuid');
    writeFileSync(empty, 'somebody:200000:65536\n');
    const change = `mount --bind ${empty} /etc/subuid`;
    const finding = named(await findingsWhere(change), 'subordinate ids');
    assert.equal(finding.state, 'missing');
    assert.match(finding.message, /coracle-test has no range of ids in \/etc\/subuid$/);
    assert.match(finding.remedy ?? '', /^sudo usermod --add-subuids \d+-\d+ coracle-test$/);
    assertRefused(await daemonWhere(change, ['--mode', 'linux']), /mend it with: sudo usermod --add-subuids/);
  });

  it('warns of a range that is short', async () => {
    const short = join(folderForAll(), 'subuid');
    writeFileSync(short, 'coracle-test:1500000000:1000\n');
    const finding = named(await findingsWhere(`mount --bind ${short} /etc/subuid`), 'subordinate ids');
    assert.equal(finding.state, 'warning');
    assert.match(finding.message, /only 1000 users/);
  });

  it('misses newuidmap, and says which package has it', async () => {
    const path = pathWith(tools.filter((name) => name !== 'newuidmap'));
    const finding = named(await findingsWhere('true', { PATH: path }), 'newuidmap');
    assert.equal(finding.state, 'missing');
    assert.equal(finding.remedy, 'sudo apt-get install -y uidmap');
    assertRefused(await daemonWhere('true', ['--mode', 'linux'], { PATH: path }), /newuidmap not found/);
  });

  it('tells what newuidmap says when it may not give the ids', async () => {
    const folder = pathWith(tools.filter((name) => !name.startsWith('new')));
    for (const name of ['newuidmap', 'newgidmap']) {
      copyFileSync(`/usr/bin/${name}`, join(folder, name));
      chmodSync(join(folder, name), 0o755); // no longer setuid
    }
    const finding = named(await findingsWhere('true', { PATH: folder }), 'subordinate ids');
    assert.equal(finding.state, 'missing');
    assert.match(finding.message, /could not be used: new[ug]idmap: /);
    assertRefused(await daemonWhere('true', ['--mode', 'linux'], { PATH: folder }), /could not be used/);
    await until('no helper is left', async () => processesOfUser('coracle-helper').length === 0);
  });

  it('tells that the system forbids user namespaces', async () => {
    const user = testUser();
    // A namespace in which the setting is ours to make; its ids are the machine's.
    const keeper = spawn('unshare', ['-U', 'sh', '-c', 'echo made; exec sleep 1000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(keeper.stdout, 'data');
    for (const kind of ['uid', 'gid']) writeFileSync(`/proc/${keeper.pid}/${kind}_map`, '0 0 4294967295\n');
    const script =
      'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --reuid="$0" --regid="$0" --clear-groups "$@"';
    const daemon = [user.visible(nodeBinary), user.visible(daemonBundle), '--mode', 'linux'];
    const words = ['-t', String(keeper.pid), '-U', 'sh', '-c', script, String(user.uid), ...daemon];
    const refused = await run('nsenter', words, { env: user.env, cwd: '/' });
    keeper.kill('SIGKILL');
    assertRefused(
      refused,
      /user\.max_user_namespaces is 0[^]*mend it with: sudo sysctl -w user\.max_user_namespaces=\d+/,
    );
  });

  it('misses a runtime', async () => {
    const path = pathWith(tools.filter((name) => name !== 'crun'));
    const hidden = ['/usr/sbin/runc', '/sbin/runc'].find((file) => existsSync(file));
    const change = hidden === undefined ? 'true' : `mount --bind /dev/null ${hidden}`;
    const finding = named(await findingsWhere(change, { PATH: path }), 'runtimes');
    assert.equal(finding.state, 'missing');
    assert.equal(finding.remedy, 'sudo apt-get install -y crun');
    assertRefused(await daemonWhere(change, ['--mode', 'linux'], { PATH: path }), /no OCI runtime/);
  });

  it('tells that /dev/net/tun is closed, or not there', async () => {
    const closed = join(folderForAll(), 'tun');
    const change = `mknod -m 600 ${closed} c 10 200; mount --bind ${closed} /dev/net/tun`;
    const finding = named(await findingsWhere(change), 'tun');
    assert.equal(finding.state, 'warning');
    assert.equal(finding.remedy, 'sudo chmod 666 /dev/net/tun');
    const absent = folderForAll();
    const other = named(await findingsWhere(`mount --bind ${absent} /dev/net`), 'tun');
    assert.equal(other.remedy, 'sudo modprobe tun');
  });

  it('works without a way out, and says so', async () => {
    const path = pathWith(tools.filter((name) => name !== 'slirp4netns'));
    await using engine = await startUserEngine({ env: { PATH: path } });
    assert.equal(await engine.sh('ip route | grep -c ^default; echo up'), '1\nup\n');
    const { SecurityOptions, Warnings } = (await engine.docker.info()) as {
      readonly SecurityOptions: readonly string[];
      readonly Warnings: readonly string[];
    };
    assert(SecurityOptions.includes('name=rootless'));
    assert(
      Warnings.some((line) => line.startsWith('WARNING: neither slirp4netns nor pasta found')),
      Warnings.join('\n'),
    );
  });

  it('tells doctor what mends it although no engine can start', async () => {
    const path = pathWith(tools.filter((name) => name !== 'newuidmap'));
    const env = { PATH: path, CORACLE_MODE: 'linux' };
    const { code, stdout } = await cliOfUser(['doctor'], env);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^newuidmap\s+missing\s+newuidmap not found/m);
    assert.match(stdout, /^What mends it:\n(?:.*\n)*\s+newuidmap\s+sudo apt-get install -y uidmap$/m);
    const ps = await cliOfUser(['ps'], env);
    assert.match(ps.stderr, /newuidmap not found/);
    assert.equal(ps.code, 1);
  });
});
