// Copies between layouts, archives and registries: what arrives, what is not sent again, and what a failure leaves.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { until } from '../helpers/poll.ts';
import { requireRegistry, startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { refuse, startAdversary } from '../registry/adversary.ts';
import { type Served, requireProgram, serve } from '../registry-server/program.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { sha256Digest } from '../../runtime/src/spec/digest.ts';
import { verified } from '../../runtime/src/transfer/verified.ts';
import { type Lab, LayoutWriter, openLab, types } from './lab.ts';

async function manifestAt(address: string, repository: string, target: string) {
  const headers = { accept: `${types.manifest}, ${types.index}` };
  const response = await fetch(`http://${address}/v2/${repository}/manifests/${target}`, { headers });
  return {
    status: response.status,
    digest: response.headers.get('docker-content-digest'),
    text: await response.text(),
  };
}

async function tagsAt(address: string, repository: string): Promise<readonly string[]> {
  const response = await fetch(`http://${address}/v2/${repository}/tags/list`);
  return response.status === 404 ? [] : (((await response.json()) as { tags: string[] | null }).tags ?? []);
}

describe('transfer: copies', function () {
  this.timeout(120_000);
  let lab: Lab;
  let writer: LayoutWriter;
  const at = (name: string) => join(lab.path, name);
  beforeEach(async () => {
    lab = await openLab();
    writer = new LayoutWriter(at('from'));
  });
  afterEach(() => lab?.[Symbol.asyncDispose]());

  describe('to and from a registry of ours', () => {
    let served: Served;
    before(function () {
      requireProgram(this);
    });
    beforeEach(async () => {
      served = await serve();
    });
    afterEach(() => served?.[Symbol.asyncDispose]());

    it('keeps the bytes of an index and of all its manifests, round three places', async () => {
      const index = await writer.index(['amd64', 'arm64', 's390x']);
      await writer.name(index, 'all');
      const here = `${served.address}/a/b:1`;
      assert.equal(await lab.copy(`oci:${writer.path}:all`, here), index.digest);
      assert.equal(await lab.copy(here, `oci-archive:${at('x.tar')}`), index.digest);
      assert.equal(await lab.copy(`oci-archive:${at('x.tar')}`, `oci:${at('to')}:again`), index.digest);
      const names = await readdir(join(writer.path, 'blobs/sha256'));
      assert.deepEqual(await readdir(at('to/blobs/sha256')), names);
      for (const name of names) {
        const [a, b] = await Promise.all(
          [writer.path, at('to')].map((each) => readFile(join(each, 'blobs/sha256', name))),
        );
        assert.ok(a?.equals(b ?? Buffer.of()), name);
      }
    });

    it('sends no blob that is there, and takes those of another repository from there', async () => {
      const image = await writer.image('amd64', [5000, 6000]);
      await writer.name(image, 'x');
      await lab.copy(`oci:${writer.path}`, `${served.address}/one:1`);
      assert.deepEqual(new Set(lab.arrivals.values()), new Set(['sent']));
      await lab.copy(`${served.address}/one:1`, `${served.address}/two:1`);
      assert.deepEqual(new Set(lab.arrivals.values()), new Set(['mounted']));
      // The manifest is there: nothing has to be asked of its blobs.
      await lab.copy(`oci:${writer.path}`, `${served.address}/two:again`);
      assert.deepEqual([...lab.arrivals], []);
      assert.equal((await manifestAt(served.address, 'two', 'again')).digest, image.digest);
    });

    it('copies one platform as it is, and some of them with an index of their own', async () => {
      const index = await writer.index(['amd64', 'arm64', 's390x']);
      await writer.name(index, 'all');
      const one = await lab.copy(`oci:${writer.path}:all`, `${served.address}/p:arm`, { platforms: ['linux/arm64'] });
      const of = JSON.parse((await manifestAt(served.address, 'p', 'arm')).text) as { config: { digest: string } };
      const config = JSON.parse(
        await readFile(join(writer.path, 'blobs', of.config.digest.replace(':', '/')), 'utf8'),
      ) as {
        architecture: string;
      };
      assert.equal(config.architecture, 'arm64');
      assert.equal((await manifestAt(served.address, 'p', 'arm')).digest, one);
      await lab.copy(`oci:${writer.path}:all`, `${served.address}/p:two`, {
        platforms: ['linux/arm64', 'linux/amd64'],
      });
      const two = JSON.parse((await manifestAt(served.address, 'p', 'two')).text) as {
        manifests: { platform: { architecture: string } }[];
      };
      assert.deepEqual(
        two.manifests.map(({ platform }) => platform.architecture),
        ['amd64', 'arm64'],
      );
      await assert.rejects(
        lab.copy(`oci:${writer.path}:all`, `${served.address}/p:no`, { platforms: ['linux/riscv64'] }),
        /has no linux\/riscv64: it has linux\/amd64, linux\/arm64, linux\/s390x/,
      );
      await assert.rejects(
        lab.copy(`${served.address}/p:arm`, `${served.address}/p:no`, { platforms: ['linux/amd64'] }),
        /has no linux\/amd64: it is linux\/arm64/,
      );
      assert.deepEqual(await tagsAt(served.address, 'p'), ['arm', 'two']);
    });

    it('copies all tags of a repository', async () => {
      const [a, b] = [await writer.image('amd64'), await writer.image('arm64')];
      await writer.name(a, 'a');
      await writer.name(b, 'b');
      await lab.copy(`oci:${writer.path}:a`, `${served.address}/t:a`);
      await lab.copy(`oci:${writer.path}:b`, `${served.address}/t:b`);
      const wanted = [`a ${a.digest}`, `b ${b.digest}`];
      assert.deepEqual(await lab.copyTags(`${served.address}/t`, `${served.address}/u`), wanted);
      assert.deepEqual(await lab.copyTags(`${served.address}/u`, `oci:${at('to')}`), wanted);
      assert.equal(await lab.copy(`oci:${at('to')}:b`, `oci:${at('more')}`), b.digest);
      await assert.rejects(lab.copyTags(`${served.address}/u:a`, `${served.address}/v`), /without a tag/);
      await assert.rejects(lab.copyTags(`${served.address}/u`, `oci:${at('to')}:x`), /no room for all tags/);
    });

    it('leaves no tag where a blob is not what its digest says', async () => {
      const image = await writer.image('amd64', [200_000, 300_000]);
      await writer.name(image, 'x');
      const { layers } = JSON.parse(
        await readFile(join(writer.path, 'blobs', image.digest.replace(':', '/')), 'utf8'),
      ) as {
        layers: { digest: string }[];
      };
      const path = join(writer.path, 'blobs', (layers[1]?.digest ?? '').replace(':', '/'));
      const whole = await readFile(path);
      for (const wrong of [
        Buffer.concat([Buffer.of(whole[0] === 0 ? 1 : 0), whole.subarray(1)]),
        whole.subarray(1),
        Buffer.concat([whole, whole]),
      ]) {
        await writeFile(path, wrong);
        await assert.rejects(
          lab.copy(`oci:${writer.path}:x`, `${served.address}/bad:1`),
          /blob sha256:[a-f0-9]{64} (?:verification failed|should have)/,
        );
        await assert.rejects(
          lab.copy(`oci:${writer.path}:x`, `oci:${at('to')}:1`),
          /blob sha256:[a-f0-9]{64} (?:verification failed|should have)/,
        );
        assert.deepEqual(await tagsAt(served.address, 'bad'), []);
        assert.ok(!existsSync(at('to/index.json')));
        assert.ok(
          !(await readdir(at('to/blobs/sha256'))).some((name) => name.includes('.')),
          'nothing half-written stays',
        );
      }
      await writeFile(path, whole);
      assert.equal(await lab.copy(`oci:${writer.path}:x`, `oci:${at('to')}:1`), image.digest);
      assert.equal(await lab.copy(`oci:${writer.path}:x`, `${served.address}/bad:1`), image.digest);
    });

    it('takes signatures and attestations along when it is asked to', async () => {
      const image = await writer.image('amd64');
      await writer.name(image, 'x');
      const signature = await writer.image('unknown', [100], {
        artifactType: 'application/x.signature',
        subject: image,
      });
      await writer.name(signature, undefined);
      const old = await writer.image('unknown', [120]);
      const oldTag = `${image.digest.replace(':', '-')}.sig`;
      await writer.name(old, oldTag);
      const [plain, full] = [`${served.address}/plain:1`, `${served.address}/full:1`];
      await lab.copy(`oci:${writer.path}:x`, plain);
      assert.equal((await manifestAt(served.address, 'plain', signature.digest)).status, 404);
      await lab.copy(`oci:${writer.path}:x`, full, { referrers: true });
      assert.equal((await manifestAt(served.address, 'full', oldTag)).digest, old.digest);
      const list = await fetch(`http://${served.address}/v2/full/referrers/${image.digest}`);
      const { manifests } = (await list.json()) as { manifests: { digest: string }[] };
      assert.deepEqual(
        manifests.map(({ digest }) => digest),
        [signature.digest],
      );
      // On into a layout, and out of it again, by all ways to keep such a list.
      await lab.copy(full, `oci:${at('to')}:x`, { referrers: true });
      await lab.copy(`oci:${at('to')}:x`, `${served.address}/third:1`, { referrers: true });
      assert.equal((await manifestAt(served.address, 'third', signature.digest)).status, 200);
      assert.equal((await manifestAt(served.address, 'third', oldTag)).digest, old.digest);
      assert.equal(
        await lab.copy(`oci:${at('to')}`, `oci-archive:${at('y.tar')}`, { referrers: true }).catch(String),
        image.digest,
      );
    });
  });

  describe('by hostile and cut sources', () => {
    it('goes on where a copy was cut off, and asks only for what is not there', async () => {
      await using registry = await startAdversary(400_000);
      const manifest = {
        schemaVersion: 2,
        mediaType: types.manifest,
        config: { mediaType: types.config, digest: registry.config.digest, size: registry.config.bytes.length },
        layers: [{ mediaType: types.layer, digest: registry.layer.digest, size: registry.layer.bytes.length }],
      };
      registry.publish('cut', manifest);
      registry.trick = (_request, response, url) => {
        if (!url.pathname.endsWith(registry.layer.digest)) return false;
        response.statusCode = 403;
        response.end('{"errors":[{"code":"DENIED","message":"not now"}]}');
        return true;
      };
      const from = `${registry.address}/x:cut`;
      await assert.rejects(lab.copy(from, `oci:${at('to')}:1`), /not now/);
      assert.ok(!existsSync(at('to/index.json')));
      registry.trick = undefined;
      registry.seen.length = 0;
      await lab.copy(from, `oci:${at('to')}:1`);
      const blobs = registry.seen
        .filter(({ url }) => url.includes('/blobs/'))
        .map(({ url }) => url.slice(url.lastIndexOf('/') + 1));
      assert.deepEqual(blobs, [registry.layer.digest]);
    });

    it('says which of two registries refuses, and nothing of the other where a source is wrong', async () => {
      await using source = await startAdversary(1000);
      await using target = await startAdversary(2000);
      const copy = () => lab.copy(`${source.address}/x:good`, `${target.address}/y:1`);
      const notNow = (response: ServerResponse): boolean => {
        refuse(response, 400, 'TOOSOON', 'not now');
        return true;
      };
      target.trick = ({ method }, response) => method === 'POST' && notNow(response);
      await assert.rejects(copy(), { message: `registry ${target.address}: toosoon: not now` });
      target.trick = ({ method }, response) => {
        if (method !== 'POST') return false;
        response.writeHead(202, { location: '/v2/y/blobs/uploads/1' }).end();
        return true;
      };
      source.trick = (_request, response, url) => url.pathname.includes('/blobs/') && notNow(response);
      await assert.rejects(copy(), { message: `registry ${source.address}: toosoon: not now` });
      assert.ok(!target.seen.some(({ method, url }) => method === 'PUT' && url.includes('/manifests/')));
    });

    it('refuses a manifest of another size or digest than its index says', async () => {
      const index = await writer.index(['amd64']);
      const file = join(writer.path, 'blobs', index.digest.replace(':', '/'));
      const { manifests } = JSON.parse(await readFile(file, 'utf8')) as { manifests: { digest: string }[] };
      await writer.name(index, 'x');
      const inner = join(writer.path, 'blobs', (manifests[0]?.digest ?? '').replace(':', '/'));
      const text = await readFile(inner, 'utf8');
      await writeFile(inner, `${text} `);
      await assert.rejects(lab.copy(`oci:${writer.path}`, `oci:${at('to')}`), /should have \d+ bytes and has \d+/);
      await writeFile(inner, text.replace('"schemaVersion":2', '"schemaVersion":3'));
      await assert.rejects(lab.copy(`oci:${writer.path}`, `oci:${at('to')}`), /verification failed/);
    });

    it('follows no link out of a layout', async () => {
      const image = await writer.image('amd64');
      await writer.name(image, 'x');
      const file = join(writer.path, 'blobs', image.digest.replace(':', '/'));
      await writeFile(at('elsewhere'), await readFile(file));
      await rm(file);
      await symlink(at('elsewhere'), file);
      await assert.rejects(lab.copy(`oci:${writer.path}`, `oci:${at('to')}`), /has no blobs\/sha256\//);
    });

    it('ends indexes that never end', async () => {
      let inner = await writer.index(['amd64']);
      for (let depth = 0; depth < 12; depth++) {
        inner = await writer.blob({ schemaVersion: 2, mediaType: types.index, manifests: [inner] }, types.index);
      }
      await writer.name(inner, 'deep');
      await assert.rejects(lab.copy(`oci:${writer.path}`, `oci:${at('to')}`), /nests its indexes more than 8 deep/);
    });

    it('keeps no more of manifests than there is room for', async () => {
      const filler = 'x'.repeat(4_000_000);
      const manifests = [];
      for (let count = 0; count < 20; count++) {
        manifests.push(await writer.image('amd64', [10], { annotations: { filler: filler + String(count) } }));
      }
      await writer.name(await writer.blob({ schemaVersion: 2, mediaType: types.index, manifests }, types.index), 'x');
      await assert.rejects(lab.copy(`oci:${writer.path}`, `oci:${at('to')}`), /has manifests of more than 64 MiB/);
    });

    it('refuses archives that are cut off, lead in circles or hold nothing', async () => {
      await writer.name(await writer.image('amd64', [50_000]), 'x');
      await lab.copy(`oci:${writer.path}`, `docker-archive:${at('whole.tar')}:x:1`);
      const whole = await readFile(at('whole.tar'));
      await writeFile(at('cut.tar'), whole.subarray(0, 30_000));
      await assert.rejects(lab.copy(`docker-archive:${at('cut.tar')}`, `oci:${at('to')}`), /unexpected EOF/);
      await writeFile(at('cut.tar.gz'), gzipSync(whole).subarray(0, 20_000));
      await assert.rejects(
        lab.copy(`docker-archive:${at('cut.tar.gz')}`, `oci:${at('to')}`),
        /unexpected end|unexpected EOF/,
      );
      await symlink('b', at('a'));
      await symlink('a', at('b'));
      await runOk('tar', ['cf', at('circle.tar'), '--transform=s,^a$,manifest.json,', 'a', 'b'], { cwd: lab.path });
      await assert.rejects(
        lab.copy(`docker-archive:${at('circle.tar')}`, `oci:${at('to')}`),
        /too many links|no archive of images/,
      );
      await writeFile(at('none.tar'), Buffer.alloc(10_240));
      await assert.rejects(lab.copy(`oci-archive:${at('none.tar')}`, `oci:${at('to')}`), /no archive of images/);
      assert.ok(!existsSync(at('to/index.json')));
    });

    it('fills no folder that is something else, and names what there is', async () => {
      await writer.name(await writer.image('amd64'), 'one');
      await writer.name(await writer.image('arm64'), 'two');
      await writeFile(at('file'), 'x');
      await assert.rejects(
        lab.copy(`oci:${writer.path}:one`, `oci:${lab.path}`),
        /is no OCI image layout and not empty/,
      );
      await assert.rejects(
        lab.copy(`oci:${writer.path}`, `oci:${at('to')}`),
        /has 2 images, say which: it has "one", "two"/,
      );
      await assert.rejects(
        lab.copy(`oci:${writer.path}:three`, `oci:${at('to')}`),
        /has no image "three": it has "one", "two"/,
      );
      await assert.rejects(lab.copy(`oci:${at('nowhere')}`, `oci:${at('to')}`), /no such file or directory/);
    });

    it('stops when it is told to, and leaves no name', async () => {
      await using registry = await startAdversary(400_000);
      const stop = new AbortController();
      const stands = Promise.withResolvers<void>();
      registry.publish('slow', {
        schemaVersion: 2,
        mediaType: types.manifest,
        config: { mediaType: types.config, digest: registry.config.digest, size: registry.config.bytes.length },
        layers: [{ mediaType: types.layer, digest: registry.layer.digest, size: registry.layer.bytes.length }],
      });
      registry.trick = (_request, response, url) => {
        if (!url.pathname.endsWith(registry.layer.digest)) return false;
        response.write(registry.layer.bytes.subarray(0, 1000));
        stands.resolve();
        return true;
      };
      const copying = lab.copy(`${registry.address}/x:slow`, `oci:${at('to')}:1`, { signal: stop.signal });
      await stands.promise;
      stop.abort(new Error('enough'));
      await assert.rejects(copying, /^Error: enough$/);
      assert.ok(!existsSync(at('to/index.json')));
      await until('no draft is left', async () =>
        (await readdir(at('to/blobs/sha256'))).every((name) => !name.includes('.')),
      );
    });
  });

  it('fills a layout that umoci has made, and says which one is empty or wrong', async () => {
    await mkdir(at('made'));
    await writeFile(at('made/oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(at('made/index.json'), '{"schemaVersion":2,"manifests":null}');
    await assert.rejects(lab.copy(`oci:${at('made')}`, `oci:${at('to')}`), /oci:.*\/made has no image/);
    const image = await writer.image('amd64');
    await writer.name(image, 'x');
    await lab.copy(`oci:${writer.path}`, `oci:${at('made')}:1`);
    assert.equal(await lab.copy(`oci:${at('made')}:1`, `oci:${at('to')}`), image.digest);
    await writeFile(at('made/index.json'), '{"schemaVersion":2,"manifests":[{}]}');
    await assert.rejects(lab.copy(`oci:${at('made')}:1`, `oci:${at('to')}`), /oci:.*\/made:1: manifest is malformed/);
  });

  it('gives a signature its tag, too, where it is listed as well', async () => {
    const image = await writer.image('amd64');
    await writer.name(image, 'x');
    const signature = await writer.image('unknown', [100], { artifactType: 'application/x.sig', subject: image });
    const tag = `${image.digest.replace(':', '-')}.sig`;
    await writer.name(signature, tag);
    await lab.copy(`oci:${writer.path}:x`, `oci:${at('to')}:x`, { referrers: true });
    const { manifests } = JSON.parse(await readFile(at('to/index.json'), 'utf8')) as {
      manifests: { digest: string; annotations?: Record<string, string> }[];
    };
    const named = manifests.filter(({ annotations = {} }) => Object.values(annotations).includes(tag));
    assert.deepEqual(
      named.map(({ digest }) => digest),
      [signature.digest],
    );
  });

  it('takes no piece without bytes for the last of a blob', async () => {
    const bytes = randomBytes(1000);
    const digest = sha256Digest(createHash('sha256').update(bytes).digest('hex'));
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const part of [bytes.subarray(0, 0), bytes.subarray(0, 400), bytes.subarray(400)]) yield part;
      yield new Uint8Array();
    }
    const came: Uint8Array[] = [];
    const { codec } = createNodeHost();
    for await (const part of verified(pieces(), { digest, size: 1000 }, codec, 'x')) came.push(part.slice());
    assert.deepEqual(Buffer.concat(came), bytes);
  });

  it('keeps a layout’s other images, and gives a name to one image only', async () => {
    const [a, b] = [await writer.image('amd64'), await writer.image('amd64')];
    await writer.name(a, 'a');
    await writer.name(b, 'b');
    await lab.copy(`oci:${writer.path}:a`, `oci:${at('to')}:x`);
    await lab.copy(`oci:${writer.path}:b`, `oci:${at('to')}:y`);
    await lab.copy(`oci:${writer.path}:b`, `oci:${at('to')}:x`);
    const { manifests } = JSON.parse(await readFile(at('to/index.json'), 'utf8')) as {
      manifests: { digest: string; annotations: Record<string, string> }[];
    };
    const named = manifests.map(({ digest, annotations }) => [Object.values(annotations)[0], digest]);
    assert.deepEqual(named, [
      ['y', b.digest],
      ['x', b.digest],
    ]);
  });

  it('lists what each of several copies into one layout has brought', async () => {
    await writer.name(await writer.image('amd64'), 'x');
    const names = Array.from({ length: 8 }, (_, at) => `name-${at}`);
    await Promise.all(names.map((name) => lab.copy(`oci:${writer.path}`, `oci:${at('to')}:${name}`)));
    const { manifests } = JSON.parse(await readFile(at('to/index.json'), 'utf8')) as {
      manifests: { annotations: Record<string, string> }[];
    };
    assert.deepEqual(manifests.flatMap(({ annotations }) => Object.values(annotations)).toSorted(), names);
    assert.deepEqual((await readdir(at('to'))).toSorted(), ['blobs', 'index.json', 'oci-layout']);
  });

  it('says whose lock an index has that stays locked, and leaves the index as it was', async () => {
    await writer.name(await writer.image('amd64'), 'x');
    await lab.copy(`oci:${writer.path}`, `oci:${at('to')}:a`);
    const before = await readFile(at('to/index.json'), 'utf8');
    await mkdir(at('to/index.json.lock'));
    await assert.rejects(
      lab.copy(`oci:${writer.path}`, `oci:${at('to')}:b`),
      /index\.json\.lock is there: another copy is at work, or was killed\. Remove it when there is none/,
    );
    assert.equal(await readFile(at('to/index.json'), 'utf8'), before);
  });

  it('removes what copies that were killed left long ago, and nothing that may still be written', async () => {
    await writer.name(await writer.image('amd64'), 'x');
    await lab.copy(`oci:${writer.path}`, `oci:${at('to')}`);
    const [old, fresh] = ['old', 'fresh'].map((name) => at(`to/blobs/sha256/${'a'.repeat(64)}.${name}.tmp`));
    for (const path of [old, fresh]) await writeFile(path ?? '', 'half');
    const longAgo = new Date(Date.now() - 2 * 24 * 60 * 60_000);
    await utimes(old ?? '', longAgo, longAgo);
    await lab.copy(`oci:${writer.path}`, `oci:${at('to')}`);
    assert.deepEqual([existsSync(old ?? ''), existsSync(fresh ?? '')], [false, true]);
  });

  it('refuses what would change a digest when it may not', async () => {
    await writer.name(await writer.index(['amd64', 'arm64']), 'all');
    const keep = { preserveDigests: true };
    const refused = /digests cannot be preserved/;
    await assert.rejects(lab.copy(`oci:${writer.path}`, `docker-archive:${at('d.tar')}:x`, keep), refused);
    await assert.rejects(
      lab.copy(`oci:${writer.path}`, `oci:${at('to')}`, { ...keep, platforms: ['linux/amd64', 'linux/arm64'] }),
      refused,
    );
    await assert.rejects(
      lab.copy(`oci:${writer.path}`, `docker-archive:${at('d.tar')}:x`, { all: true }),
      /room for one platform/,
    );
    await lab.copy(`oci:${writer.path}`, `oci:${at('to')}`, { ...keep, platforms: ['linux/arm64'] });
    assert.ok(!existsSync(at('d.tar')));
  });

  it('lists a signature under the tag that stands in, where a registry keeps no list', async function () {
    requireRegistry(this);
    await using registry = await startRegistry();
    const image = await writer.image('amd64');
    await writer.name(image, 'x');
    const first = await writer.image('unknown', [100], { artifactType: 'application/x.one', subject: image });
    const second = await writer.image('unknown', [110], { artifactType: 'application/x.two', subject: image });
    for (const each of [first, second]) await writer.name(each, undefined);
    await lab.copy(`oci:${writer.path}:x`, `${registry.address}/s:1`, { referrers: true });
    const list = JSON.parse((await manifestAt(registry.address, 's', image.digest.replace(':', '-'))).text) as {
      manifests: { digest: string; artifactType: string }[];
    };
    assert.deepEqual(
      list.manifests.map(({ digest, artifactType }) => [digest, artifactType]),
      [
        [first.digest, 'application/x.one'],
        [second.digest, 'application/x.two'],
      ],
    );
    await lab.copy(`${registry.address}/s:1`, `oci:${at('to')}:x`, { referrers: true });
    for (const each of [first, second]) assert.ok(existsSync(join(at('to'), 'blobs', each.digest.replace(':', '/'))));
  });
});
