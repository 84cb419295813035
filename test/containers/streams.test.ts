// Execs, attach, logs, stats and top of running containers.

import assert from 'node:assert/strict';
import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { isEngineError } from '../../runtime/src/spec/errors.ts';
import type { AttachSession, ExecCreateRequest, LogOptions } from '../../runtime/src/spec/engine/containers.ts';
import { FrameReader, streamNumber } from '../../runtime/src/spec/stream/multiplex.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { makeSlowDisk } from '../helpers/slow-disk.ts';
import { missing } from '../runners/linux-fixture.ts';
import { attachAll, type Bench, makeBench, read, readRaw } from './bench.ts';

const allLogs: LogOptions = { follow: false, stdout: true, stderr: true, timestamps: false, details: false };
const encoder = new TextEncoder();

describe('streams of a container', () => {
  let bench: Bench;
  let sleeper: string;

  before(async function () {
    const reason = missing();
    if (reason !== undefined) skip(this, reason);
    bench = await makeBench();
    sleeper = await bench.create({ Cmd: ['sleep', '300'], Env: ['FOO=image'] }, {}, 'sleeper');
    await bench.rooms.containers.start(sleeper, {});
  });

  after(async () => {
    await bench?.[Symbol.asyncDispose]();
  });

  const exec = async (request: ExecCreateRequest, input?: string): Promise<{ id: string; session: AttachSession }> => {
    const { containers } = bench.rooms;
    const { Id } = await containers.execCreate(sleeper, { AttachStdout: true, AttachStderr: true, ...request });
    const session = await containers.execStart(Id, { detach: false, tty: request.Tty ?? false });
    assert.ok(session);
    if (input !== undefined) {
      await session.write(encoder.encode(input));
      await session.endInput();
    }
    return { id: Id, session };
  };

  const inspectExec = async (id: string): Promise<Record<string, unknown>> =>
    (await bench.rooms.containers.execInspect(id)) as Record<string, unknown>;

  it('runs an exec once and keeps its result', async () => {
    const { containers } = bench.rooms;
    const { id, session } = await exec({ Cmd: ['sh', '-c', 'echo $FOO $BAR; echo err >&2; exit 3'], Env: ['BAR=own'] });
    assert.deepEqual(await read(session.output), { stdout: 'image own\n', stderr: 'err\n' });
    for (let tries = 0; (await inspectExec(id))['Running'] === true; tries++) {
      assert.ok(tries < 1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const shown = await inspectExec(id);
    assert.equal(shown['ExitCode'], 3);
    assert.equal(shown['Running'], false);
    assert.equal(shown['ContainerID'], sleeper);
    const again = await containers.execStart(id, { detach: false, tty: false });
    assert.ok(again);
    assert.deepEqual(await read(again.output), { stdout: `exec command ${id} has already run\r\n`, stderr: '' });
    assert.equal((await containers.inspect(sleeper, { size: false })).ExecIDs, null);
  });

  it('ends the stdin of an exec with the client’s half-close', async () => {
    const { session } = await exec({ Cmd: ['sh', '-c', 'cat; echo after'], AttachStdin: true }, 'abc\n');
    assert.deepEqual(await read(session.output), { stdout: 'abc\nafter\n', stderr: '' });
  });

  it('gives an exec a terminal of the size asked for', async () => {
    const { containers } = bench.rooms;
    const { Id } = await containers.execCreate(sleeper, {
      // In its first moment it may see no size yet, of which stty complains and yet ends with 0.
      Cmd: ['sh', '-c', 'until [ "$(stty size 2>/dev/null)" = "33 77" ]; do :; done; echo so'],
      Tty: true,
      AttachStdout: true,
    });
    const session = await containers.execStart(Id, {
      detach: false,
      tty: true,
      consoleSize: { rows: 33, columns: 77 },
    });
    assert.equal(await readRaw(session?.output ?? (async function* () {})()), 'so\r\n');
  });

  it('says on stdout why an exec did not start', async () => {
    const { id, session } = await exec({ Cmd: ['nosuchcmd'] });
    const { stdout } = await read(session.output);
    assert.match(stdout, /OCI runtime exec failed: .*executable file not found in \$PATH.*\r\n$/);
    assert.equal((await inspectExec(id))['ExitCode'], 127);
    const denied = await exec({ Cmd: ['/etc/passwd'] });
    assert.match((await read(denied.session.output)).stdout, /permission denied/);
    assert.equal((await inspectExec(denied.id))['ExitCode'], 126);
    await assert.rejects(exec({ Cmd: ['true'], User: 'nosuchuser' }), {
      message: 'unable to find user nosuchuser: no matching entries in passwd file',
    });
  });

  it('runs an exec as a user of the image', async () => {
    const { session } = await exec({ Cmd: ['id', '-u'], User: 'www' });
    assert.equal((await read(session.output)).stdout, '33\n');
  });

  it('leaves a terminal by the detach keys, and the process runs on', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['cat'], Tty: true, OpenStdin: true });
    const session = await containers.attach(id, { ...attachAll, stdin: true });
    await containers.start(id, {});
    await session.write(encoder.encode('hi\r'));
    await session.write(Uint8Array.of(0x10, 0x11));
    await readRaw(session.output);
    assert.equal((await containers.inspect(id, { size: false })).State?.Running, true);
    assert.ok(bench.events.some((event) => event.id === id && event.action === 'detach'));
  });

  for (const driver of ['json-file', 'local'] as const) {
    it(`reads back what was written (${driver})`, async () => {
      const { containers } = bench.rooms;
      const script = 'for i in 1 2 3 4; do echo "out $i <&>"; done; echo "err é" >&2; printf tail';
      const id = await bench.create({ Cmd: ['sh', '-c', script] }, { LogConfig: { Type: driver } });
      const { result } = await containers.wait(id, 'next-exit', {});
      await containers.start(id, {});
      await result;
      const logs = async (options: Partial<LogOptions>): Promise<{ stdout: string; stderr: string }> =>
        await read((await containers.logs(id, { ...allLogs, ...options })).output);
      const out = 'out 1 <&>\nout 2 <&>\nout 3 <&>\nout 4 <&>\ntail';
      assert.deepEqual(await logs({}), { stdout: out, stderr: 'err é\n' });
      assert.deepEqual(await logs({ stdout: false }), { stdout: '', stderr: 'err é\n' });
      assert.deepEqual(await logs({ tail: 0 }), { stdout: '', stderr: '' });
      assert.deepEqual(await logs({ tail: 100 }), { stdout: out, stderr: 'err é\n' });
      assert.deepEqual(await logs({ tail: 6, stdout: false }), { stdout: '', stderr: 'err é\n' });
      const last = await logs({ tail: 2 });
      assert.equal(last.stdout.length + last.stderr.length > 0, true);
      assert.match(
        (await logs({ timestamps: true, tail: 6 })).stderr,
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z err é\n$/,
      );
      assert.deepEqual(await logs({ sinceNs: BigInt(Date.now()) * 1_000_000n + 60_000_000_000n }), {
        stdout: '',
        stderr: '',
      });
      assert.deepEqual(await logs({ untilNs: 1n }), { stdout: '', stderr: '' });
      assert.deepEqual(await logs({ follow: true }), { stdout: out, stderr: 'err é\n' });
    });

    it(`follows to the end across rotations (${driver})`, async () => {
      const { containers } = bench.rooms;
      const id = await bench.create(
        {
          Cmd: [
            'sh',
            '-c',
            'i=0; while [ $i -lt 400 ]; do echo "line $i ---------------------------"; i=$((i+1)); done; sleep 0.2; echo end',
          ],
        },
        { LogConfig: { Type: driver, Config: { 'max-size': '16k', 'max-file': '9' } } },
      );
      await containers.start(id, {});
      const { output } = await containers.logs(id, { ...allLogs, follow: true });
      const lines = (await read(output)).stdout.split('\n');
      assert.equal(lines.length, 402);
      assert.equal(lines[399], 'line 399 ---------------------------');
      assert.equal(lines[400], 'end');
      const again = (await read((await containers.logs(id, { ...allLogs, tail: 250 })).output)).stdout.split('\n');
      assert.equal(again[0], 'line 151 ---------------------------');
    });
  }

  for (const driver of ['json-file', 'local'] as const) {
    it(`compresses the full files of a log while it is followed, and reads it back (${driver})`, async () => {
      const { containers } = bench.rooms;
      const config = { 'max-size': '16k', 'max-file': '900', compress: 'true' };
      const id = await bench.create(
        { Cmd: ['sh', '-c', 'seq 1 20000; read x; seq 20001 40000'], OpenStdin: true },
        {
          LogConfig: { Type: driver, Config: config },
        },
      );
      const session = await containers.attach(id, { ...attachAll, stdout: false, stderr: false, stdin: true });
      await containers.start(id, {});
      const followed = read((await containers.logs(id, { ...allLogs, follow: true })).output);
      const directory = `${bench.dataRoot}/containers/${id}`;
      const left = async (): Promise<number> => {
        const sizes = (await readdir(directory))
          .filter((name) => /\.\d+$/.test(name))
          .map((name) => join(directory, name));
        return (await Promise.all(sizes.map(async (path) => (await stat(path)).size))).filter((size) => size > 0)
          .length;
      };
      const compressed = async (): Promise<number> =>
        (await readdir(directory)).filter((name) => name.endsWith('.gz')).length;
      await until('it is compressed while it runs', async () => (await compressed()) > 5 && (await left()) === 0);
      await session.write(encoder.encode('\n'));
      const wanted = Array.from({ length: 40_000 }, (_, index) => `${index + 1}\n`).join('');
      assert.ok((await followed).stdout === wanted);
      await until('all of it is compressed', async () => (await left()) === 0);
      assert.ok((await read((await containers.logs(id, allLogs)).output)).stdout === wanted);
      const tail = await read((await containers.logs(id, { ...allLogs, tail: 30_000 })).output);
      assert.ok(tail.stdout === wanted.slice(wanted.indexOf('\n10001\n') + 1));
      const { HostConfig } = await containers.inspect(id, { size: false });
      assert.deepEqual(HostConfig?.LogConfig, { Type: driver, Config: config });
    });
  }

  it('tells who reads a log that a compressed file of it is damaged', async () => {
    const { containers } = bench.rooms;
    const config = { 'max-size': '16k', 'max-file': '900', compress: 'true' };
    const id = await bench.create({ Cmd: ['seq', '1', '2000'] }, { LogConfig: { Type: 'json-file', Config: config } });
    const { result } = await containers.wait(id, 'next-exit', {});
    await containers.start(id, {});
    await result;
    const third = `${bench.dataRoot}/containers/${id}/${id}-json.log.3`;
    await until('it is compressed', async () => (await stat(third)).size === 0);
    await truncate(`${third}.gz`, 200);
    const frames = new FrameReader();
    let [lines, fault] = ['', ''];
    for await (const chunk of (await containers.logs(id, allLogs)).output) {
      for (const { stream, bytes } of frames.push(chunk)) {
        if (stream === streamNumber.systemError) fault += Buffer.from(bytes).toString();
        else lines += Buffer.from(bytes).toString();
      }
    }
    assert.ok(lines.startsWith('1\n2\n') && !lines.includes('\n2000\n'));
    assert.match(fault, /^Error grabbing logs: a file of the container's log is damaged: \S+\.3\.gz: gzip: [^\n]+\n$/);
    assert.deepEqual(await read((await containers.logs(id, { ...allLogs, tail: 1 })).output), {
      stdout: '2000\n',
      stderr: '',
    });
  });

  it('goes on while the disk is slow with mode=non-blocking, and drops what has no room', async () => {
    const { containers } = bench.rooms;
    const options = { mode: 'non-blocking', 'max-buffer-size': '32k' };
    const id = await bench.create(
      { Cmd: ['seq', '1', '100000'] },
      { LogConfig: { Type: 'json-file', Config: options } },
    );
    const disk = await makeSlowDisk(`${bench.dataRoot}/containers/${id}/${id}-json.log`);
    const session = await containers.attach(id, attachAll);
    const { result } = await containers.wait(id, 'next-exit', {});
    await containers.start(id, {});
    let seen = '';
    for await (const chunk of session.output) {
      seen = (seen + Buffer.from(chunk).toString('latin1')).slice(-100);
      if (seen.endsWith('\n100000\n')) break;
    }
    let hasEnded = false;
    void result.finally(() => (hasEnded = true));
    const kept = (await disk.take(() => hasEnded)).trimEnd().split('\n');
    assert.equal((await result).StatusCode, 0);
    const numbers = kept.map((line) => Number((JSON.parse(line) as { readonly log: string }).log));
    assert.equal(numbers[0], 1);
    assert.ok(numbers.length > 300 && numbers.length < 50_000, `${numbers.length} lines`);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
  });

  it('keeps nothing with the driver none, and says so', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['echo', 'x'] }, { LogConfig: { Type: 'none' } });
    await assert.rejects(
      containers.logs(id, allLogs),
      (error) => isEngineError(error) && error.kind === 'notImplemented',
    );
    await assert.rejects(containers.logs(id, { ...allLogs, stdout: false, stderr: false }), {
      message: 'Bad parameters: you must choose at least one stream',
    });
  });

  it('replays the log for attach with logs', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({ Cmd: ['echo', 'said'] });
    const { result } = await containers.wait(id, 'next-exit', {});
    await containers.start(id, {});
    await result;
    const session = await containers.attach(id, { ...attachAll, logs: true, stream: false });
    assert.deepEqual(await read(session.output), { stdout: 'said\n', stderr: '' });
  });

  it('gives stats in Docker’s shape, of what runs and of what does not', async () => {
    const { containers } = bench.rooms;
    const once = async (id: string, oneShot: boolean): Promise<Record<string, Record<string, number> | undefined>> => {
      for await (const object of await containers.stats(id, { stream: false, oneShot }))
        return object as Record<string, Record<string, number> | undefined>;
      throw new Error('no object');
    };
    const running = await once(sleeper, true);
    assert.deepEqual(running['precpu_stats'], {
      cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
      throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
    });
    assert.ok((running['memory_stats']?.['usage'] ?? 0) > 0);
    const two = await once(sleeper, false);
    assert.ok((two['precpu_stats']?.['system_cpu_usage'] ?? 0) > 0);
    const stopped = await bench.create({ Cmd: ['true'] });
    assert.deepEqual((await once(stopped, true))['memory_stats'], {});
  });

  it('shows the processes through ps', async () => {
    const { containers } = bench.rooms;
    const shown = await containers.top(sleeper, '-o pid,args');
    assert.deepEqual(shown.Titles, ['PID', 'COMMAND']);
    assert.equal(shown.Processes?.length, 1);
    assert.match(shown.Processes?.[0]?.[1] ?? '', /sleep 300/);
    await assert.rejects(containers.top(sleeper, '-o args'), { message: "Couldn't find PID field in ps output" });
  });

  it('reports health, and tells when it changes', async () => {
    const { containers } = bench.rooms;
    const id = await bench.create({
      Cmd: ['sleep', '300'],
      Healthcheck: {
        Test: ['CMD-SHELL', 'echo probe; test -f /tmp/ok'],
        Interval: 100_000_000,
        Timeout: 5_000_000_000,
        Retries: 2,
      },
    });
    await containers.start(id, {});
    const health = async (wanted: string): Promise<boolean> =>
      await until(`it is ${wanted}`, async () =>
        bench.events.some((event) => event.id === id && event.action === `health_status: ${wanted}`),
      );
    await health('unhealthy');
    const { State } = await containers.inspect(id, { size: false });
    assert.equal(State?.Health?.Status, 'unhealthy');
    assert.equal(State?.Health?.Log?.[0]?.Output, 'probe\n');
    const { Id } = await containers.execCreate(id, { Cmd: ['touch', '/tmp/ok'] });
    await containers.execStart(Id, { detach: true, tty: false });
    await health('healthy');
    const [row] = await containers.list({ all: false, size: false, filters: new Map([['id', [id]]]) });
    assert.match(row?.Status ?? '', /^Up .* \(healthy\)$/);
  });
});
