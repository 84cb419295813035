// Output that the shim writes to the client's socket itself: whole, in order, at the client's pace, and what the daemon still
// has to do with the connection.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameReader } from '../../runtime/src/spec/stream/multiplex.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';

const image = 'hand-over:1';

describe('output handed over', () => {
  let daemon: TempDaemon;

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
    await ask(daemon.socket, '/images/load', { method: 'POST', body: await busyboxArchive(image) });
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  async function post(path: string, body?: object): Promise<string> {
    const reply = await ask(daemon.socket, path, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
    });
    assert.ok(reply.status < 300, reply.body);
    return reply.body;
  }

  async function create(script: string, more: object = {}): Promise<string> {
    const body = {
      Image: image,
      Cmd: ['sh', '-c', script],
      HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none' } },
      ...more,
    };
    return (JSON.parse(await post('/containers/create', body)) as { Id: string }).Id;
  }

  /** A connection that has been taken over, its head read. */
  async function attach(id: string, streams = 'stdout=1&stderr=1'): Promise<Socket> {
    const socket = connect({ path: daemon.socket, allowHalfOpen: true });
    const head = `POST /containers/${id}/attach?stream=1&${streams} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`;
    socket.write(head);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    assert.match(reply.toString(), /^HTTP\/1\.1 101 UPGRADED\r\n[^]*\r\n\r\n$/);
    socket.pause();
    return socket;
  }

  function daemonCpuMs(): number {
    const fields = readStat(daemon.pid());
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  it('reaches a slow client whole and in order, and costs the daemon nothing', async () => {
    const lines = 400_000;
    const id = await create(`seq 1 ${lines}; echo end >&2`);
    const socket = await attach(id);
    const before = daemonCpuMs();
    await post(`/containers/${id}/start`);
    await sleep(300); // the client looks away: the container must wait, not lose
    const frames = new FrameReader();
    const hash = createHash('sha256');
    let errors = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (const { stream, bytes } of frames.push(chunk)) {
        if (stream === 1) hash.update(bytes);
        else errors += Buffer.from(bytes).toString();
      }
    }
    const expected = createHash('sha256').update(
      Array.from({ length: lines }, (_, index) => `${index + 1}\n`).join(''),
    );
    assert.equal(hash.digest('hex'), expected.digest('hex'));
    assert.equal(errors, 'end\n');
    assert.ok(frames.isBetweenFrames);
    assert.ok(daemonCpuMs() - before < 500);
  });

  it('leaves input and half-close to the daemon', async () => {
    const id = await create('cat; echo done', { OpenStdin: true, StdinOnce: true, Tty: false });
    const socket = await attach(id, 'stdin=1&stdout=1');
    await post(`/containers/${id}/start`);
    socket.write('hello ');
    await sleep(50);
    socket.end('world\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    const pieces = new FrameReader().push(Buffer.concat(chunks));
    assert.equal(pieces.map(({ bytes }) => Buffer.from(bytes).toString()).join(''), 'hello world\ndone\n');
  });

  it('ends at the detach keys while the container runs on', async () => {
    const id = await create('echo ready; cat', { OpenStdin: true, Tty: true });
    const socket = await attach(id, 'stdin=1&stdout=1');
    await post(`/containers/${id}/start`);
    let seen = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      const isNew = !seen.includes('ready');
      seen += chunk.toString();
      if (isNew && seen.includes('ready')) socket.write(Uint8Array.of(0x10, 0x11));
    }
    assert.match(seen, /^ready\r\n/);
    const { body } = await ask(daemon.socket, `/containers/${id}/json`);
    assert.equal((JSON.parse(body) as { State: { Running: boolean } }).State.Running, true);
    await ask(daemon.socket, `/containers/${id}?force=1`, { method: 'DELETE' });
  });

  it('does not hold the container when the client vanishes', async () => {
    const id = await create('seq 1 1000000; echo gone');
    const socket = await attach(id);
    await post(`/containers/${id}/start`);
    await once(socket.resume(), 'data');
    socket.destroy();
    assert.match(await post(`/containers/${id}/wait`), /"StatusCode":0/);
  });

  it('has the last word to the daemon when a start fails', async () => {
    const id = await create('');
    const created = JSON.parse(
      await post('/containers/create', { Image: image, Cmd: ['nosuch'], HostConfig: { NetworkMode: 'none' } }),
    ) as { Id: string };
    const socket = await attach(created.Id);
    const { status } = await ask(daemon.socket, `/containers/${created.Id}/start`, { method: 'POST' });
    assert.equal(status, 400);
    for await (const _ of socket) assert.fail('nothing was to be said');
    await ask(daemon.socket, `/containers/${id}?force=1`, { method: 'DELETE' });
  });
});

function readStat(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
