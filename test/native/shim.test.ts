// Shims with real containers (crun): output, logs, input, terminals, exits, and what they survive.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kernel, ShimRequest } from '../../runtime/src/host/kernel.ts';
import { parseShimExit } from '../../runtime/src/host/shim.ts';
import { until } from '../helpers/poll.ts';
import { requireRoot, skip } from '../helpers/skip.ts';
import { type BundleOptions, makeBundle, shimRequest } from './bundle.ts';
import { helperPath, temporaryFolder, testKernel } from './setup.ts';
import { Attached, Control, HandedOver, unframe } from './shim-client.ts';

interface LogLine {
  readonly log: string;
  readonly stream: string;
  readonly time: string;
}

function logLines(path: string): LogLine[] {
  const text = readFileSync(path, 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogLine);
}

/** Milliseconds in which a process ran or would have, had others not been in its way. */
function busyMs(pid: number): number {
  const [ran = '0', waited = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  return (Number(ran) + Number(waited)) / 1e6;
}

/** Waits until a process cannot write: its pipe and what takes from that are full and stay so. */
async function isStuck(pid: number): Promise<void> {
  let times = 0;
  await until('the process is stuck', () => {
    times = readFileSync(`/proc/${pid}/wchan`, 'utf8').includes('pipe_write') ? times + 1 : 0;
    return Promise.resolve(times > 10);
  });
}

describe('shim', () => {
  let kernel: Kernel;
  before(async function () {
    requireRoot(this);
    if (!existsSync('/usr/bin/crun')) skip(this, 'needs crun');
    ({ kernel } = await testKernel());
  });
  after(async () => kernel?.[Symbol.asyncDispose]());

  /** A shim that waits for its start. */
  async function prepare(args: readonly string[], changes: Partial<ShimRequest> & BundleOptions = {}) {
    const { memoryLimit, ...rest } = changes;
    const bundle = makeBundle(args, {
      ...(changes.terminal === undefined ? {} : { terminal: changes.terminal }),
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
    });
    const request = shimRequest(bundle, rest);
    const { pid } = await kernel.startShim(request);
    const control = await Control.open(request.socket);
    return { ...bundle, pid, request, control, attach: (mask: number) => Attached.open(request.socket, mask) };
  }

  it('misses no output between attach and start, frames it, logs it, tells and keeps the exit', async () => {
    const shim = await prepare(['sh', '-c', 'echo out; echo err >&2; printf unfinished; exit 7']);
    const attached = await shim.attach(6);
    shim.control.start();
    const pid = await shim.control.started;
    const output = unframe(await attached.output);
    assert.deepEqual(output, { stdout: 'out\nunfinished', stderr: 'err\n' });
    const exit = await shim.control.exited;
    assert.equal(exit.code, 7);
    assert.equal(exit.oomKilled, false);
    assert.ok(Math.abs(Number(exit.finishedAtNs / 1_000_000n) - Date.now()) < 60_000);
    assert.deepEqual(parseShimExit(readFileSync(join(shim.directory, 'exit'), 'utf8')), exit);
    const lines = logLines(shim.request.log.path);
    const of = (stream: string) => lines.filter((line) => line.stream === stream).map((line) => line.log);
    assert.deepEqual(of('stdout'), ['out\n', 'unfinished']);
    assert.deepEqual(of('stderr'), ['err\n']);
    for (const { time } of lines) assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
    assert.ok(pid > 1);
    for (const path of shim.request.cgroups) assert.equal(existsSync(path), false, path);
    assert.equal(existsSync(`/run/crun/${shim.id}`), false);
    assert.equal(existsSync(shim.request.socket), false);
  });

  it('reports why the runtime failed, and leaves nothing of it', async () => {
    const shim = await prepare(['/no/such/program']);
    const attached = await shim.attach(6);
    shim.control.start();
    const { status, text } = await shim.control.failed;
    assert.equal(status, 1);
    assert.match(text, /no\/such\/program/);
    assert.equal((await attached.output).length, 0);
    assert.equal(existsSync(join(shim.directory, 'exit')), false);
    assert.equal(existsSync(`/run/crun/${shim.id}`), false);
    for (const path of shim.request.cgroups) assert.equal(existsSync(path), false, path);
  });

  it('runs a sealed runtime', async () => {
    const sealed = await kernel.sealBinary('/usr/bin/crun');
    const bundle = makeBundle(['echo', 'sealed']);
    const plain = shimRequest(bundle);
    await kernel.startShim({ ...plain, argv: [sealed, ...plain.argv.slice(1)] });
    const control = await Control.open(plain.socket);
    const attached = await Attached.open(plain.socket, 2);
    control.start();
    assert.equal(unframe(await attached.output).stdout, 'sealed\n');
    assert.equal((await control.exited).code, 0);
  });

  it('passes input, and ends it when the first client does with stdinOnce', async () => {
    const shim = await prepare(['cat'], { stdin: true, stdinOnce: true });
    const attached = await shim.attach(3);
    attached.write('before start ');
    shim.control.start();
    await shim.control.started;
    const much = 'x'.repeat(1_000_000);
    attached.write(much);
    attached.endInput();
    assert.equal(unframe(await attached.output).stdout, `before start ${much}`);
    assert.equal((await shim.control.exited).code, 0);
  });

  it('keeps input open for the next client without stdinOnce', async () => {
    const shim = await prepare(['sh', '-c', 'read a; read b; echo $a $b'], { stdin: true });
    const first = await shim.attach(3);
    shim.control.start();
    await shim.control.started;
    first.write('one\n');
    first.endInput();
    first.socket.end();
    const second = await shim.attach(3);
    second.write('two\n');
    assert.equal(unframe(await second.output).stdout, 'one two\n');
  });

  it('takes a half-closed connection for the end of input', async () => {
    const shim = await prepare(['sh', '-c', 'cat; echo done'], { stdin: true, stdinOnce: true });
    const attached = await shim.attach(3);
    shim.control.start();
    attached.write('text ');
    attached.socket.end();
    assert.equal(unframe(await attached.output).stdout, 'text done\n');
  });

  it('gives a terminal its size, before and while it runs, and its bytes unframed', async () => {
    // The runtime may hand the terminal over only after the program's first moment, so it waits for the size.
    const script =
      'until [ "$(stty size 2>/dev/null)" = "11 22" ]; do :; done; trap "stty size; exit 3" WINCH; echo ready; while :; do sleep 0.05; done';
    const shim = await prepare(['sh', '-c', script], { terminal: true, stdin: true });
    const attached = await shim.attach(7);
    shim.control.resize(11, 22);
    shim.control.start();
    await attached.saw('ready');
    shim.control.resize(33, 44);
    assert.equal((await attached.output).toString().replaceAll('\r', ''), 'ready\n33 44\n');
    assert.equal((await shim.control.exited).code, 3);
    const whole = logLines(shim.request.log.path).map((line) => line.log);
    assert.deepEqual(whole, ['ready\r\n', '33 44\r\n']);
  });

  it('echoes what a terminal is sent', async () => {
    const shim = await prepare(['sh'], { terminal: true, stdin: true });
    const attached = await shim.attach(7);
    shim.control.start();
    attached.write('echo $((6*7))\n');
    await attached.saw('42');
    attached.write('exit 5\n');
    assert.equal((await shim.control.exited).code, 5);
  });

  it('signals the first process, and says which one ended it', async () => {
    const shim = await prepare(['sleep', '1000']);
    shim.control.start();
    await shim.control.started;
    shim.control.kill(9);
    assert.equal((await shim.control.exited).code, 137);
  });

  it('tells latecomers the state', async () => {
    const shim = await prepare(['sleep', '1000']);
    shim.control.start();
    const pid = await shim.control.started;
    const late = await Control.open(shim.request.socket);
    late.watch();
    assert.equal(await late.started, pid);
    late.kill(15); // the first process of a pid namespace ignores it: nothing happens
    late.kill(9);
    assert.equal((await late.exited).code, 137);
  });

  it('reports an out-of-memory kill', async () => {
    const shim = await prepare(['sh', '-c', 'dd if=/dev/zero of=/dev/null bs=200M count=1'], {
      memoryLimit: 16 * 1024 * 1024,
    });
    shim.control.start();
    const exit = await shim.control.exited;
    assert.equal(exit.oomKilled, true);
    assert.equal(exit.code, 137);
  });

  it('stops the output of a client that never reads, but not control, and loses no log', async () => {
    const shim = await prepare(['sh', '-c', 'yes 0123456789 | head -n 1000000; echo end'], {
      log: { driver: 'local', path: '', maxSize: 0, maxFiles: 1 },
    }).catch(() => undefined);
    assert.equal(shim, undefined, 'a log that cannot be opened is refused at once');
    const bundle = makeBundle(['sh', '-c', 'yes 0123456789 | head -n 1000000; echo end; sleep 1000']);
    const log = { driver: 'local', path: join(bundle.directory, 'log'), maxSize: 0, maxFiles: 1 } as const;
    const request = shimRequest(bundle, { log });
    await kernel.startShim(request);
    const control = await Control.open(request.socket);
    const deaf = connect(request.socket);
    await once(deaf, 'connect');
    deaf.pause();
    deaf.write(Buffer.from([0x41, 0, 0, 0, 1, 6]));
    const reader = await Attached.open(request.socket, 6);
    control.start();
    await control.started;
    await reader.saw('0123456789');
    // Blocked by now or soon; a fresh client is answered and a kill is obeyed.
    const other = await Control.open(request.socket);
    other.watch();
    await other.started;
    deaf.destroy();
    await reader.saw('end\n');
    other.kill(9);
    assert.equal((await control.exited).code, 137);
    const records = localRecords(readFileSync(log.path));
    assert.equal(records.length, 1_000_001);
    assert.equal(records.at(-1), 'end');
  });

  it('gives the container its three descriptors and no more', async () => {
    const shim = await prepare(['sh', '-c', 'echo /proc/self/fd/*']);
    const attached = await shim.attach(2);
    shim.control.start();
    const { stdout } = unframe(await attached.output);
    // The shell itself lists the folder by one more, which is gone when it prints.
    assert.match(stdout, /^\/proc\/self\/fd\/0 \/proc\/self\/fd\/1 \/proc\/self\/fd\/2( \/proc\/self\/fd\/3)?\n$/);
  });

  it('obeys others while a client has sent more input than the container reads', async () => {
    const shim = await prepare(['sleep', '1000'], { stdin: true });
    const attached = await shim.attach(3);
    shim.control.start();
    await shim.control.started;
    attached.write(Buffer.alloc(5_000_000));
    const other = await Control.open(shim.request.socket);
    other.watch();
    await other.started;
    other.kill(9);
    assert.equal((await shim.control.exited).code, 137);
    assert.equal((await attached.output).length, 0);
  });

  it('writes json-file lines as Docker does: escapes, broken UTF-8, long lines in parts', async () => {
    const long = 'a'.repeat(40_000);
    const script = `printf 'tab\\t "q" \\\\ <&> \\r\\001 caf\\303\\251 \\342\\200\\250 \\377\\303 end\\n\\n${long}\\nlast'`;
    const shim = await prepare(['sh', '-c', script]);
    shim.control.start();
    await shim.control.exited;
    const text = readFileSync(shim.request.log.path, 'utf8');
    assert.ok(
      text.startsWith(
        String.raw`{"log":"tab\u0009 \"q\" \\ \u003c\u0026\u003e \r\u0001 café \u2028 \ufffd\ufffd end\n","stream":"stdout","time":"`,
      ),
      text.slice(0, 200),
    );
    const lines = logLines(shim.request.log.path).map((line) => line.log);
    assert.equal(lines[1], '\n');
    assert.deepEqual(
      lines.slice(2).map((line) => line.length),
      [16384, 16384, 40_000 - 2 * 16384 + 1, 4],
    );
    assert.equal(lines.slice(2).join(''), `${long}\nlast`);
  });

  for (const driver of ['json-file', 'local'] as const) {
    it(`turns ${driver} logs over by size and keeps so many files`, async () => {
      const bundle = makeBundle(['sh', '-c', 'seq 1 20000']);
      const log = { driver, path: join(bundle.directory, 'log'), maxSize: 100_000, maxFiles: 3 } as const;
      const request = shimRequest(bundle, { log });
      await kernel.startShim(request);
      const control = await Control.open(request.socket);
      control.start();
      await control.exited;
      const read = (path: string) =>
        driver === 'local' ? localRecords(readFileSync(path)) : logLines(path).map((line) => line.log.trimEnd());
      const numbers = ['.2', '.1', ''].flatMap((suffix) => read(log.path + suffix)).map(Number);
      assert.equal(existsSync(`${log.path}.3`), false);
      assert.equal(numbers.at(-1), 20_000);
      assert.ok(numbers.length > 1000 && numbers.length < 20_000);
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => (numbers[0] ?? 0) + index),
      );
      for (const suffix of ['.2', '.1']) {
        const { size } = statSync(log.path + suffix);
        assert.ok(size >= 100_000 && size < 100_200, `${suffix} has ${size}`);
      }
    });
  }

  it('counts the files of a log upwards that are to be compressed, and removes the oldest in both its forms', async () => {
    const bundle = makeBundle(['sh', '-c', 'seq 1 20000']);
    const path = join(bundle.directory, 'log');
    const log = { driver: 'local', path, maxSize: 100_000, maxFiles: 3, isCompressed: true } as const;
    for (const name of ['.2', '.3', '.3.gz', '.nine', '.9.gz']) writeFileSync(path + name, '');
    const request = shimRequest(bundle, { log });
    await kernel.startShim(request);
    const control = await Control.open(request.socket);
    control.start();
    await control.exited;
    const names = readdirSync(bundle.directory).filter((name) => /^log\.\d/.test(name));
    assert.deepEqual(names.toSorted(), ['log.6', 'log.7', 'log.9.gz']);
    const numbers = ['.6', '.7', ''].flatMap((suffix) => localRecords(readFileSync(path + suffix))).map(Number);
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, index) => 20_001 - numbers.length + index),
    );
    assert.ok(numbers.length > 1000 && numbers.length < 20_000);
  });

  for (const isCompressed of [false, true]) {
    it(`keeps the files of a log while the disk has no room for more (${isCompressed ? 'counted' : 'shifted'})`, async () => {
      const folder = temporaryFolder('full');
      await kernel.mount({ source: 'tmpfs', target: folder, type: 'tmpfs', data: 'size=256k' });
      try {
        const path = join(folder, 'log');
        const log = { driver: 'json-file', path, maxSize: 10_000, maxFiles: 3, isCompressed } as const;
        const write = async (program: string) => {
          const request = shimRequest(makeBundle(['sh', '-c', program]), { log });
          await kernel.startShim(request);
          const control = await Control.open(request.socket);
          control.start();
          await control.exited;
        };
        await write('seq 1 300');
        const kept = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
        const before = kept();
        assert.equal(before.length, 3);
        assert.throws(() => writeFileSync(join(folder, 'other'), Buffer.alloc(300_000)), /ENOSPC/);
        await write('yes a line of many | head -20000');
        rmSync(join(folder, 'other'));
        const after = kept();
        assert.deepEqual(
          after.map(([name]) => name),
          before.map(([name]) => name),
        );
        // There may have been room in the last block of the newest.
        for (const [index, [name, text = '']] of before.entries()) assert.ok(after[index]?.[1]?.startsWith(text), name);
      } finally {
        await kernel.unmount(folder);
      }
    });
  }

  it('loses and tears nothing when one client takes all, also as clients come and go', async () => {
    const none = { log: { driver: 'none', path: '', maxSize: 0, maxFiles: 1 } } as const;
    const count = 2_000_000;
    const shim = await prepare(['sh', '-c', `seq 1 ${count}; seq 1 ${count} >&2`], none);
    const first = await shim.attach(6);
    shim.control.start();
    // Others come, see whole frames, and leave at any moment.
    for (let i = 0; i < 5; i++) {
      const other = await shim.attach(6);
      await other.saw('\n');
      other.socket.destroy();
    }
    const { stdout, stderr } = unframe(await first.output);
    for (const text of [stdout, stderr]) {
      const lines = text.split('\n');
      assert.equal(lines.length, count + 1);
      assert.ok(lines.slice(0, -1).every((line, index) => line === String(index + 1)));
    }
    assert.equal((await shim.control.exited).code, 0);
  });

  it('goes on when a socket that was handed over takes nothing and its connection closes', async () => {
    for (const driver of ['none', 'json-file'] as const) {
      const bundle = await prepare(['head', '-c', '20000000', '/dev/zero'], {
        log: { driver, path: join(temporaryFolder('log'), 'log'), maxSize: 0, maxFiles: 1 },
      });
      await using handed = await HandedOver.open(bundle.request.socket, 6);
      bundle.control.start();
      const pid = await bundle.control.started;
      await isStuck(pid);
      handed.connection.destroy();
      assert.equal((await bundle.control.exited).code, 0, driver);
    }
  });

  it('waits without turning when a container takes back output that was announced, and fills it up with what comes next', async () => {
    // Unlinked by the container, whose root others share.
    const waitsFor = (file: string) => `until rm /tmp/${file} 2>/dev/null; do sleep 0.05; done`;
    const takesBack = [
      `head -c 30000000 /dev/zero & writer=$!; ${waitsFor('take')}; cat </proc/self/fd/1 >/dev/null & reader=$!`,
      `wait $writer; kill $reader; ${waitsFor('go-on')}; head -c 2000000 /dev/zero; exit 5`,
    ];
    const shim = await prepare(['sh', '-c', takesBack.join('; ')], {
      log: { driver: 'none', path: '', maxSize: 0, maxFiles: 1 },
    });
    const attached = await shim.attach(2);
    attached.socket.pause();
    shim.control.start();
    const pid = await shim.control.started;
    const children = (): string[] => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const nameOf = (child: string): string => readFileSync(`/proc/${child}/comm`, 'utf8').trim();
    const tell = (file: string): void => writeFileSync(`/proc/${pid}/root/tmp/${file}`, '');
    const writer = await until('the writer is there', async () => children().find((child) => nameOf(child) === 'head'));
    await isStuck(Number(writer));
    tell('take');
    await until('writer and reader have ended', async () => children().map(nameOf).join() === 'sleep');
    attached.socket.resume();
    // One that turned would be busy all the time, whatever else runs.
    await until('the shim rests', async () => {
      const [before, from] = [busyMs(shim.pid), performance.now()];
      await sleep(1000);
      return busyMs(shim.pid) - before < 0.5 * (performance.now() - from);
    });
    tell('go-on');
    const output = unframe(await attached.output);
    assert.ok(output.stdout.length > 2_000_000 && output.stdout.length < 5_000_000);
    assert.match(output.stdout, /^\0+$/);
    assert.equal((await shim.control.exited).code, 5);
  });

  it('closes the connection of who waits for output that was taken back and never comes', async () => {
    const takesBack = 'head -c 30000000 /dev/zero & sleep 1; cat </proc/self/fd/1 >/dev/null & sleep 1; exit 6';
    const shim = await prepare(['sh', '-c', takesBack], { log: { driver: 'none', path: '', maxSize: 0, maxFiles: 1 } });
    const attached = await shim.attach(2);
    attached.socket.pause();
    shim.control.start();
    await shim.control.started;
    await sleep(1500);
    attached.socket.resume();
    assert.equal((await shim.control.exited).code, 6);
    await attached.output;
  });

  it('takes no socket but the one that was meant', async () => {
    const shim = await prepare(['true']);
    await using refused = await HandedOver.open(shim.request.socket, 6, 1);
    shim.control.start();
    assert.equal((await shim.control.exited).code, 0);
    assert.equal(refused.connection.destroyed, false);
  });

  it('throws output away that nobody logs or watches, and goes on with the log of an earlier run', async () => {
    const quiet = await prepare(['sh', '-c', 'yes | head -c 50000000; exit 2'], {
      log: { driver: 'none', path: '', maxSize: 0, maxFiles: 1 },
    });
    quiet.control.start();
    assert.equal((await quiet.control.exited).code, 2);
    const first = await prepare(['echo', 'one']);
    first.control.start();
    await first.control.exited;
    const second = await prepare(['echo', 'two'], { log: first.request.log });
    second.control.start();
    await second.control.exited;
    assert.deepEqual(
      logLines(first.request.log.path).map((line) => line.log),
      ['one\n', 'two\n'],
    );
  });

  it('goes on with a new helper when the old one is killed, sealed programs included', async () => {
    const own = (await testKernel()).kernel;
    const sealed = await own.sealBinary('/usr/bin/crun');
    const helper = Number(/^\/proc\/(\d+)\//.exec(sealed)?.[1]);
    process.kill(helper, 'SIGKILL');
    const lost = own.unmount('/absent').catch((error: unknown) => error); // asked of the dead one, or of the next
    const bundle = makeBundle(['echo', 'again']);
    const plain = shimRequest(bundle);
    await lost;
    while (existsSync(`/proc/${helper}/fd/0`)) await new Promise((resolve) => setTimeout(resolve, 10));
    await own.startShim({ ...plain, argv: [sealed, ...plain.argv.slice(1)] });
    const control = await Control.open(plain.socket);
    const attached = await Attached.open(plain.socket, 2);
    control.start();
    assert.equal(unframe(await attached.output).stdout, 'again\n');
    await control.exited;
    await own[Symbol.asyncDispose]();
    await assert.rejects(own.unmount('/absent'), /shut down/);
  });

  it('does not wait for ever for output that a client does not take', async () => {
    const shim = await prepare(['sh', '-c', 'yes 0123456789 | head -n 1000000']);
    const deaf = connect(shim.request.socket);
    await once(deaf, 'connect');
    deaf.pause();
    deaf.write(Buffer.from([0x41, 0, 0, 0, 1, 2]));
    shim.control.start();
    await shim.control.started;
    shim.control.kill(9);
    const exit = await shim.control.exited;
    assert.equal(exit.code, 137);
    deaf.destroy();
  });

  it('outlives helper and daemon, keeps logging, and is found again', async () => {
    const bundle = makeBundle(['sh', '-c', 'i=0; while read line; do i=$((i+1)); echo $i $line; done; exit 9']);
    const request = shimRequest(bundle, { stdin: true });
    // A process of its own plays the daemon, so that it can be killed together with its helper.
    const script = `
      import { startKernel } from ${JSON.stringify(join(import.meta.dirname, '../../runtime/src/host/native-kernel.ts'))};
      import { silentLogger } from ${JSON.stringify(join(import.meta.dirname, '../../runtime/src/spec/logger.ts'))};
      const kernel = await startKernel({ helperPath: ${JSON.stringify(helperPath())}, execRoot: '/tmp', logger: silentLogger });
      await kernel.startShim(${JSON.stringify(request)});
      process.stdout.write('ready');
      setInterval(() => undefined, 1000);
    `;
    const daemon = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(daemon.stdout, 'data');
    const control = await Control.open(request.socket);
    const attached = await Attached.open(request.socket, 3);
    control.start();
    const pid = await control.started;
    attached.write('a\n');
    await attached.saw('1 a');
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
    control.close();
    attached.socket.destroy();
    const again = await Control.open(request.socket);
    again.watch();
    assert.equal(await again.started, pid);
    const other = await Attached.open(request.socket, 3);
    other.write('b\n');
    await other.saw('2 b');
    again.kill(9);
    assert.equal((await again.exited).code, 137);
    assert.deepEqual(
      logLines(request.log.path).map((line) => line.log),
      ['1 a\n', '2 b\n'],
    );
  });

  it('runs an exec with input of its own, and leaves the container’s groups alone', async () => {
    const shim = await prepare(['sleep', '1000']);
    shim.control.start();
    await shim.control.started;
    const bundle = makeBundle([]);
    const request = shimRequest(bundle, {
      kind: 'exec',
      stdin: true,
      stdinOnce: true,
      cgroups: [],
      removePaths: [],
      deleteArgv: [],
      log: { driver: 'none', path: '', maxSize: 0, maxFiles: 1 },
    });
    const argv = [
      '/usr/bin/crun',
      'exec',
      '--detach',
      '--pid-file',
      join(bundle.directory, 'pid'),
      shim.id,
      'sh',
      '-c',
      'cat; exit 4',
    ];
    await kernel.startShim({ ...request, argv });
    const control = await Control.open(request.socket);
    const attached = await Attached.open(request.socket, 7);
    control.start();
    attached.write('through exec');
    attached.endInput();
    assert.equal(unframe(await attached.output).stdout, 'through exec');
    assert.equal((await control.exited).code, 4);
    shim.control.kill(9);
    await shim.control.exited;
  });

  it('lets no program of an exec see a terminal without its size, and leaves none of them traced', async () => {
    const shim = await prepare(['sleep', '1000']);
    shim.control.start();
    await shim.control.started;
    const burners = [1, 2, 3].map(() => spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }));
    try {
      for (let round = 0; round < 40; round++) {
        const none = { cgroups: [], removePaths: [], deleteArgv: [] };
        const { directory, ...bundle } = makeBundle([], { terminal: true });
        const log = { driver: 'none', path: '', maxSize: 0, maxFiles: 1 } as const;
        const shaped = { kind: 'exec', terminal: true, holdProgram: true, log, ...none } as const;
        const request = shimRequest({ directory, ...bundle }, shaped);
        const files = ['--pid-file', join(directory, 'pid'), '--console-socket', join(directory, 'console')];
        const script = 'stty size; grep TracerPid /proc/self/status; exit 6';
        const command = ['exec', '--detach', '--tty', ...files, shim.id, 'sh', '-c', script];
        await kernel.startShim({ ...request, argv: ['/usr/bin/crun', ...command] });
        const control = await Control.open(request.socket);
        const attached = await Attached.open(request.socket, 2);
        control.resize(33, 77);
        control.start();
        assert.equal(String(await attached.output), '33 77\r\nTracerPid:\t0\r\n', `round ${round}`);
        assert.equal((await control.exited).code, 6);
      }
    } finally {
      for (const burner of burners) burner.kill('SIGKILL');
    }
    shim.control.kill(9);
    await shim.control.exited;
  });

  it('does not wait long for output that a left-behind process holds open', async () => {
    const shim = await prepare(['sleep', '1000']);
    shim.control.start();
    await shim.control.started;
    const bundle = makeBundle([]);
    const log = { driver: 'none', path: '', maxSize: 0, maxFiles: 1 } as const;
    const request = shimRequest(bundle, { kind: 'exec', cgroups: [], removePaths: [], deleteArgv: [], log });
    const argv = ['/usr/bin/crun', 'exec', '--detach', '--pid-file', join(bundle.directory, 'pid'), shim.id];
    await kernel.startShim({ ...request, argv: [...argv, 'sh', '-c', 'sleep 900 & echo started'] });
    const control = await Control.open(request.socket);
    const attached = await Attached.open(request.socket, 6);
    control.start();
    assert.equal((await control.exited).code, 0);
    assert.equal(unframe(await attached.output).stdout, 'started\n');
    shim.control.kill(9);
    await shim.control.exited;
  });

  it('ends by itself when it is never started and its client has died', async () => {
    const shim = await prepare(['true']);
    shim.control.close();
    while (existsSync(shim.request.socket)) await new Promise((resolve) => setTimeout(resolve, 200));
    await assert.rejects(Attached.open(shim.request.socket, 2));
  });

  it('drops a client that speaks no sense, and only that one', async () => {
    const shim = await prepare(['sleep', '1000']);
    for (const bytes of [
      [0x00, 0, 0, 0, 0],
      [0x41, 0xff, 0xff, 0xff, 0xff],
      [0x41, 0, 0, 0, 0],
      [0x52, 0, 0, 0x10, 0],
    ]) {
      const socket = connect(shim.request.socket);
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(Buffer.from(bytes));
      await once(socket, 'close');
    }
    shim.control.start();
    await shim.control.started;
    shim.control.kill(9);
    assert.equal((await shim.control.exited).code, 137);
  });
});

function localRecords(data: Buffer): string[] {
  const records: string[] = [];
  for (let at = 0; at < data.length;) {
    const size = data.readUInt32LE(at);
    assert.equal(data.readUInt32LE(at + 14 + size), size);
    records.push(data.toString('utf8', at + 14, at + 14 + size));
    at += 18 + size;
  }
  return records;
}
