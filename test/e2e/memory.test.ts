// The daemon's memory while images of different sizes come in and go out.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { noXattrs, type TarEntry } from '../../runtime/src/spec/tar/header.ts';
import { writeTar, type WritableMember } from '../../runtime/src/spec/tar/writer.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';

const MiB = 2 ** 20;
const fileSize = 4 * MiB;

/** A root file system of so many bytes, made while it is read. */
async function* rootfs(size: number): AsyncGenerator<WritableMember> {
  for (let index = 0; index < size / fileSize; index++) {
    const plain: TarEntry = {
      path: `file-${index}`,
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: fileSize,
      mtimeNs: 0n,
      linkName: '',
      deviceMajor: 0,
      deviceMinor: 0,
      xattrs: noXattrs,
    };
    yield { ...plain, content: content(index) };
  }
}

async function* content(seed: number): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < fileSize / MiB; piece++) yield Buffer.alloc(MiB, seed * 31 + piece);
}

async function exchange(daemon: TempDaemon, method: string, path: string, body?: Readable): Promise<IncomingMessage> {
  const outgoing = request({ socketPath: daemon.socket, method, path });
  const response = once(outgoing, 'response');
  if (body === undefined) outgoing.end();
  else await pipeline(body, outgoing);
  const [incoming] = (await response) as [IncomingMessage];
  assert.equal(incoming.statusCode, 200);
  return incoming;
}

/** The most that was resident since the last call, in bytes. */
function peak(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return Number(kilobytes) * 1024;
}

describe('memory of the daemon', () => {
  before(function () {
    requireDaemon(this);
  });

  it('does not grow with the size of an image that is imported and saved', async function () {
    this.timeout(240_000);
    await using daemon = await startDaemon();
    const peakWith = async (size: number): Promise<number> => {
      peak(daemon.pid());
      const name = `size-${size}`;
      const body = Readable.from(writeTar(rootfs(size)), { objectMode: false });
      const told = await exchange(daemon, 'POST', `/images/create?fromSrc=-&repo=${name}&tag=1`, body);
      assert.match(await told.setEncoding('utf8').reduce((all: string, text: string) => all + text, ''), /sha256:/);
      let saved = 0;
      for await (const chunk of await exchange(daemon, 'GET', `/images/${name}:1/get`))
        saved += (chunk as Buffer).length;
      assert.ok(saved > size);
      return peak(daemon.pid());
    };
    const small = await peakWith(32 * MiB);
    const large = await peakWith(192 * MiB);
    assert.ok(large - small < 80 * MiB, `${small} bytes for the small one, ${large} for one that is 160 MiB larger`);
  });
});
