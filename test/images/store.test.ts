// What happens to images that are here: names, filters, conflicts, removal, pruning, commit, import, load, save, restart.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { messageOf } from '../../runtime/src/spec/errors.ts';
import { busyboxArchive, dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { type Lab, chunksOf, collect, leftovers, load, namesBelow, openLab, requireImages, texts } from './fixture.ts';
import { entry, tar } from './tar-members.ts';

const container = 'c'.repeat(64);

async function refusal(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    return messageOf(error);
  }
  return 'nothing was refused';
}

async function bytesOf(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

const layerOf = (name: string, text = name): Promise<Uint8Array> => tarOf({ [name]: text });

/** Commits one file on top of an image. */
async function commit(lab: Lab, parent: string, name: string, repo?: string, tag?: string): Promise<string> {
  return lab.images.commit({
    parent: (await lab.images.resolve(parent)).id,
    layer: chunksOf(name === '' ? await tar() : await layerOf(name)),
    config: { Cmd: ['sh'], Labels: { made: name } },
    author: 'me',
    comment: 'why',
    createdBy: 'sh',
    ...(repo === undefined ? {} : { repo }),
    ...(tag === undefined ? {} : { tag }),
  });
}

const list = async (lab: Lab, filters: Record<string, string[]> = {}, all = false) =>
  lab.images.list({
    all,
    filters: new Map(Object.entries(filters)),
    sharedSize: true,
    digests: true,
    manifests: false,
  });

const names = async (lab: Lab, filters: Record<string, string[]> = {}): Promise<string[]> =>
  (await list(lab, filters)).flatMap((image) => image.RepoTags ?? []).sort();

describe('images: the store', () => {
  let lab: Lab;
  before(function () {
    requireImages(this);
  });
  beforeEach(async () => {
    lab = await openLab();
    await load(lab, await busyboxArchive('busybox:latest'));
  });
  afterEach(async () => {
    const left = await leftovers(lab);
    await lab[Symbol.asyncDispose]();
    assert.deepEqual(left, []);
  });
  const id = async (name: string): Promise<string> => (await lab.images.resolve(name)).id;
  const remove = (name: string, force = false) => lab.images.remove(name, { force, noPrune: false });

  it('says what is not there, and what is no name', async () => {
    assert.equal(await refusal(lab.images.inspect('nope')), 'No such image: nope:latest');
    assert.equal(await refusal(remove('nosuchimg')), 'No such image: nosuchimg:latest');
    assert.equal(
      await refusal(lab.images.inspect(`sha256:${'0'.repeat(64)}`)),
      `No such image: sha256:${'0'.repeat(64)}`,
    );
    assert.equal(
      await refusal(lab.images.tag('busybox', { repo: 'ZZ', tag: '' })),
      'invalid reference format: repository name (library/ZZ) must be lowercase',
    );
    assert.equal(await refusal(lab.images.tag('busybox', { repo: 'x', tag: '-' })), 'invalid tag format');
    assert.match(await refusal(lab.images.tag('busybox', { repo: 'sha256', tag: 'a' })), /ambiguous tag/);
    assert.equal(await refusal(list(lab, { zz: ['1'] })), "invalid filter 'zz'");
    assert.equal(await refusal(lab.images.save(['nope'], {})), 'No such image: nope:latest');
  });

  it('tags, untags, and deletes with the last name', async () => {
    await lab.images.tag('busybox', { repo: 'wirezz', tag: 't1' });
    assert.deepEqual(await names(lab), ['busybox:latest', 'wirezz:t1']);
    assert.deepEqual(await remove('wirezz:t1'), [{ Untagged: 'wirezz:t1' }]);
    const image = await id('busybox');
    const chain = (await lab.images.inspect('busybox')).RootFS?.Layers?.[0];
    assert.deepEqual(await remove('busybox'), [{ Untagged: 'busybox:latest' }, { Deleted: image }, { Deleted: chain }]);
    assert.equal(lab.images.count(), 0);
    assert.deepEqual(namesBelow(lab, 'blobs/sha256'), []);
    assert.deepEqual(namesBelow(lab, 'layers'), []);
    assert.deepEqual(
      lab.events.map((event) => event.action),
      ['load', 'tag', 'untag', 'untag', 'delete'],
    );
    assert.ok(lab.events.slice(2).every((event) => event.id === image && event.attributes['name'] === image));
  });

  it('refuses to remove what is used, as moby does', async () => {
    const image = await id('busybox');
    const short = image.slice(7, 19);
    lab.users.set(image, [{ containerId: container, running: false }]);
    assert.equal(
      await refusal(remove('busybox')),
      `conflict: unable to remove repository reference "busybox" (must force) - container cccccccccccc is using its referenced image ${short}`,
    );
    assert.equal(
      await refusal(remove(image)),
      `conflict: unable to delete ${short} (must be forced) - image is being used by stopped container cccccccccccc`,
    );
    await lab.images.tag('busybox', { repo: 'other', tag: 'x' });
    assert.equal(
      await refusal(remove(short)),
      `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
    );
    lab.users.set(image, [{ containerId: container, running: true }]);
    assert.equal(
      await refusal(remove(image, true)),
      `conflict: unable to delete ${short} (cannot be forced) - image is being used by running container cccccccccccc`,
    );
    assert.deepEqual(await remove('other:x'), [{ Untagged: 'other:x' }]);
    assert.deepEqual(await remove('busybox', true), [{ Untagged: 'busybox:latest' }]);
    assert.deepEqual(
      (await list(lab)).map((one) => [one.Id, one.RepoTags]),
      [[image, []]],
    );
  });

  it('keeps the files of an image that was removed by force while a container stands on it', async () => {
    const image = await id('busybox');
    lab.users.set(image, [{ containerId: container, running: false }]);
    const records = await remove(image, true);
    assert.deepEqual(records, [{ Untagged: 'busybox:latest' }, { Deleted: image }]);
    assert.equal(lab.images.count(), 0);
    await assert.rejects(lab.images.resolve(image), /No such image/);
    const [folder = ''] = await lab.images.layers(image);
    assert.ok(existsSync(join(folder, 'bin/busybox')));
    await lab.reopen();
    assert.ok(existsSync(join(folder, 'bin/busybox')));
    lab.users.clear();
    await lab.images.collect();
    assert.ok(!existsSync(folder));
    assert.deepEqual(namesBelow(lab, 'blobs/sha256'), []);
  });

  it('commits on top, shows history and parents, and prunes parents with their last child', async () => {
    const parent = await id('busybox');
    const child = await commit(lab, 'busybox', 'one', 'made', 'v1');
    const empty = await commit(lab, 'made:v1', '', 'made', 'empty');
    const shown = await lab.images.inspect('made:v1');
    assert.deepEqual([shown.Id, shown.Author, shown.Comment], [child, 'me', 'why']);
    assert.equal((shown as { Parent?: string }).Parent, parent);
    assert.deepEqual(shown.Config?.Labels, { made: 'one' });
    assert.equal(shown.RootFS?.Layers?.length, 2);
    assert.equal((await lab.images.inspect('made:empty')).RootFS?.Layers?.length, 2);
    const [folder = ''] = await lab.images.layers(child);
    assert.equal(readFileSync(join(folder, 'one'), 'utf8'), 'one');
    const history = await lab.images.history('made:empty');
    assert.deepEqual(
      history.map((item) => [item.Id, item.CreatedBy, item.Size, item.Tags]),
      [
        [empty, 'sh', 0, ['made:empty']],
        [child, 'sh', 3, ['made:v1']],
        [parent, 'busybox', (await lab.images.inspect(parent)).Size, ['busybox:latest']],
      ],
    );
    assert.match(await refusal(remove(parent, true)), /\(cannot be forced\) - image has dependent child images$/);
    assert.deepEqual(await remove('busybox'), [{ Untagged: 'busybox:latest' }]);
    assert.deepEqual(await remove('made:v1'), [{ Untagged: 'made:v1' }]);
    assert.deepEqual(
      (await list(lab)).map((image) => image.Id),
      [empty],
    );
    assert.equal((await list(lab, {}, true)).length, 3);
    const gone = await remove('made:empty');
    assert.deepEqual(
      gone
        .filter((item) => item.Deleted !== undefined && [empty, child, parent].includes(item.Deleted ?? ''))
        .map((item) => item.Deleted),
      [empty, child, parent],
    );
    assert.equal(lab.images.count(), 0);
  });

  it('filters the list', async () => {
    const child = await commit(lab, 'busybox', 'one', 'made', 'v1');
    const dangling = await commit(lab, 'busybox', 'two');
    assert.deepEqual(await names(lab, { reference: ['made'] }), ['made:v1']);
    assert.deepEqual(await names(lab, { reference: ['*:late*'] }), ['busybox:latest']);
    assert.deepEqual(await names(lab, { reference: ['m[a-b]de:v?', 'busy*'] }), ['busybox:latest', 'made:v1']);
    assert.deepEqual(await names(lab, { reference: ['nope'] }), []);
    assert.deepEqual(
      (await list(lab, { dangling: ['true'] })).map((image) => image.Id),
      [dangling],
    );
    assert.equal((await list(lab, { dangling: ['false'] })).length, 2);
    assert.deepEqual(
      (await list(lab, { label: ['made=one'] })).map((image) => image.Id),
      [child],
    );
    assert.equal((await list(lab, { label: ['made'] })).length, 2);
    assert.deepEqual(await names(lab, { before: ['made:v1'] }), ['busybox:latest']);
    assert.deepEqual(
      (await list(lab, { since: [child] })).map((image) => image.Id),
      [dangling],
    );
    assert.deepEqual(await names(lab, { until: ['2024-06-01'] }), ['busybox:latest']);
    assert.equal(await refusal(list(lab, { since: ['nope'] })), 'No such image: nope:latest');
    assert.match(await refusal(list(lab, { until: ['yesterday'] })), /^failed to parse value/);
    const base = (await lab.images.inspect('busybox')).Size;
    assert.ok((await list(lab)).every((image) => image.SharedSize === base));
    const usage = await lab.images.usage();
    assert.equal(usage.layersSize, (base ?? 0) + 6);
  });

  it('lists manifests, also while one of the images loses its files', async () => {
    const sizes = async (): Promise<number[]> => {
      const query = { all: false, filters: new Map(), sharedSize: false, digests: false, manifests: true };
      const listed = await lab.images.list(query);
      return listed.flatMap(
        ({ Manifests: manifests }) => manifests?.map(({ Size: size }) => size?.Content ?? -1) ?? [],
      );
    };
    const image = await id('busybox');
    const [whole = 0, ...more] = await sizes();
    assert.deepEqual(more, []);
    const path = join(lab.root, 'blobs', image.replace(':', '/'));
    const config = readFileSync(path);
    rmSync(path);
    assert.deepEqual(await sizes(), [whole - config.length]);
    writeFileSync(path, config);
  });

  it('prunes what has no name, or what nobody uses', async () => {
    const dangling = await commit(lab, 'busybox', 'two');
    await commit(lab, 'busybox', 'one', 'made', 'v1');
    assert.deepEqual(await lab.images.prune(new Map([['label', ['none']]])), {
      ImagesDeleted: null,
      SpaceReclaimed: 0,
    });
    const pruned = await lab.images.prune(new Map());
    assert.deepEqual([pruned.ImagesDeleted?.[0]?.Deleted, pruned.SpaceReclaimed], [dangling, 3]);
    lab.users.set(await id('busybox'), [{ containerId: container, running: false }]);
    await lab.images.prune(new Map([['dangling', ['false']]]));
    assert.deepEqual(await names(lab), ['busybox:latest']);
    assert.equal(await refusal(lab.images.prune(new Map([['zz', ['1']]]))), "invalid filter 'zz'");
  });

  it('imports a root file system with changes', async () => {
    const options = {
      repo: 'imported',
      tag: 'v1',
      message: 'Imported from -',
      changes: ['CMD ["/a"]', 'ENV K=v'],
      platform: 'linux/arm64',
    };
    const plain = await tarOf({ 'a/': '', 'a/b': 'text' });
    for (const bytes of [plain, gzipSync(plain), zstdCompressSync(plain)]) {
      const lines = await collect(await lab.images.import(chunksOf(bytes, 100), options));
      assert.deepEqual(lines, [{ status: await id('imported:v1') }]);
      const shown = await lab.images.inspect('imported:v1');
      assert.deepEqual([shown.Config?.Cmd, shown.Config?.Env, shown.Architecture], [['/a'], ['K=v'], 'arm64']);
      const [folder = ''] = await lab.images.layers(shown.Id ?? '');
      assert.equal(readFileSync(join(folder, 'a/b'), 'utf8'), 'text');
    }
    await lab.images.prune(new Map());
  });

  it('imports from an address', async () => {
    const archive = await tarOf({ 'a/': '', 'a/b': 'text' });
    const server = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/archive.tar' }).end();
      else if (request.url === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      else if (request.url === '/archive.tar') response.end(archive);
      else response.writeHead(404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const options = { repo: 'fetched', tag: '', message: '', changes: [] };
    const lines = await collect(await lab.images.import(`${address}/moved`, options));
    assert.deepEqual(lines, [{ status: `Downloading from ${address}/moved` }, { status: await id('fetched') }]);
    assert.equal((await lab.images.inspect('fetched')).Comment, `Imported from ${address}/moved`);
    assert.match(await refusal(lab.images.import(`http://${address}/nope`, options)), /404/);
    assert.match(
      await refusal(lab.images.import(`http://${address}/file`, options)),
      /unsupported protocol scheme "file"/,
    );
    assert.match(await refusal(lab.images.import('http://[', options)), /invalid URL/);
    server.closeAllConnections();
    server.close();
    assert.match(await refusal(lab.images.import(`http://${address}/`, options)), /connection refused/);
  });

  it("saves one platform, if it is the image's", async () => {
    const saved = await bytesOf(await lab.images.save(['busybox'], { platform: 'linux/amd64' }));
    assert.ok(saved.length > 1000);
    assert.equal(
      await refusal(lab.images.save(['busybox'], { platform: 'linux/arm64' })),
      'image with reference busybox was found but does not provide the specified platform (linux/arm64)',
    );
  });

  it('saves and loads with everything kept', async () => {
    await commit(lab, 'busybox', 'one', 'made', 'v1');
    await lab.images.tag('made:v1', { repo: 'made', tag: 'v2' });
    const before = await lab.images.inspect('made:v1');
    const saved = await bytesOf(await lab.images.save(['made', 'busybox:latest'], {}));
    for (const bytes of [saved, gzipSync(saved), zstdCompressSync(saved)]) {
      await using fresh = await openLab();
      const said = (await load(fresh, bytes)).filter((line) => !line.startsWith('Loading layer'));
      assert.deepEqual(said.sort(), ['Loaded image: busybox:latest', 'Loaded image: made:v1', 'Loaded image: made:v2']);
      const { RepoTags, RootFS, Config, Id } = await fresh.images.inspect('made:v2');
      assert.deepEqual(
        { RepoTags, RootFS, Config, Id },
        { RepoTags: ['made:v1', 'made:v2'], RootFS: before.RootFS, Config: before.Config, Id: before.Id },
      );
      assert.ok(saved.equals(await bytesOf(await fresh.images.save(['made', 'busybox:latest'], {}))));
      assert.deepEqual(await leftovers(fresh), []);
    }
    const byId = await bytesOf(await lab.images.save([before.Id ?? ''], {}));
    await using fresh = await openLab();
    assert.equal((await load(fresh, byId)).at(-1), `Loaded image ID: ${before.Id ?? ''}`);
    assert.equal((await load(fresh, byId)).length, 1);
  });

  it('moves a name that a loaded image takes, and says so', async () => {
    const old = await id('busybox');
    const archive = await dockerArchive('busybox:latest', [await layerOf('other')], {});
    const said = await load(lab, archive);
    assert.ok(
      said.includes(`The image busybox:latest already exists, renaming the old one with ID ${old} to empty string`),
    );
    assert.deepEqual((await lab.images.inspect(old)).RepoTags, []);
    await lab.images.prune(new Map());
  });

  it('loads old docker-archives: links between layers, layers twice, documents first or last', async () => {
    const layer = await layerOf('a');
    const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
    const config = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [diffId, diffId, diffId] },
    });
    const manifest = JSON.stringify([
      { Config: 'c.json', RepoTags: ['old:v1'], Layers: ['x/layer.tar', 'y/layer.tar', 'z/layer.tar'] },
    ]);
    const parts = [
      entry('x/VERSION', { data: '1.0' }),
      { ...entry('x/layer.tar'), size: layer.length, content: chunksOf(layer) },
      entry('y/layer.tar', { type: 'symlink', linkName: '../x/layer.tar' }),
      entry('z/layer.tar', { type: 'hardlink', linkName: 'x/layer.tar' }),
    ];
    const documents = [entry('manifest.json', { data: manifest }), entry('c.json', { data: config })];
    for (const members of [
      [...documents, ...parts],
      [...parts, ...documents],
    ]) {
      await using fresh = await openLab();
      const again = members.map((one) => (one.path === 'x/layer.tar' ? { ...one, content: chunksOf(layer) } : one));
      assert.equal((await load(fresh, await tar(...again))).at(-1), 'Loaded image: old:v1');
      const image = (await fresh.images.resolve('old:v1')).id;
      const folders = [...(await fresh.images.layers(image))];
      // Below them lies what every container gets.
      assert.equal(folders.pop(), join(fresh.root, 'layers/init/diff'));
      for (const folder of folders) assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'a');
      assert.equal(folders.length, 3);
      assert.deepEqual(await leftovers(fresh), []);
    }
  });

  describe('archives that lie', () => {
    const archive = async (change: {
      config?: object;
      manifest?: unknown;
      extra?: ReturnType<typeof entry>[];
    }): Promise<Buffer> => {
      const layer = await layerOf('a');
      const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
      const config = {
        architecture: 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: [diffId] },
        ...change.config,
      };
      const manifest = change.manifest ?? [{ Config: 'c.json', RepoTags: ['lie:v1'], Layers: ['l.tar'] }];
      return tar(
        { ...entry('l.tar'), size: layer.length, content: chunksOf(layer) },
        entry('c.json', { data: JSON.stringify(config) }),
        entry('manifest.json', { data: typeof manifest === 'string' ? manifest : JSON.stringify(manifest) }),
        ...(change.extra ?? []),
      );
    };
    const cases: readonly (readonly [string, Parameters<typeof archive>[0], RegExp])[] = [
      [
        'wrong diff id',
        { config: { rootfs: { type: 'layers', diff_ids: [`sha256:${'1'.repeat(64)}`] } } },
        /^invalid diffID for layer 0: expected "sha256:1{64}", got "sha256:/,
      ],
      [
        'fewer layers than diff ids',
        { config: { rootfs: { type: 'layers', diff_ids: [] } } },
        /layers length mismatch/,
      ],
      ['diff ids that are none', { config: { rootfs: { type: 'layers', diff_ids: ['../../etc'] } } }, /no digest/],
      ['no rootfs', { config: { rootfs: null } }, /no RootFS key/],
      ['a config that is no list where one must be', { config: { config: { Cmd: 'sh' } } }, /config\.Cmd is no list/],
      [
        'paths out of the archive',
        { manifest: [{ Config: '../../../etc/passwd', RepoTags: [], Layers: [] }] },
        /is outside of/,
      ],
      [
        'absolute paths',
        { manifest: [{ Config: '/etc/passwd', RepoTags: [], Layers: [] }] },
        /"\/etc\/passwd" is missing/,
      ],
      [
        'a layer through a symlink to the host',
        {
          manifest: [{ Config: 'c.json', Layers: ['s'] }],
          extra: [entry('s', { type: 'symlink', linkName: '/etc/passwd' })],
        },
        /is missing/,
      ],
      [
        'links in a circle',
        {
          manifest: [{ Config: 's', Layers: [] }],
          extra: [entry('s', { type: 'symlink', linkName: 't' }), entry('t', { type: 'symlink', linkName: 's' })],
        },
        /too many links/,
      ],
      [
        'bad names',
        { manifest: [{ Config: 'c.json', RepoTags: ['../x'], Layers: ['l.tar'] }] },
        /^invalid reference format/,
      ],
      ['a manifest of another type', { manifest: { a: 1 } }, /is not a list/],
      ['a manifest that is no JSON', { manifest: '{' }, /not valid JSON/],
      ['own prototypes', { manifest: '[{"__proto__":{"Config":"c.json"},"Layers":[]}]' }, /malformed/],
      [
        'an index that is a manifest too',
        { extra: [entry('index.json', { data: '{"schemaVersion":2,"manifests":[],"layers":[]}' })] },
        /ambiguous/,
      ],
      [
        'a blob under another digest',
        { extra: [entry(`blobs/sha256/${'2'.repeat(64)}`, { data: '{}' })] },
        /verification failed/,
      ],
      [
        'a document too large',
        { extra: [entry('index.json', { data: ' '.repeat(5 * 1024 * 1024) })] },
        /larger than 4 MiB/,
      ],
    ];
    for (const [name, change, message] of cases) {
      it(`refuses ${name}`, async () => {
        assert.match(await refusal(archive(change).then((bytes) => load(lab, bytes))), message);
        assert.equal(lab.images.count(), 1);
      });
    }

    it('takes labels as what they are', async () => {
      await load(
        lab,
        await archive({ config: { config: { Labels: { 'com.docker.compose.project': 'x', __proto__: 'y' } } } }),
      );
      assert.deepEqual((await lab.images.inspect('lie:v1')).Config?.Labels, { 'com.docker.compose.project': 'x' });
    });

    it('refuses what is no archive at all', async () => {
      assert.match(await refusal(load(lab, Buffer.alloc(0))), /does not contain a manifest\.json/);
      assert.match(await refusal(load(lab, Buffer.alloc(4000, 7))), /invalid tar header/);
      assert.match(await refusal(load(lab, (await archive({})).subarray(0, 700))), /unexpected EOF/);
    });
  });

  it('is the same after a restart, and removes what an interrupted run left', async () => {
    await commit(lab, 'busybox', 'one', 'made', 'v1');
    const before = await list(lab);
    mkdirSync(join(lab.root, 'tmp/images/layer-9/diff'), { recursive: true });
    mkdirSync(join(lab.root, 'layers/0123456789abcdef0123/diff'), { recursive: true });
    writeFileSync(join(lab.root, 'blobs/sha256', 'e'.repeat(64)), 'left behind');
    rmSync(join(lab.root, 'index.json'));
    await lab.reopen();
    assert.deepEqual(await list(lab), before);
    assert.ok(existsSync(join(lab.root, 'index.json')));
  });

  it('drops an image whose parts are damaged, and reports the damage before', async () => {
    await commit(lab, 'busybox', 'one', 'made', 'v1');
    const blobs = readdirSync(join(lab.root, 'blobs/sha256'));
    const layer = blobs
      .map((name) => join(lab.root, 'blobs/sha256', name))
      .find((path) => readFileSync(path).length === 2048);
    truncateSync(layer ?? '', 100);
    const report = await lab.images.check();
    assert.ok(report.problems.some((problem) => /has 100 bytes, not 2048/.test(problem.message)));
    assert.ok(report.problems.some((problem) => /content does not have this digest/.test(problem.message)));
    rmSync(layer ?? '');
    const { problems } = await lab.images.check();
    assert.ok(problems.some(({ kind, message }) => kind === 'blob' && message === 'its file is gone'));
    assert.ok(problems.some(({ kind, message }) => kind === 'image' && /^blob .* is missing/.test(message)));
    await lab.reopen();
    assert.deepEqual(await names(lab), ['busybox:latest']);
  });

  it('mounts as an overlay', async function () {
    const child = await commit(lab, 'busybox', 'one', 'made', 'v1');
    const target = join(lab.root, 'mnt');
    mkdirSync(target);
    const lowers = (await lab.images.layers(child)).join(':');
    const script = `mount -t overlay -o lowerdir="$1" overlay "$2" && cat "$2/one" && "$2/bin/busybox" true`;
    const shown = execFileSync('unshare', ['-m', 'sh', '-ec', script, 'sh', lowers, target], { encoding: 'utf8' });
    assert.equal(shown, 'one');
    rmSync(target, { recursive: true });
    assert.deepEqual(texts([{ status: 'x' }]), ['x']);
  });
});
