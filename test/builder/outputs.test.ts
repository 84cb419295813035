// What becomes of a result: files, archives, registries; and that the same input gives the same bytes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { readTar } from '../../runtime/src/spec/tar/reader.ts';
import type { ExportForm } from '../../runtime/src/spec/engine/build-outputs.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { readBytes } from './bytes.ts';
import { below, context, Lab } from './lab.ts';

const file =
  'FROM busybox AS made\nWORKDIR /w\nCOPY a .\nRUN echo made > made; mkfifo pipe; ln a b; ln -s /etc/passwd out\n';
const onNothing = `${file}FROM scratch\nCOPY --from=made /w /w\nLABEL of=scratch\n`;
const keep = { outputs: [{ type: 'export' }] } as const;

describe('outputs of builds', function () {
  let lab: Lab;
  let folder: string;
  before(async () => {
    lab = await Lab.open();
    folder = mkdtempSync(join(tmpdir(), 'outputs-'));
  });
  afterEach(async () => assert.deepEqual(await lab.problems(), []));
  after(async () => {
    await lab?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function exported(of: Lab, text: string, form: ExportForm, change = {}): Promise<Buffer> {
    const built = await of.build(text, { context: await context({ a: 'A\n' }), ...keep, ...change });
    assert.equal(built.failure, undefined, built.failure?.message);
    return await buffer(await of.engine.builds.export(built.id, form));
  }

  async function names(tar: Uint8Array): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for await (const member of readTar(readBytes(tar))) found[member.path] = `${member.type} ${member.linkName}`.trim();
    return found;
  }

  it('gives the files of a result, and nothing that is not of it', async () => {
    const before = await lab.engine.images.list({
      all: true,
      filters: new Map(),
      digests: false,
      sharedSize: false,
      manifests: false,
    });
    const tar = await exported(lab, onNothing, { type: 'tar' });
    assert.deepEqual(await names(tar), {
      'w/': 'directory',
      'w/a': 'file',
      'w/b': 'hardlink w/a',
      'w/made': 'file',
      'w/out': 'symlink /etc/passwd',
      'w/pipe': 'fifo',
    });
    const after = await lab.engine.images.list({
      all: true,
      filters: new Map(),
      digests: false,
      sharedSize: false,
      manifests: false,
    });
    assert.deepEqual(after, before);
  });

  it('gives an empty tar of a result without files', async () => {
    assert.deepEqual(await names(await exported(lab, 'FROM scratch\nLABEL a=b\n', { type: 'tar' })), {});
  });

  it('keeps no result that nobody has asked to keep, and forgets one with its record', async () => {
    const plain = await lab.build('FROM busybox\n');
    await assert.rejects(lab.engine.builds.export(plain.id, { type: 'tar' }), /is not kept/);
    const kept = await lab.build('FROM busybox\n', keep);
    await lab.engine.builds.remove(kept.id);
    await assert.rejects(lab.engine.builds.export(kept.id, { type: 'tar' }), /No such build/);
  });

  it('leaves nothing of what it packed, whether it is read, left, or not begun', async () => {
    const packed = () => readdirSync(below(lab, 'tmp/images')).filter((name) => name.startsWith('blob-'));
    const built = await lab.build(onNothing, { context: await context({ a: 'A\n' }), ...keep });
    const open = async () => (await lab.engine.builds.export(built.id, { type: 'oci' }))[Symbol.asyncIterator]();
    const left = await open();
    assert.equal(packed().length, 1);
    await left.return?.();
    assert.deepEqual(packed(), []);
    const begun = await open();
    await begun.next();
    await begun.return?.();
    assert.deepEqual(packed(), []);
    await buffer(await lab.engine.builds.export(built.id, { type: 'oci' }));
    assert.deepEqual(packed(), []);
    const aborted = lab.engine.builds.export(built.id, { type: 'oci' }, AbortSignal.abort(new Error('enough')));
    await assert.rejects(aborted, /enough/);
    assert.deepEqual(packed(), []);
  });

  for (const type of ['docker', 'oci'] as const) {
    it(`makes an archive that skopeo and our own load read: ${type}`, async () => {
      const tar = await exported(lab, onNothing, { type, names: ['localhost/exported:1'] });
      const path = join(folder, `${type}.tar`);
      await writeFile(path, tar);
      const target = join(folder, `${type}-copy`);
      await runOk('skopeo', ['copy', '--quiet', '--insecure-policy', `${type}-archive:${path}`, `dir:${target}`]);
      const manifest = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as {
        layers: { mediaType: string }[];
      };
      assert.equal(manifest.layers.length, 1);
      if (type === 'oci') assert.match(manifest.layers[0]?.mediaType ?? '', /\+gzip$/);
      for await (const message of await lab.engine.images.load(readBytes(tar), { quiet: true })) void message;
      assert.equal(
        await lab.engine.images.inspect('localhost/exported:1').then(({ Config }) => Config?.Labels?.['of']),
        'scratch',
      );
      await lab.engine.images.remove('localhost/exported:1', { force: true, noPrune: false });
    });
  }

  it('gives the same bytes of the same input, in another data root too', async () => {
    const change = { noCache: true, sourceDateEpoch: 1_700_000_000 };
    await using other = await Lab.open();
    for (const form of [
      { type: 'oci' },
      { type: 'docker' },
      { type: 'tar' },
      { type: 'cache', mode: 'max' },
    ] as const) {
      const digests = new Set<string>();
      for (const one of [lab, other, lab]) {
        const tar = await exported(one, onNothing, form, change);
        digests.add(createHash('sha256').update(tar).digest('hex'));
        // So that another second is in whatever forgot the time that was given.
        await new Promise((resolve) => setTimeout(resolve, 1100));
      }
      assert.equal(digests.size, 1, form.type);
    }
  });

  describe('to a registry', () => {
    let registry: Registry;
    before(async function () {
      requireRegistry(this);
      registry = await startRegistry();
    });
    after(() => registry?.[Symbol.asyncDispose]());

    it('pushes what an engine can pull and run', async () => {
      const name = `${registry.address}/app/web:1`;
      const built = await lab.build(file, {
        context: await context({ a: 'A\n' }),
        tags: [name],
        outputs: [{ type: 'image', push: true }],
      });
      assert.equal(built.failure, undefined, built.failure?.message);
      const { stdout } = await runOk('skopeo', ['inspect', '--tls-verify=false', `docker://${name}`]);
      assert.equal((JSON.parse(stdout) as { Digest: string }).Digest, built.manifest?.digest);
      const { RepoDigests, RepoTags } = await lab.engine.images.inspect(name);
      assert.deepEqual([RepoTags, RepoDigests], [[name], [`${registry.address}/app/web@${built.manifest?.digest}`]]);
      await using other = await Lab.open();
      const pulling = await other.engine.images.pull({ image: name, tag: '' });
      for await (const message of pulling) void message;
      assert.equal((await other.engine.images.inspect(name)).Id, built.imageId);
      assert.equal(await other.run(name, ['cat', '/w/made']), 'made\n');
    });

    it('gives no name to what could not be pushed', async () => {
      const name = '127.0.0.1:1/nobody/there:1';
      const built = await lab.build(file, {
        context: await context({ a: 'A\n' }),
        tags: [name],
        outputs: [{ type: 'image', push: true }],
      });
      assert.match(built.failure?.message ?? '', /^failed to push 127.*connection refused/);
      await assert.rejects(lab.engine.images.inspect(name), /No such image/);
    });
  });
});
