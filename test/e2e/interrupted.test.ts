// kill -9 in the middle of a pull and of a push: nothing half-made is left, and the next one goes on where it was cut off. What is
// sent is counted at the registry.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tarOf } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { type Adversary, type Blob, blobOf, manifestOf, startAdversary } from '../registry/adversary.ts';
import { assertStoreIsSound } from './store-check.ts';

const mebibyte = 1024 * 1024;

describe('kill -9 while an image travels', () => {
  let daemon: TempDaemon;
  let registry: Adversary;

  before(function () {
    requireDaemon(this);
  });
  beforeEach(async () => {
    daemon = await startDaemon();
    registry = await startAdversary();
  });
  afterEach(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  const pull = (): Promise<{ status: number; body: string }> =>
    ask(daemon.socket, `/images/create?fromImage=${registry.address}/x&tag=two`, { method: 'POST' });
  const asked = (digest: string): (string | undefined)[] =>
    registry.seen.filter(({ url }) => url.endsWith(digest)).map(({ headers }) => headers.range);
  const inData = (path: string): string => join(daemon.dataRoot, path);

  /** The registry's image with another layer on top. @returns that */
  async function publishTwoLayers(): Promise<Blob> {
    const tar = Buffer.from(await tarOf({ 'random.hex': randomBytes(3 * mebibyte).toString('hex') }));
    const large = blobOf(gzipSync(tar, { level: 0 }));
    const { rootfs, ...rest } = JSON.parse(registry.config.bytes.toString()) as { rootfs: { diff_ids: string[] } };
    const diffIds = [...rootfs.diff_ids, blobOf(tar).digest];
    const config = blobOf(JSON.stringify({ ...rest, rootfs: { ...rootfs, diff_ids: diffIds } }));
    for (const blob of [large, config]) registry.blobs.set(blob.digest, blob);
    const { layers, ...one } = manifestOf({ layer: registry.layer, config }) as { layers: object[] };
    const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
    registry.publish('two', {
      ...one,
      layers: [...layers, { mediaType, digest: large.digest, size: large.bytes.length }],
    });
    return large;
  }

  /** Pulls until the small layer is whole and the large one half here, and kills the engine. */
  async function pullHalf(large: Blob): Promise<void> {
    registry.trick = (_request, response, url) => {
      if (!url.pathname.endsWith(large.digest)) return false;
      response.writeHead(200, { 'content-length': large.bytes.length });
      response.write(large.bytes.subarray(0, 4 * mebibyte));
      return true;
    };
    const working = pull().catch(() => undefined);
    await until('one layer is there and half of the other', async () => {
      const staged = readdirSync(inData('tmp/images')).find((name) => name.includes(large.digest.slice(7)));
      const size = staged === undefined ? 0 : statSync(inData(`tmp/images/${staged}`)).size;
      return size >= 2 * mebibyte && readdirSync(inData('layers')).length === 1;
    });
    await daemon.end('SIGKILL');
    await working;
    registry.trick = undefined;
    registry.seen.length = 0;
  }

  const blobsHere = (): string[] => readdirSync(inData('blobs/sha256'));

  it('goes on with a pull: whole layers are not asked for again, of others only the rest', async () => {
    const large = await publishTwoLayers();
    await pullHalf(large);
    await daemon.start();
    assert.equal((await ask(daemon.socket, '/images/json?all=1')).body.trim(), '[]');
    await assertStoreIsSound(daemon.socket, 'a killed pull');
    const { body } = await pull();
    assert.match(body, /Status: Downloaded newer image/);
    assert.deepEqual(asked(registry.layer.digest), []);
    const [range = '', ...more] = asked(large.digest);
    assert.deepEqual(more, []);
    const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
    assert.ok(from >= 2 * mebibyte && from <= 4 * mebibyte, range);
    await assertStoreIsSound(daemon.socket, 'a pull that went on');
    assert.deepEqual(readdirSync(inData('pulls')), []);
  });

  it('begins anew where what is here is no beginning of it', async () => {
    const large = await publishTwoLayers();
    await pullHalf(large);
    const name = readdirSync(inData('tmp/images')).find((one) => one.includes(large.digest.slice(7))) ?? '';
    writeFileSync(inData(`tmp/images/${name}`), Buffer.alloc(mebibyte));
    await daemon.start();
    assert.match((await pull()).body, /errorDetail/);
    assert.match((await pull()).body, /Status: Downloaded newer image/);
    assert.equal(asked(large.digest).at(-1), undefined);
    await assertStoreIsSound(daemon.socket, 'a pull that began anew');
  });

  it('keeps nothing for nobody: after a prune, or when the machine has started anew', async () => {
    const large = await publishTwoLayers();
    await pullHalf(large);
    await daemon.start();
    assert.ok(blobsHere().length > 0);
    assert.equal((await ask(daemon.socket, '/images/prune', { method: 'POST' })).status, 200);
    assert.deepEqual([blobsHere(), readdirSync(inData('pulls'))], [[], []]);
    await pullHalf(large);
    const [note = ''] = readdirSync(inData('pulls'));
    const text = readFileSync(inData(`pulls/${note}`), 'utf8');
    writeFileSync(inData(`pulls/${note}`), text.replace(/"bootId":"[^"]*"/, '"bootId":"another"'));
    await daemon.start();
    await until('nothing is kept', async () => blobsHere().length === 0);
    assert.deepEqual(readdirSync(inData('pulls')), []);
    await assertStoreIsSound(daemon.socket, 'a start of the machine');
  });

  it('goes on with a push: what the registry has is not sent again, and no tag is set before all is there', async () => {
    const large = await publishTwoLayers();
    assert.match((await pull()).body, /Status: Downloaded newer image/);
    const tag = `/images/${registry.address}/x:two/tag?repo=${registry.address}/team/app&tag=1`;
    assert.equal((await ask(daemon.socket, tag, { method: 'POST' })).status, 201);
    registry.blobs.clear();
    let holdsLarge = true;
    let isLargeSent = false;
    registry.trick = (request, response, url) => {
      const digest = url.searchParams.get('digest') ?? '';
      if (request.method === 'POST') response.writeHead(202, { location: '/v2/team/app/blobs/uploads/7' });
      else if (request.method !== 'PUT') return false;
      else if (digest === large.digest && holdsLarge) {
        isLargeSent = true;
        return true;
      } else {
        if (digest === '') registry.manifests.set('1', { type: '', bytes: Buffer.alloc(0) });
        else registry.blobs.set(digest, { digest, bytes: Buffer.alloc(0) });
        response.writeHead(201);
      }
      response.end();
      return true;
    };
    const push = (): Promise<{ status: number; body: string }> =>
      ask(daemon.socket, `/images/${registry.address}/team/app/push?tag=1`, {
        method: 'POST',
        headers: { 'x-registry-auth': Buffer.from('{}').toString('base64') },
      });
    const working = push().catch(() => undefined);
    await until('all but one has been sent', async () => isLargeSent && registry.blobs.has(registry.layer.digest));
    await daemon.end('SIGKILL');
    await working;
    assert.equal(registry.manifests.has('1'), false);
    holdsLarge = false;
    registry.seen.length = 0;
    await daemon.start();
    await assertStoreIsSound(daemon.socket, 'a killed push');
    assert.match((await push()).body, /1: digest: sha256:/);
    const sent = registry.seen
      .filter(({ url }) => url.includes('?digest='))
      .map(({ url }) => url.replace(/.*digest=/, ''));
    assert.equal(sent.includes(encodeURIComponent(registry.layer.digest)), false);
    assert.equal(sent.filter((digest) => digest === encodeURIComponent(large.digest)).length, 1);
    assert.ok(registry.manifests.has('1'));
  });
});
