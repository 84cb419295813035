// Pushing through something that takes no long requests, as proxies before a registry do.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, createServer, request as httpRequest } from 'node:http';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { createRegistry } from '../../runtime/src/registry/registry.ts';
import type { Digest } from '../../runtime/src/spec/digest.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { parseReference } from '../../runtime/src/spec/reference.ts';
import { requireRegistry, startRegistry } from '../helpers/registry.ts';
import { digestOf, someBytes } from '../registry-server/in-process.ts';
import { requireProgram, serve } from '../registry-server/program.ts';

const longest = 9_000_000;

interface Proxy extends AsyncDisposable {
  readonly address: string;
  readonly ranges: string[];
}

/** @param breaks how many chunks it takes and then forgets, with the connection */
async function startProxy(registry: string, breaks = 0): Promise<Proxy> {
  const ranges: string[] = [];
  let left = breaks;
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    if (Number(headers['content-length'] ?? 0) > longest) {
      request.resume().on('end', () => response.writeHead(413).end());
      return;
    }
    if (method === 'PATCH') {
      ranges.push(headers['content-range'] ?? '');
      if (ranges.length > 1 && left-- > 0) {
        request.socket.destroy();
        return;
      }
    }
    const onward = httpRequest(`http://${registry}${url}`, { method, headers }, (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const listening = server.address();
  if (listening === null || typeof listening === 'string') throw new Error('no address');
  return {
    address: `127.0.0.1:${listening.port}`,
    ranges,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('registry: pushing in chunks', function () {
  this.timeout(120_000);
  const bytes = someBytes(20_000_000);
  const digest = digestOf(bytes) as Digest;
  const mebibytes8 = 8 * 1024 * 1024;
  const whole = [`0-${mebibytes8 - 1}`, `${mebibytes8}-${2 * mebibytes8 - 1}`, `${2 * mebibytes8}-${bytes.length - 1}`];

  async function push(way: Proxy, registry: string): Promise<void> {
    const config = () => ({ insecureRegistries: [], mirrors: [] });
    const client = createRegistry({ host: createNodeHost(), logger: silentLogger, config });
    const outgoing = {
      digest,
      size: bytes.length,
      async *open() {
        for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
      },
    };
    assert.equal(
      await client.pushTarget(parseReference(`${way.address}/team/app:1`), undefined).putBlob(outgoing),
      'sent',
    );
    const answer = await fetch(`http://${registry}/v2/team/app/blobs/${digest}`);
    assert.equal(digestOf(new Uint8Array(await answer.arrayBuffer())), digest);
  }

  it("brings a blob to Debian's registry", async function () {
    requireRegistry(this);
    await using registry = await startRegistry();
    await using way = await startProxy(registry.address);
    await push(way, registry.address);
    assert.deepEqual(way.ranges, whole);
  });

  it('brings a blob to ours, and goes on with the chunk that was cut off', async function () {
    requireProgram(this);
    await using registry = await serve();
    await using way = await startProxy(registry.address, 1);
    await push(way, registry.address);
    assert.deepEqual(way.ranges, [whole[0], whole[1], whole[1], whole[2]]);
  });
});
