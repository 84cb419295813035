// Writing to a local socket without Node's streams, as far as the socket takes it: to a real one, whose reader is slow.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAtOnce } from '../../runtime/src/host/node/write-at-once.ts';

describe('host/node write-at-once', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coracle-host-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function pair(): Promise<{ readonly writer: Socket; readonly reader: Socket; readonly end: () => void }> {
    const server = createServer({ pauseOnConnect: true }).listen(join(folder, 's'));
    await once(server, 'listening');
    const writer = connect(join(folder, 's'));
    const [reader] = (await once(server, 'connection')) as [Socket];
    if (writer.connecting) await once(writer, 'connect');
    return { writer, reader, end: () => void server.close() };
  }

  it('keeps nothing back of what the socket takes', async () => {
    const { writer, reader, end } = await pair();
    writeAtOnce(writer, Buffer.from('small'));
    assert.equal(writer.bytesWritten, 0, 'it went through the stream');
    const [got] = (await once(reader.resume(), 'data')) as [Buffer];
    assert.equal(got.toString(), 'small');
    writer.destroy();
    end();
  });

  it('brings everything, in order, to who reads late', async () => {
    const { writer, reader, end } = await pair();
    // More than a socket holds, then more behind it while that waits.
    const sent = Array.from({ length: 40 }, (_, index) =>
      Buffer.alloc(index === 3 ? 3_000_000 : 1000, 65 + (index % 26)),
    );
    for (const bytes of sent) writeAtOnce(writer, bytes);
    assert.ok(writer.writableLength > 0, 'nothing had to wait');
    writer.end();
    const got: Buffer[] = [];
    for await (const chunk of reader.resume()) got.push(chunk as Buffer);
    assert.ok(Buffer.concat(got).equals(Buffer.concat(sent)));
    end();
  });

  it('tells on the socket that nobody reads any more', async () => {
    const { writer, reader, end } = await pair();
    const failed = once(writer, 'error');
    const gone = once(reader, 'close');
    reader.destroy();
    await gone;
    writeAtOnce(writer, Buffer.from('lost'));
    const [error] = (await failed) as [NodeJS.ErrnoException];
    assert.match(error.code ?? '', /^(EPIPE|ECONNRESET)$/);
    end();
  });
});
