// The Node host against a real disk, real compressed data and a real http server.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Bytes } from '../../runtime/src/host/host.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { isKind } from '../../runtime/src/spec/errors.ts';

const host = createNodeHost();

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function collect(input: Bytes): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(part);
  return Buffer.concat(parts);
}

describe('host/node files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coracle-host-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes whole documents and leaves nothing beside them', async () => {
    const path = join(folder, 'state.json');
    await host.files.writeAtomic(path, 'one');
    await host.files.writeAtomic(path, 'two', { durable: false, mode: 0o640 });
    assert.equal(await host.files.readText(path), 'two');
    assert.equal((await host.files.stat(path))?.mode, 0o640);
    await assert.rejects(host.files.writeAtomic(folder, 'x', { durable: false }), (e) => isKind(e, 'invalidParameter'));
    assert.deepEqual(await readdir(folder), ['state.json']);
  });

  it('tells absence apart from failure', async () => {
    const absent = join(folder, 'absent');
    assert.equal(await host.files.stat(absent), undefined);
    assert.deepEqual(await host.files.list(absent), []);
    await host.files.remove(absent);
    await assert.rejects(host.files.readText(absent), (e) => isKind(e, 'notFound') && e.message.includes(absent));
    await assert.rejects(collect(host.files.stream(absent)), (e) => isKind(e, 'notFound'));
  });

  it('makes folders with those above them, and says where none can be made', async () => {
    const deep = join(folder, 'a/b/c');
    await host.files.makeDirectory(deep, { recursive: true, mode: 0o700 });
    await host.files.makeDirectory(deep, { recursive: true });
    for (const one of [deep, join(folder, 'a')]) assert.equal((await host.files.stat(one))?.mode, 0o700);
    await writeFile(join(folder, 'file'), '');
    for (const [path, kind] of [
      ['/proc/nope/deep', 'notFound'],
      [join(folder, 'file'), 'conflict'],
      [join(folder, 'file/x/y'), 'invalidParameter'],
    ] as const) {
      await assert.rejects(host.files.makeDirectory(path, { recursive: true }), (e) => isKind(e, kind));
    }
  });

  it('streams ranges, and appends', async () => {
    const path = join(folder, 'data');
    const data = Buffer.alloc(1_000_000, 'abcdefg');
    await writeFile(path, data.subarray(0, 600_000));
    await using file = await host.files.create(path, { append: true });
    await file.write(data.subarray(600_000));
    await file.close();
    assert.deepEqual(await collect(host.files.stream(path)), data);
    assert.deepEqual(
      await collect(host.files.stream(path, { start: 5, end: 700_001 })),
      Buffer.from(data.subarray(5, 700_001)),
    );
    for await (const chunk of host.files.stream(path)) {
      assert.ok(chunk.length > 0);
      break; // leaves while the next chunk is being read
    }
  });

  it('counts a hard link once in the size of a tree', async () => {
    await writeFile(join(folder, 'a'), Buffer.alloc(5000));
    await host.files.link(join(folder, 'a'), join(folder, 'b'));
    await host.files.makeDirectory(join(folder, 'c/d'), { recursive: true });
    await writeFile(join(folder, 'c/d/e'), Buffer.alloc(70));
    assert.equal(await host.files.treeSize(folder), 5070);
  });

  it('notices a change', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    using watcher = host.files.watch(folder, resolve);
    assert.ok(watcher);
    await writeFile(join(folder, 'new'), '');
    await promise;
  });
});

