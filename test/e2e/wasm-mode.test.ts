// The engine of WebAssembly alone, as somebody without any privilege starts it: what comes with it, and what is there after it was killed.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { coracleCli, type Cli } from '../helpers/clients.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { requireTestUser } from '../helpers/test-user.ts';
import { missingWasi } from '../helpers/wasi-image.ts';

describe('e2e: an engine of WebAssembly alone', () => {
  let daemon: TempDaemon;
  let coracle: Cli;
  before(async function () {
    requireDaemon(this);
    requireTestUser(this);
    const missing = missingWasi();
    if (missing !== undefined) skip(this, missing);
    daemon = await startDaemon({ rootless: true, args: ['--mode', 'wasm'] });
    coracle = coracleCli(daemon.host);
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  const ok = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await coracle(args);
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };

  it('has coracle/wasi from the beginning, and says what it is', async () => {
    assert.equal(await ok('run', '--rm', 'coracle/wasi', 'sh', '-c', 'echo here; id -u'), 'here\n0\n');
    const info = await ok('info', '--format', '{{.OSType}} {{.Architecture}} {{.DefaultRuntime}} {{.SecurityOptions}}');
    assert.equal(info, 'wasi wasm wasm [name=wasm]\n');
    assert.match(await ok('doctor'), /runs containers of WebAssembly/);
  });

  it('refuses by name what takes Linux', async () => {
    for (const [flags, message] of [
      [['--privileged'], /Privileged is not supported for containers of WebAssembly/],
      [['--cap-add', 'NET_ADMIN'], /CapAdd is not supported/],
      [['--device', '/dev/null'], /Devices is not supported/],
      [['--pid', 'host'], /PidMode host is not supported/],
      [['--cpuset-cpus', '0'], /CpusetCpus is not supported/],
      [['--sysctl', 'net.core.somaxconn=1'], /Sysctls is not supported/],
      [['--runtime', 'runc'], /unknown or invalid runtime name: runc: this engine runs WebAssembly only/],
      [['--runtime', 'io.containerd.spin.v2'], /applications of spin are not supported/],
    ] as const) {
      const { code, stderr } = await coracle(['run', '--rm', ...flags, 'coracle/wasi', 'true']);
      assert.equal(code, 125, stderr);
      assert.match(stderr, message);
    }
    assert.equal(await ok('run', '--rm', '--runtime', 'io.containerd.wasmtime.v1', 'coracle/wasi', 'echo', 'x'), 'x\n');
  });

  for (const runtime of ['wasm-light', 'wasm-threads'])
    it(`runs containers by the runtime ${runtime}`, async () => {
      const script = 'seq 3 | while read n; do echo "<$n>"; done';
      const how = ['--runtime', runtime];
      assert.equal(await ok('run', '--rm', ...how, 'coracle/wasi', 'sh', '-c', script), '<1>\n<2>\n<3>\n');
      await ok('run', '-d', '--name', 'chosen', ...how, 'coracle/wasi', 'sleep', '600');
      assert.equal(await ok('exec', 'chosen', 'echo', 'there'), 'there\n');
      await ok('kill', 'chosen');
      assert.equal(await ok('wait', 'chosen'), '137\n');
      await ok('rm', 'chosen');
    });

  it('lets others go on beside a loop, of the same container too, and gives it a thread of its own the next time', async () => {
    for (let round = 0; round < 2; round++) {
      await ok('run', '-d', '--name', 'loop', 'coracle/wasi', 'sh', '-c', 'echo begun; while :; do :; done');
      await until('it loops', async () => (await ok('logs', 'loop')) === 'begun\n');
      assert.equal(await ok('exec', 'loop', 'echo', 'there'), 'there\n');
      assert.equal(await ok('run', '--rm', 'coracle/wasi', 'echo', 'elsewhere'), 'elsewhere\n');
      await ok('rm', '-f', 'loop');
    }
  });

  it('says of a program for Linux what it is: 126', async () => {
    const { code, stderr } = await coracle(['run', '--rm', '-v', '/bin/busybox:/b', 'coracle/wasi', '/b']);
    assert.equal(code, 126, stderr);
    assert.match(stderr, /it is a program for Linux/);
  });

  it('shows processes', async () => {
    await ok('run', '-d', '--name', 'busy', 'coracle/wasi', 'sleep', '600');
    assert.match(await ok('top', 'busy'), /UID +PID +PPID .*\n0 +1 +0 .*sleep 600/);
    assert.match(await ok('top', 'busy', '-o', 'pid,comm'), /PID +COMMAND\n1 +sleep/);
    assert.match((await coracle(['top', 'busy', '-Z'])).stderr, /ps -Z is not supported/);
    await ok('rm', '-f', 'busy');
  });

  it('has the files of containers after it was killed, starts again what is wanted up, and knows the others as ended', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'kept',
      '--restart',
      'always',
      'coracle/wasi',
      'sh',
      '-c',
      'echo boot >> /boots; sleep 600',
    );
    await ok('run', '-d', '--name', 'gone', 'coracle/wasi', 'sh', '-c', 'echo said; sleep 600');
    await ok('run', '--name', 'done', 'coracle/wasi', 'sh', '-c', 'echo text > /file; mkdir /d; rm /etc/shells');
    await until('its files are saved', async () => (await ok('diff', 'done')).includes('A /file'));
    await ok('exec', 'kept', 'sh', '-c', 'echo late > /late');
    // What is written is on disk within a second, where the machine has that second for it.
    await until('what was written is on disk', async (attempt) => {
      await sleep(500 * attempt);
      await daemon.end('SIGKILL');
      await daemon.start();
      const { stdout } = await coracle(['exec', 'kept', 'sh', '-c', 'cat /boots; [ -e /late ] || echo late > /late']);
      return stdout.split('\n').filter((line) => line === 'boot').length >= 2;
    });
    assert.match(await ok('diff', 'done'), /A \/d\n(?:.*\n)*A \/file\n/);
    assert.equal(await ok('inspect', 'gone', '--format', '{{.State.Status}} {{.State.ExitCode}}'), 'exited 255\n');
    assert.equal(await ok('logs', 'gone'), 'said\n');
    await ok('start', 'gone');
    await ok('rm', '-f', 'kept', 'gone', 'done');
  });

  it('builds with RUN', async () => {
    const text = 'FROM coracle/wasi\nWORKDIR /w\nRUN echo made > file && mkdir -p a/b\nCMD ["cat", "/w/file"]\n';
    const { code, stderr } = await coracle(['build', '-q', '-t', 'made', '-'], { input: text });
    assert.equal(code, 0, stderr);
    assert.equal(await ok('run', '--rm', 'made'), 'made\n');
    assert.equal(await ok('inspect', 'made', '--format', '{{.Os}}/{{.Architecture}}'), 'wasi/wasm\n');
    const failed = await coracle(['build', '-'], { input: 'FROM coracle/wasi\nRUN nosuch\n' });
    assert.notEqual(failed.code, 0);
    assert.match(failed.stderr, /nosuch: not found/);
  });
});
