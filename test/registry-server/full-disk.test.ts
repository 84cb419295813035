// The registry on a small disk that is full, in a while or at once: it says so, keeps nothing of what had no room, and goes on.

import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOk } from '../helpers/run.ts';
import { requireNamespaces } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { type Answer, type TempRegistry, digestOf, openTemp, someBytes } from './in-process.ts';

const mebibyte = 1024 * 1024;

describe('registry server: a full disk', () => {
  let registry: TempRegistry;
  let disk: string;
  let undo: AsyncDisposableStack;

  before(function () {
    requireNamespaces(this);
  });
  beforeEach(async () => {
    await using stack = new AsyncDisposableStack();
    disk = stack.use(await makeTempFolder()).path;
    await runOk('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', disk]);
    stack.defer(async () => void (await runOk('umount', [disk])));
    registry = stack.use(await openTemp({ root: join(disk, 'registry') }));
    undo = stack.move();
  });
  afterEach(() => undo?.disposeAsync());

  const push = (bytes: Uint8Array): Promise<Answer> =>
    registry.ask('POST', `/v2/a/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });
  const here = async (bytes: Uint8Array): Promise<number> =>
    (await registry.ask('HEAD', `/v2/a/blobs/${digestOf(bytes)}`)).status;

  function assertIsFull(answer: Answer): void {
    assert.equal(answer.status, 507);
    assert.match(answer.body.toString(), /no space left on the disk of the registry/);
  }

  it('takes no more than leaves the machine some room, and what comes behind that still finds it', async () => {
    const [before, large, behind] = [someBytes(mebibyte), someBytes(30 * mebibyte), someBytes(mebibyte)];
    assert.equal((await push(before)).status, 201);
    assertIsFull(await push(large));
    const { headers, path } = await begin();
    assertIsFull(await registry.ask('PATCH', path, { body: large, headers }));
    assert.equal(await here(large), 404);
    assert.equal((await push(behind)).status, 201);
    assert.deepEqual([await here(before), await here(behind)], [200, 200]);
  });

  async function begin(): Promise<{ path: string; headers: Record<string, string> }> {
    const { status, header } = await registry.ask('POST', '/v2/a/blobs/uploads/');
    assert.equal(status, 202);
    return { path: header('location') ?? '', headers: { 'content-type': 'application/octet-stream' } };
  }

  it('goes on once there is room again, with all that it had answered for', async () => {
    const config = Buffer.from('{}');
    assert.equal((await push(config)).status, 201);
    const filler = join(disk, 'filler');
    await assert.rejects(writeFile(filler, Buffer.alloc(100 * mebibyte)), /ENOSPC/);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/x', digest: digestOf(config), size: config.length },
      layers: [],
    });
    const put = (tag: string): Promise<Answer> =>
      registry.ask('PUT', `/v2/a/manifests/${tag}`, {
        body: manifest,
        headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      });
    assertIsFull(await put('1'));
    assertIsFull(await push(someBytes(1000)));
    assert.equal((await registry.ask('GET', '/v2/a/manifests/1')).status, 404);
    await rm(filler);
    assert.equal((await put('2')).status, 201);
    await registry.reopen();
    assert.equal((await registry.ask('GET', '/v2/a/manifests/2')).body.toString(), manifest);
    assert.deepEqual((await registry.ask('GET', '/v2/a/tags/list')).json(), { name: 'a', tags: ['2'] });
    assert.deepEqual(await readdir(join(disk, 'registry/uploads')), []);
  });
});
