// The namespaces of an engine without root: who keeps them, how long, and who may use them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { daemonBundle, nodeBinary } from '../helpers/paths.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { run, runOk } from '../helpers/run.ts';
import { requireDaemon } from '../helpers/temp-daemon.ts';
import { requireTestUser, testUser } from '../helpers/test-user.ts';
import { cliOfUser, folderForAll, pathWith, processesOfUser, startUserEngine, type UserEngine } from './lab.ts';

/** Has the helper say what it says when the kernel does not let it into namespaces, until the end of the block. */
async function refuseToJoin(): Promise<AsyncDisposable> {
  const helper = testUser().visible(join(dirname(daemonBundle), 'coracle-helper'));
  const folder = folderForAll();
  const [real, refusing] = [join(folder, 'coracle-helper'), join(folder, 'refusing')];
  copyFileSync(helper, real);
  const script = `case " $* " in *" --join "*) echo "failed 1 not today"; exit 125;; esac; exec ${real} "$@"`;
  writeFileSync(refusing, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await runOk('mount', ['--bind', refusing, helper]);
  return { [Symbol.asyncDispose]: async () => void (await runOk('umount', [helper])) };
}

describe('the namespaces of an engine without root', () => {
  let engine: UserEngine;

  before(async function () {
    requireDaemon(this);
    requireTestUser(this);
    engine = await startUserEngine();
  });

  after(async () => {
    await engine?.[Symbol.asyncDispose]();
  });

  const namespace = (pid: number, name: string): string => readlinkSync(`/proc/${pid}/ns/${name}`);

  it('have the daemon in the user and mount namespaces of the holder, and in the network of the host', () => {
    const [daemon, holder] = [engine.daemon.pid(), engine.holder()];
    for (const name of ['user', 'mnt']) {
      assert.equal(namespace(daemon, name), namespace(holder, name));
      assert.notEqual(namespace(daemon, name), namespace(process.pid, name));
    }
    assert.equal(namespace(daemon, 'net'), namespace(process.pid, 'net'));
    assert.notEqual(namespace(holder, 'net'), namespace(process.pid, 'net'));
  });

  it('are found again after kill -9, with all that runs in them', async () => {
    const container = await engine.start([
      'sh',
      '-c',
      'echo one; trap "echo two; exit 3" TERM; while :; do sleep 0.05; done',
    ]);
    const holder = engine.holder();
    await engine.daemon.end('SIGKILL');
    await engine.daemon.start();
    assert.equal(engine.holder(), holder);
    assert.equal((await container.inspect()).State.Running, true);
    await container.stop();
    assert.equal((await container.inspect()).State.ExitCode, 3);
    assert.equal((await container.logs({ stdout: true })).toString().replaceAll('\r', ''), 'one\ntwo\n');
    await container.remove();
  });

  it('are taken over from a container when their holder was killed as well, with a new way out', async () => {
    const container = await engine.start(['sleep', '4330']);
    const holder = engine.holder();
    const network = namespace(holder, 'net');
    await engine.daemon.end('SIGKILL');
    process.kill(holder, 'SIGKILL');
    await until('the way out ends with its holder', async () => processesOfUser('slirp4netns').length === 0);
    await engine.daemon.start();
    assert.notEqual(engine.holder(), holder);
    assert.equal(namespace(engine.holder(), 'net'), network);
    assert.equal((await container.inspect()).State.Running, true);
    await until('it runs, and who watches it', async () => processesOfUser('slirp4netns --configure').length === 2);
    await container.remove({ force: true });
  });

  it('say so when those of containers that run cannot be taken over, and lose none of them', async () => {
    const beside = await engine.start([
      'sh',
      '-c',
      'trap "echo two; exit 3" TERM; echo one; while :; do sleep 0.05; done',
    ]);
    const holder = engine.holder();
    await engine.daemon.end('SIGKILL');
    process.kill(holder, 'SIGKILL');
    const words = /1 container runs in namespaces of an earlier engine that could not be taken over \(.*not today\)/;
    {
      await using _ = await refuseToJoin();
      await engine.daemon.start();
    }
    await until('it says so', async () => words.test(engine.daemon.logs()));
    assert.match(((await engine.docker.info()) as { Warnings: string[] }).Warnings.join('\n'), words);
    assert.match((await ask(engine.daemon.socket, '/coracle/v1/doctor')).body, words);
    assert.equal(await engine.sh('echo new ones run'), 'new ones run\n');
    // A further start finds the new holder at once, and the container beside it still.
    await engine.daemon.end('SIGKILL');
    await engine.daemon.start();
    // Its answer may come before its words.
    const told = /1 container runs in namespaces of an earlier engine:/;
    await until('it says so', async () => told.test(engine.daemon.logs().split('API listen').at(-2) ?? ''));
    assert.equal((await beside.inspect()).State.Running, true);
    await beside.stop();
    assert.equal((await beside.inspect()).State.ExitCode, 3);
    assert.equal((await beside.logs({ stdout: true })).toString().replaceAll('\r', ''), 'one\ntwo\n');
    await beside.start();
    const exec = await beside.exec({ Cmd: ['echo', 'exec works'], AttachStdout: true, Tty: true });
    let output = '';
    for await (const chunk of await exec.start({ Tty: true })) output += String(chunk);
    assert.equal(output, 'exec works\r\n');
    await beside.remove({ force: true });
  });

  it('are made anew when holder and containers have gone', async () => {
    const holder = engine.holder();
    await engine.daemon.end('SIGKILL');
    process.kill(holder, 'SIGKILL');
    await engine.daemon.start();
    assert.notEqual(engine.holder(), holder);
    assert.equal(await engine.sh('echo here'), 'here\n');
  });

  it('have one engine: a second on the same folders is refused in words', async () => {
    const user = testUser();
    const roots = ['--data-root', engine.daemon.dataRoot, '--exec-root', engine.daemon.execRoot];
    const args = [user.visible(daemonBundle), ...roots, '-H', `${engine.daemon.host}2`];
    const { code, stderr } = await run(user.visible(nodeBinary), args, { as: user, env: user.env, cwd: '/' });
    assert.equal(code, 1);
    assert.match(stderr, /data root .* is in use by another engine \(process \d+\)/);
    assert.equal(await engine.sh('echo still'), 'still\n');
  });

  it('let the user among the files of containers', async () => {
    const unshare = (...command: string[]) =>
      cliOfUser(['unshare', '--exec-root', engine.daemon.execRoot, ...command], {});
    assert.equal((await unshare('id', '-u')).stdout, '0\n');
    assert.equal((await unshare('sh', '-c', 'exit 7')).code, 7);
    assert.match((await unshare('no-such-program')).stderr, /no-such-program: No such file/);
    const volume = `${engine.daemon.dataRoot}/volumes/theirs/_data`;
    await engine.sh('echo x >/v/f; chown -R 33:33 /v; chmod 700 /v', { HostConfig: { Binds: ['theirs:/v'] } });
    assert.equal(statSync(volume).uid, 1_500_000_032);
    const asUser = await run('rm', ['-rf', volume], { as: testUser(), cwd: '/' });
    assert.notEqual(asUser.code, 0);
    assert.equal((await unshare('rm', '-rf', volume)).code, 0);
    assert(!existsSync(volume));
  });

  it('are there for a command even while no engine is', async () => {
    const { code, stdout, stderr } = await cliOfUser(['unshare', 'cat', '/proc/self/uid_map'], {});
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^\\s+0\\s+${testUser().uid}\\s+1\\n\\s+1\\s+1500000000\\s+65536\\n$`));
  });

  it('go when the engine ends in order, and nothing of it stays', async () => {
    await using other = await startUserEngine();
    const [folder, holder] = [other.daemon.execRoot, other.holder()];
    await other.start(['sleep', '4331'], { StopSignal: 'SIGKILL' });
    assert.equal(await other.daemon.end('SIGTERM'), 0);
    await until('the holder has ended', async () => !existsSync(`/proc/${holder}/exe`));
    await until('nothing runs', async () => processesOfUser(folder).length === 0);
    await until('no way out', async () =>
      processesOfUser(`slirp4netns`).every((line) => !line.includes(` ${holder} `)),
    );
    assert(!existsSync(`${folder}/rootless.json`));
  });

  it('stay with containers that a daemon leaves running', async () => {
    await using other = await startUserEngine({ args: ['--live-restore'] });
    const holder = other.holder();
    const container = await other.start(['sleep', '4332']);
    assert.equal(await other.daemon.end('SIGTERM'), 0);
    await other.daemon.start();
    assert.equal(other.holder(), holder);
    assert.equal((await container.inspect()).State.Running, true);
  });

  it('do not stay when the daemon is killed before it has noted them', async () => {
    const user = testUser();
    const path = pathWith(['newgidmap', 'crun']);
    writeFileSync(`${path}/newuidmap`, '#!/bin/sh\nwhile kill -0 $PPID; do /bin/sleep 0.05; done\n', { mode: 0o755 });
    const env = { ...user.env, PATH: path };
    const daemon = spawn(user.visible(nodeBinary), [user.visible(daemonBundle)], {
      uid: user.uid,
      gid: user.gid,
      env,
      cwd: '/',
      stdio: 'ignore',
    });
    const holders = (): string[] => processesOfUser(`helper hold ${user.env['XDG_RUNTIME_DIR']}`);
    await until('a holder waits for its ids', async () => holders().length > 0);
    daemon.kill('SIGKILL');
    await until('the holder has ended', async () => holders().length === 0);
  });

  it('start by themselves for a command of the user, in folders of theirs', async () => {
    const user = testUser();
    const { code, stdout, stderr } = await cliOfUser(
      ['info', '--format', '{{.DockerRootDir}} {{.SecurityOptions}}'],
      {},
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^${user.env['HOME']}/.local/share/coracle \\[.*name=rootless`));
    const pid = readFileSync(`${user.env['XDG_RUNTIME_DIR']}/coracle/coracle.pid`, 'utf8').trim();
    await runOk('kill', [pid]);
    await until('it has ended', async () => !existsSync(`/proc/${pid}/exe`));
  });
});