describe('host/node codec', () => {
  const text = Buffer.from('coracle '.repeat(200_000));

  for (const kind of ['none', 'gzip', 'zstd'] as const) {
    it(`gives back what went in: ${kind}`, async () => {
      const packed = host.codec.compress(kind, chunks(text.subarray(0, 7), text.subarray(7)));
      assert.deepEqual(await collect(host.codec.decompress(kind, packed)), text);
    });
  }

  it('reads members and frames that follow each other', async () => {
    const twice = (one: Uint8Array) => chunks(one, one);
    assert.deepEqual(await collect(host.codec.decompress('gzip', twice(gzipSync(text)))), Buffer.concat([text, text]));
    const frames = twice(zstdCompressSync(text));
    assert.deepEqual(await collect(host.codec.decompress('zstd', frames)), Buffer.concat([text, text]));
  });

  it('reports damaged and truncated input as the sender’s fault', async () => {
    for (const [kind, packed] of [
      ['gzip', gzipSync(text)],
      ['zstd', zstdCompressSync(text)],
    ] as const) {
      const cut = chunks(packed.subarray(0, packed.length - 9));
      await assert.rejects(collect(host.codec.decompress(kind, cut)), (e) => isKind(e, 'invalidParameter'));
      const junk = chunks(Buffer.from('this is no compressed data at all'));
      await assert.rejects(collect(host.codec.decompress(kind, junk)), (e) => isKind(e, 'invalidParameter'));
    }
  });

  it('passes on a failure of its input, and ends the input when left early', async () => {
    const gone = new Error('connection gone');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield gzipSync(text).subarray(0, 20);
      throw gone;
    }
    await assert.rejects(collect(host.codec.decompress('gzip', failing())), gone);
    const { promise, resolve } = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield gzipSync(text);
      } finally {
        resolve();
      }
    }
    for await (const chunk of host.codec.decompress('gzip', endless())) {
      assert.ok(chunk.length > 0);
      break;
    }
    await promise;
  });

  it('hashes', () => {
    const hasher = host.codec.hasher('sha256');
    hasher.update(Buffer.from('abc'));
    assert.equal(hasher.hex(), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('host/node http', () => {
  async function serve(handler: RequestListener) {
    const server = createServer(handler);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      port,
      url: `http://127.0.0.1:${port}/`,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  }

  it('sends a streamed body and joins repeated headers', async () => {
    await using server = await serve((request, response) => {
      response.setHeader('X-Two', ['a', 'b']);
      response.writeHead(307, { Location: '/elsewhere' });
      request.pipe(response);
    });
    const body = chunks(Buffer.from('hello '), Buffer.from('there'));
    const response = await host.http.request({ method: 'PUT', url: server.url, body });
    assert.equal(response.status, 307);
    assert.equal(response.headers['x-two'], 'a, b');
    assert.equal(response.headers['location'], '/elsewhere');
    assert.equal((await collect(response.body)).toString(), 'hello there');
  });

  it('names a refused connection as moby does', async () => {
    const { port } = await (async () => {
      await using server = await serve(() => undefined);
      return server;
    })();
    await assert.rejects(
      host.http.request({ method: 'GET', url: `http://127.0.0.1:${port}/` }),
      (e) => isKind(e, 'unavailable') && e.message === `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
  });

  it('says so when a plain server answers a TLS client', async () => {
    await using server = await serve((_, response) => response.end());
    await assert.rejects(
      host.http.request({ method: 'GET', url: server.url.replace('http:', 'https:') }),
      (e) => isKind(e, 'unavailable') && e.message === 'http: server gave HTTP response to HTTPS client',
    );
  });

  it('fails a body that ends before its length', async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('ten bytes.', () => response.destroy());
    });
    const response = await host.http.request({ method: 'GET', url: server.url });
    await assert.rejects(collect(response.body), (e) => isKind(e, 'unavailable'));
  });

  it('rejects with the reason of an abort, before and within the body', async () => {
    await using server = await serve((_, response) => {
      response.write('some');
    });
    const reason = new Error('client went away');
    const controller = new AbortController();
    const response = await host.http.request({ method: 'GET', url: server.url, signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(collect(response.body), reason);
    await assert.rejects(host.http.request({ method: 'GET', url: server.url, signal: controller.signal }), reason);
  });

  it('takes up a kept connection that the server has closed meanwhile', async () => {
    const sockets = new Set<unknown>();
    await using server = await serve((request, response) => {
      sockets.add(request.socket);
      response.end('ok', () => {
        if (sockets.size === 1) request.socket.resetAndDestroy();
      });
    });
    for (let round = 0; round < 3; round++) {
      const response = await host.http.request({ method: 'GET', url: server.url });
      assert.equal((await collect(response.body)).toString(), 'ok');
    }
  });
});

describe('host/node clock', () => {
  it('counts nanoseconds near the system’s clock', () => {
    const before = host.clock.nowNs();
    const now = BigInt(host.clock.now()) * 1_000_000n;
    const after = host.clock.nowNs();
    assert.ok(after > before);
    // Between the looks the process may have to wait for its turn.
    assert.ok(now > before - 5_000_000n && now < after + 5_000_000n);
  });

  it('stops sleeping with the reason of the abort', async () => {
    const reason = new Error('enough');
    await assert.rejects(host.clock.sleep(60_000, { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const sleeping = host.clock.sleep(60_000, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(sleeping, reason);
    await host.clock.sleep(1, { ref: true });
  });
});
