// Behaviours that only a client library shows: hijacked streams and their half-close, waits, bodies, headers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough, Readable, type Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { extract } from 'tar-stream';
import { tarOf } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { image, useEngine } from './engine.ts';

/** Splits Docker's frames until the stream ends. */
async function demux(docker: Docker, stream: NodeJS.ReadableStream): Promise<{ out: string; err: string }> {
  const out = new PassThrough();
  const err = new PassThrough();
  docker.modem.demuxStream(stream, out, err);
  stream.on('end', () => [out, err].forEach((part) => part.end()));
  stream.on('close', () => [out, err].forEach((part) => part.end()));
  const [first, second] = await Promise.all([text(out), text(err)]);
  return { out: first, err: second };
}

/** Reads until what came fits. */
async function told(stream: Duplex, words: RegExp): Promise<void> {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(`${words} comes`, () => Promise.resolve(words.test(text)));
}

describe('conformance: dockerode', () => {
  const engine = useEngine();

  async function create(options: Docker.ContainerCreateOptions): Promise<Docker.Container> {
    return engine().docker.createContainer({ Image: image, name: engine().name(), ...options });
  }

  async function startSleeper(): Promise<Docker.Container> {
    const container = await create({ Cmd: ['sleep', '600'] });
    await container.start();
    return container;
  }

  it('attaches before the start and misses nothing', async () => {
    const container = await create({ Cmd: ['sh', '-c', 'echo out; echo err >&2'] });
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const both = demux(engine().docker, stream);
    await container.start();
    assert.deepEqual(await both, { out: 'out\n', err: 'err\n' });
  });

  it('keeps the output coming after the client half-closed', async () => {
    const container = await create({
      Cmd: ['sh', '-c', 'sort; sleep 0.3; echo end'],
      OpenStdin: true,
      StdinOnce: true,
    });
    const stream = (await container.attach({ stream: true, stdin: true, stdout: true, hijack: true })) as Duplex;
    const both = demux(engine().docker, stream);
    await container.start();
    stream.end('b\na\n');
    assert.equal((await both).out, 'a\nb\nend\n');
  });

  it('keeps stdin open after the client left when StdinOnce is false', async () => {
    const container = await create({ Cmd: ['cat'], OpenStdin: true, StdinOnce: false });
    await container.start();
    const first = (await container.attach({ stream: true, stdin: true, stdout: true, hijack: true })) as Duplex;
    first.write('x\n');
    await told(first, /x\n/);
    first.destroy();
    const second = (await container.attach({ stream: true, stdin: true, stdout: true, hijack: true })) as Duplex;
    second.write('y\n');
    await told(second, /y\n$/);
    second.destroy();
    assert.equal((await container.inspect()).State.Running, true);
  });

  it('replays the log and goes on live with logs=1&stream=1', async () => {
    const container = await create({ Cmd: ['sh', '-c', 'echo a; read x; echo b'], OpenStdin: true, StdinOnce: true });
    await container.start();
    await until('the first line is logged', async () =>
      (await container.logs({ stdout: true })).toString().includes('a\n'),
    );
    const stream = (await container.attach({
      stream: true,
      logs: true,
      stdin: true,
      stdout: true,
      hijack: true,
    })) as Duplex;
    const both = demux(engine().docker, stream);
    stream.end('go\n');
    assert.equal((await both).out, 'a\nb\n');
  });

  it('exec gives output after the end of its stdin', async () => {
    const container = await startSleeper();
    const exec = await container.exec({
      Cmd: ['sh', '-c', 'wc -c; echo err >&2; exit 9'],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream: Duplex = await exec.start({ hijack: true, stdin: true });
    const both = demux(engine().docker, stream);
    stream.end(Buffer.alloc(300_000, 'x'));
    assert.deepEqual(await both, { out: '300000\n', err: 'err\n' });
    const { ExitCode, Running } = await exec.inspect();
    assert.deepEqual({ ExitCode, Running }, { ExitCode: 9, Running: false });
  });

  it('exec with a terminal is not framed and can be resized', async () => {
    const container = await startSleeper();
    const exec = await container.exec({
      Cmd: ['sh', '-c', 'read x; stty size'],
      AttachStdin: true,
      AttachStdout: true,
      Tty: true,
    });
    const stream: Duplex = await exec.start({ hijack: true, stdin: true, Tty: true });
    await exec.resize({ h: 31, w: 97 });
    stream.write('\n');
    assert.match(await text(stream), /31 97\r\n$/);
  });

  it('refuses an exec without a command', async () => {
    const container = await startSleeper();
    await assert.rejects(container.exec({ Cmd: [] }), /No exec command specified/i);
  });

  it('answers wait for the next exit at its next exit', async () => {
    const container = await create({ Cmd: ['sh', '-c', 'exit 12'] });
    const waiting = container.wait({ condition: 'next-exit' });
    await container.start();
    assert.equal((await waiting).StatusCode, 12);
  });

  it('answers wait for removal after an auto-remove', async () => {
    const container = await create({ Cmd: ['sh', '-c', 'exit 13'], HostConfig: { AutoRemove: true } });
    const waiting = container.wait({ condition: 'removed' });
    await container.start();
    assert.equal((await waiting).StatusCode, 13);
    await assert.rejects(container.inspect(), { statusCode: 404 });
  });

  it('answers wait at once for what does not run', async () => {
    const container = await create({ Cmd: ['true'] });
    assert.equal((await container.wait()).StatusCode, 0);
  });

  it('says 304 for a second start and a second stop', async () => {
    const container = await startSleeper();
    await assert.rejects(container.start(), { statusCode: 304 });
    await container.stop({ t: 0 });
    await assert.rejects(container.stop(), { statusCode: 304 });
  });

  it('says 409 for what needs a running container', async () => {
    const container = await create({ Cmd: ['true'] });
    await assert.rejects(container.kill(), { statusCode: 409 });
    await assert.rejects(container.exec({ Cmd: ['true'] }), { statusCode: 409 });
    await assert.rejects(container.pause(), { statusCode: 409 });
  });

  it('follows logs until the end, with both streams', async () => {
    const container = await create({ Cmd: ['sh', '-c', 'for i in 1 2 3; do echo $i; echo e$i >&2; sleep 0.2; done'] });
    await container.start();
    const stream = await container.logs({ follow: true, stdout: true, stderr: true });
    assert.deepEqual(await demux(engine().docker, stream), { out: '1\n2\n3\n', err: 'e1\ne2\ne3\n' });
  });

  it('gives 4 MiB of random bytes through attach unharmed', async () => {
    const size = 4 << 20;
    const container = await create({
      Cmd: ['sh', '-c', `head -c ${size} /dev/urandom >/f; cat /f`],
      HostConfig: { LogConfig: { Type: 'none', Config: {} } },
    });
    const stream = await container.attach({ stream: true, stdout: true });
    const out = new PassThrough();
    engine().docker.modem.demuxStream(stream, out, new PassThrough());
    stream.on('end', () => out.end());
    const reading = buffer(out);
    await container.start();
    const received = await reading;
    const archive = await buffer(await container.getArchive({ path: '/f' }));
    assert.equal(received.length, size);
    assert(archive.includes(received.subarray(0, 4096)) && archive.includes(received.subarray(size - 4096)));
  });

  it('puts an archive and reads it back', async () => {
    const container = await create({ Cmd: ['true'] });
    await container.putArchive(Buffer.from(await tarOf({ 'a/': '', 'a/b': 'content', l: { link: 'a/b' } })), {
      path: '/tmp',
    });
    const names: string[] = [];
    const tar = extract();
    tar.on('entry', (header, stream, next) => {
      names.push(`${header.name} ${header.type}`);
      stream.on('end', next).resume();
    });
    (await container.getArchive({ path: '/tmp/a' })).pipe(tar);
    await once(tar, 'finish');
    assert.deepEqual(names, ['a/ directory', 'a/b file']);
  });

  it('answers HEAD of an archive with the stat of the path', async () => {
    const container = await create({ Cmd: ['true'] });
    const reply = await ask(engine().socket, `/containers/${container.id}/archive?path=/etc/passwd`, {
      method: 'HEAD',
    });
    assert.equal(reply.status, 200);
    const header = String(reply.headers['x-docker-container-path-stat']);
    const stat = JSON.parse(Buffer.from(header, 'base64').toString()) as Record<string, unknown>;
    assert.deepEqual([stat['name'], stat['mode'], stat['linkTarget']], ['passwd', 0o644, '']);
  });

  it('streams stats, a sample a second', async () => {
    const container = await startSleeper();
    const stream = (await container.stats({ stream: true })) as unknown as Readable;
    const samples: {
      read: string;
      pids_stats: { current: number };
      precpu_stats: { cpu_usage: { total_usage: number } };
    }[] = [];
    for await (const line of createInterface({ input: stream })) {
      samples.push(JSON.parse(line) as (typeof samples)[number]);
      if (samples.length === 2) break;
    }
    // Its end is not the stream's, which would go on until the engine goes.
    stream.destroy();
    assert.equal(samples[0]?.pids_stats.current, 1);
    assert(Date.parse(samples[1]?.read ?? '') - Date.parse(samples[0]?.read ?? '') >= 500);
  });

  it('ends a stream of events when the client goes', async () => {
    const stream = await engine().docker.getEvents({
      filters: JSON.stringify({ type: ['container'], event: ['create'] }),
    });
    const event = once(stream, 'data');
    const container = await create({ Cmd: ['true'] });
    const [chunk] = (await event) as [Buffer];
    const message = JSON.parse(chunk.toString()) as { Action: string; Actor: { ID: string } };
    assert.deepEqual([message.Action, message.Actor.ID], ['create', container.id]);
    (stream as unknown as Duplex).destroy();
  });

  it('takes filters in both forms', async () => {
    const container = await create({ Cmd: ['true'], Labels: { form: engine().name() } });
    const label = `form=${(await container.inspect()).Config.Labels['form'] ?? ''}`;
    for (const filters of [{ label: [label] }, { label: { [label]: true } }]) {
      const query = encodeURIComponent(JSON.stringify(filters));
      const { body } = await ask(engine().socket, `/containers/json?all=1&filters=${query}`);
      assert.deepEqual(
        (JSON.parse(body) as { Id: string }[]).map(({ Id }) => Id),
        [container.id],
      );
    }
  });

  it('answers ping with its headers, by GET and HEAD', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await ask(engine().socket, '/_ping', { method });
      assert.equal(status, 200);
      assert.match(String(headers['api-version']), /^1\.\d+$/);
      assert.equal(headers['ostype'], 'linux');
      assert.match(String(headers['cache-control']), /no-cache/);
      assert.equal(body, method === 'GET' ? 'OK' : '');
    }
  });

  it('answers errors as JSON', async () => {
    const unknown = await ask(engine().socket, '/v1.41/no/such/path');
    assert.deepEqual([unknown.status, JSON.parse(unknown.body)], [404, { message: 'page not found' }]);
    const tooNew = await ask(engine().socket, '/v1.99/info');
    assert.equal(tooNew.status, 400);
    assert.match(tooNew.body, /client version 1\.99 is too new\. Maximum supported API version is 1\.\d+/);
  });

  it('gives a terminal the size that the client asked for before the start', async () => {
    const container = await create({
      Cmd: ['sh', '-c', 'until [ "$(stty size)" = "12 34" ]; do sleep 0.1; done; stty size'],
      Tty: true,
    });
    const stream = await container.attach({ stream: true, stdout: true });
    await container.start();
    await container.resize({ h: 12, w: 34 });
    assert.match(await text(stream), /12 34\r\n/);
  });

  it('runs sixteen containers at once', async () => {
    const codes = await Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        const container = await create({ Cmd: ['sh', '-c', `exit ${index}`] });
        const waiting = container.wait({ condition: 'next-exit' });
        await container.start();
        return ((await waiting) as { StatusCode: number }).StatusCode;
      }),
    );
    assert.deepEqual(
      codes,
      Array.from({ length: 16 }, (_, index) => index),
    );
  });

  it('builds by BuildKit, in a session of its own', async () => {
    const tag = `${engine().name()}:built`;
    const context = Readable.from([await tarOf({ Dockerfile: `FROM ${image}\nCOPY note /note\n`, note: 'here\n' })]);
    const output = await engine().docker.buildImage(context, { t: tag, version: '2' });
    const errors: string[] = [];
    await new Promise<void>((resolve, reject) => {
      engine().docker.modem.followProgress(
        output,
        (error) => (error === null ? resolve() : reject(error)),
        ({ error }: { readonly error?: string }) => errors.push(...(error === undefined ? [] : [error])),
      );
    });
    assert.deepEqual(errors, []);
    const container = await engine().docker.createContainer({
      Image: tag,
      name: engine().name(),
      Cmd: ['cat', '/note'],
    });
    const stream = await container.attach({ stream: true, stdout: true });
    const both = demux(engine().docker, stream);
    await container.start();
    assert.equal((await both).out, 'here\n');
  });
});
