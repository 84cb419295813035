// A disk that is full and registries that misbehave: an error in words, and a store as it was before.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { busyboxArchive, busyboxRootfs, dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { freePort } from '../helpers/registry.ts';
import { run, runOk } from '../helpers/run.ts';
import { requireDaemon, startDaemon, unmountBelow, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { assertStoreIsSound } from './store-check.ts';

describe('a full disk', () => {
  it('fails a load cleanly, and the engine goes on', async function () {
    requireDaemon(this);
    await using folder = await makeTempFolder();
    await runOk('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', folder.path]);
    try {
      await using daemon = await startDaemon({ folder: folder.path });
      const big = await dockerArchive('big:1', [await tarOf({ big: 'x'.repeat(100 << 20) })], { Cmd: ['sh'] });
      const { body } = await ask(daemon.socket, '/images/load', { method: 'POST', body: big });
      assert.match(body, /no space left on device/i);
      await assertStoreIsSound(daemon.socket, 'a full disk');
      const small = await ask(daemon.socket, '/images/load', { method: 'POST', body: await busyboxArchive('small:1') });
      assert.match(small.body, /Loaded image: small:1/);
      const { stdout } = await run('df', ['--output=pcent', folder.path]);
      assert(Number.parseInt(stdout.split('\n')[1] ?? '100', 10) < 60, `what was half-made is gone: ${stdout}`);
    } finally {
      await unmountBelow(folder.path);
    }
  });
});

/** A registry that answers with what it is told to. */
async function fakeRegistry(
  answers: Readonly<Record<string, Uint8Array | string>>,
): Promise<{ server: Server; address: string }> {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer === undefined && request.url !== '/v2/') {
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
      return;
    }
    const type =
      request.url?.includes('/manifests/') === true
        ? 'application/vnd.oci.image.manifest.v1+json'
        : 'application/octet-stream';
    response.writeHead(200, { 'content-type': type }).end(answer ?? '{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** The same archive with other contents: only its digest tells. */
function flipByte(layer: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(layer);
  const at = Math.floor(changed.length / 2);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

function descriptor(mediaType: string, data: Uint8Array): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: `sha256:${createHash('sha256').update(data).digest('hex')}`, size: data.length };
}

describe('a registry that misbehaves', () => {
  let daemon: TempDaemon;

  before(async function () {
    requireDaemon(this);
    daemon = await startDaemon();
  });

  after(async () => daemon?.[Symbol.asyncDispose]());

  async function pull(address: string): Promise<{ status: number; body: string }> {
    return ask(daemon.socket, `/images/create?fromImage=${address}/image&tag=1`, { method: 'POST' });
  }

  async function assertNothingIsLeft(): Promise<void> {
    assert.equal((await ask(daemon.socket, '/images/json?all=1')).body.trim(), '[]');
    await assertStoreIsSound(daemon.socket, 'a failed pull');
  }

  async function image(change: (layer: Uint8Array) => Uint8Array): Promise<Record<string, Uint8Array | string>> {
    const layer = await busyboxRootfs();
    const config = Buffer.from(
      JSON.stringify({
        architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [descriptor('', layer).digest] },
      }),
    );
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
      layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
    };
    return {
      '/v2/image/manifests/1': JSON.stringify(manifest),
      [`/v2/image/blobs/${manifest.config.digest}`]: config,
      [`/v2/image/blobs/${manifest.layers[0]?.digest ?? ''}`]: change(layer),
    };
  }

  it('pulls what is right, as a check of this test', async () => {
    const { server, address } = await fakeRegistry(await image((layer) => layer));
    const { body } = await pull(address);
    server.close();
    assert.match(body, /Downloaded newer image/);
    assert.equal((await ask(daemon.socket, `/images/${address}/image:1`, { method: 'DELETE' })).status, 200);
  });

  it('refuses a layer whose digest differs', async () => {
    const { server, address } = await fakeRegistry(await image(flipByte));
    const { body } = await pull(address);
    server.close();
    assert.match(body, /errorDetail[^]*(digest|verification|diff id)/i);
    await assertNothingIsLeft();
  });

  it('refuses a layer that unpacks to what was promised but is not the blob that was named', async () => {
    const right = await image((layer) => layer);
    const wrong = descriptor('', Buffer.from('another')).digest;
    const manifest = JSON.parse(String(right['/v2/image/manifests/1'])) as { layers: { digest: string }[] };
    const [layer] = manifest.layers;
    assert(layer !== undefined);
    const answers = { ...right, [`/v2/image/blobs/${wrong}`]: right[`/v2/image/blobs/${layer.digest}`] ?? '' };
    layer.digest = wrong;
    const { server, address } = await fakeRegistry({ ...answers, '/v2/image/manifests/1': JSON.stringify(manifest) });
    const { body } = await pull(address);
    server.close();
    assert.match(body, /errorDetail[^]*(digest|verification)/i);
    await assertNothingIsLeft();
  });

  it('refuses a layer that ends early', async () => {
    const { server, address } = await fakeRegistry(await image((layer) => layer.subarray(0, layer.length / 2)));
    const { body } = await pull(address);
    server.close();
    assert.match(body, /errorDetail/);
    await assertNothingIsLeft();
  });

  it('says that a manifest is unknown', async () => {
    const { server, address } = await fakeRegistry({});
    const { status, body } = await pull(address);
    server.close();
    assert.equal(status, 404);
    assert.match(body, /manifest|not found/i);
  });

  it('says that nobody answers', async () => {
    const { status, body } = await pull(`127.0.0.1:${await freePort()}`);
    assert.equal(status, 500);
    assert.match(body, /connection refused/);
  });
});
