// Our client pushes over a connection that breaks: to our registry, which it goes on with, and to Debian's.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { createRegistry } from '../../runtime/src/registry/registry.ts';
import type { Digest } from '../../runtime/src/spec/digest.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { parseReference } from '../../runtime/src/spec/reference.ts';
import { requireRegistry, startRegistry } from '../helpers/registry.ts';
import { digestOf, someBytes } from './in-process.ts';
import { requireProgram, serve } from './program.ts';

interface Breaking extends AsyncDisposable {
  readonly address: string;
}

/** A way to a registry on which connections are cut whenever so many more bytes have gone that way, some times. */
async function breaking(to: string, everyBytes: number, times: number): Promise<Breaking> {
  const sockets = new Set<Socket>();
  let sent = 0;
  let left = times;
  const server = createServer((client) => {
    const target = connect(Number(to.split(':')[1]), '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => (client.destroy(), target.destroy()));
    }
    client.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      const limit = everyBytes * (times - left + 1);
      if (left === 0 || sent < limit) {
        if (!target.write(chunk)) client.pause();
        return;
      }
      left -= 1;
      // What came before the cut arrives.
      target.end(chunk);
      client.destroy();
    });
    target.on('drain', () => client.resume());
    target.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return {
    address: `127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

describe('registry: pushing over connections that break', function () {
  this.timeout(120_000);
  const bytes = someBytes(12_000_000);
  const digest = digestOf(bytes) as Digest;

  async function push(address: string): Promise<string> {
    const config = () => ({ insecureRegistries: [], mirrors: [] });
    const client = createRegistry({ host: createNodeHost(), logger: silentLogger, config });
    return await client.pushTarget(parseReference(`${address}/team/app:1`), undefined).putBlob({
      digest,
      size: bytes.length,
      async *open() {
        for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
      },
    });
  }

  async function checkThere(address: string): Promise<void> {
    const got = await fetch(`http://${address}/v2/team/app/blobs/${digest}`);
    assert.equal(digestOf(Buffer.from(await got.arrayBuffer())), digest);
  }

  it('goes on from where it broke', async function () {
    requireProgram(this);
    await using registry = await serve(['--log-level', 'debug']);
    await using way = await breaking(registry.address, 3_000_000, 3);
    assert.equal(await push(way.address), 'sent');
    await checkThere(registry.address);
    // Begun anew each time, it would be four; a busy machine may not have noticed each cut in time.
    const begun = registry.logs().match(/method=POST /g)?.length ?? 0;
    assert(begun > 0 && begun < 4, `${begun} uploads were begun`);
    assert.match(registry.logs(), /method=GET url=\/v2\/team\/app\/blobs\/uploads\/\S+ status=204/);
  });

  it("brings it to Debian's registry whole", async function () {
    requireRegistry(this);
    await using registry = await startRegistry();
    await using way = await breaking(registry.address, 3_000_000, 2);
    assert.equal(await push(way.address), 'sent');
    await checkThere(registry.address);
  });
});
