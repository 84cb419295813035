// What a build does with the store: bases found and pulled, layers put on each other, images at the end, nothing left after a failure.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import type { BuildImages, LayerRef } from '../../runtime/src/builder/contract.ts';
import type { OciImageConfig } from '../../runtime/src/spec/oci.ts';
import { type Lab, chunksOf, leftovers, load, namesBelow, openLab, requireImages } from './fixture.ts';
import { entry, tar } from './tar-members.ts';

type Build = BuildImages & AsyncDisposable;

const auth = {};
const configOf = (layers: readonly LayerRef[], more: Partial<OciImageConfig> = {}): OciImageConfig => ({
  architecture: 'amd64',
  os: 'linux',
  config: { Cmd: ['sh'] },
  rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  ...more,
});

async function addFile(build: Build, below: readonly LayerRef[], name: string, data: string): Promise<LayerRef[]> {
  const layer = await build.addLayer(below, chunksOf(await tar(entry(name, { data }))));
  assert.ok(layer);
  return [...below, layer];
}

describe('images: a build', () => {
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
  const open = (): Build => lab.images.openBuild({ auth });

  it('finds a base by name and by id, with its configuration and layers', async () => {
    await using build = open();
    const base = await build.find('busybox', undefined);
    assert.ok(base);
    assert.equal(base.reference, 'docker.io/library/busybox:latest');
    assert.equal(base.id, (await lab.images.resolve('busybox')).id);
    assert.deepEqual(
      base.layers.map((layer) => layer.diffId),
      base.config.rootfs.diff_ids,
    );
    assert.deepEqual((await build.find(base.id, undefined))?.layers, base.layers);
    assert.equal(await build.find('nobody/has-it', undefined), undefined);
    assert.equal(await build.find('busybox', 'linux/s390x'), undefined);
    assert.ok(await build.find('busybox', 'linux/amd64'));
    await assert.rejects(build.find('No Name', undefined), { kind: 'invalidParameter' });
  });

  it('puts layers on each other and makes an image with several names of them', async () => {
    await using build = open();
    const base = await build.find('busybox', undefined);
    assert.ok(base);
    const one = await addFile(build, base.layers, 'etc/one', 'first');
    const two = await addFile(build, one, 'etc/two', 'and second');
    assert.equal(build.layerSize(two), 'and second'.length);
    assert.equal(build.layerSize([]), 0);
    const directories = await build.directories(two);
    assert.equal(directories.length, base.layers.length + 3);
    const [top = '', below = ''] = directories;
    assert.equal(readFileSync(join(top, 'etc/two'), 'utf8'), 'and second');
    assert.equal(readFileSync(join(below, 'etc/one'), 'utf8'), 'first');
    const { id } = await build.register(configOf(two), two, ['app:one', 'localhost:5000/app']);
    assert.equal((await lab.images.resolve('app:one')).id, id);
    assert.equal((await lab.images.resolve('localhost:5000/app:latest')).id, id);
    assert.deepEqual(
      lab.events.filter(({ action }) => action === 'tag').map(({ attributes }) => attributes['name']),
      ['app:one', 'localhost:5000/app:latest'],
    );
    await build[Symbol.asyncDispose]();
    assert.equal((await lab.images.layers(id)).length, base.layers.length + 3);
  });

  it('takes symlinks that name what lies outside: a step may make them', async () => {
    await using build = open();
    const link = entry('home/link', { type: 'symlink', linkName: '../../../etc/passwd' });
    assert.ok(await build.addLayer([], chunksOf(await tar(link))));
  });

  it('makes no layer of nothing', async () => {
    await using build = open();
    assert.equal(await build.addLayer([], chunksOf(await tar())), undefined);
  });

  it('makes an image of no layers, for FROM scratch alone', async () => {
    await using build = open();
    const { id } = await build.register(configOf([]), [], ['empty']);
    assert.equal((await lab.images.inspect('empty')).Id, id);
  });

  it('gives the same image for the same input, and no name is lost', async () => {
    const ids: string[] = [];
    for (const name of ['same:a', 'same:b']) {
      await using build = open();
      const layers = await addFile(build, [], 'file', 'same');
      ids.push((await build.register(configOf(layers), layers, [name])).id);
    }
    assert.equal(ids[0], ids[1]);
    assert.deepEqual((await lab.images.inspect('same:a')).RepoTags, ['same:a', 'same:b']);
  });

  it('lets go of what no image came to need', async () => {
    const before = [namesBelow(lab, 'blobs'), readdirSync(join(lab.root, 'layers')).sort()];
    let layers: LayerRef[];
    {
      await using build = open();
      layers = await addFile(build, [], 'file', 'for nobody');
      assert.equal(await build.hold(layers), true);
    }
    assert.deepEqual([namesBelow(lab, 'blobs'), readdirSync(join(lab.root, 'layers')).sort()], before);
    await using later = open();
    assert.equal(await later.hold(layers), false);
    await assert.rejects(later.register(configOf(layers), layers, []), { kind: 'dataLoss' });
  });

  it('keeps what another build holds, and a base whose image is removed meanwhile', async () => {
    await using first = open();
    const layers = await addFile(first, [], 'file', 'for two');
    await using second = open();
    assert.equal(await second.hold(layers), true);
    await first[Symbol.asyncDispose]();
    assert.equal(await second.hold(layers), true);
    const base = await second.find('busybox', undefined);
    assert.ok(base);
    await lab.images.remove('busybox', { force: true, noPrune: false });
    assert.equal(await second.hold(base.layers), true);
    await second.register(configOf(base.layers), base.layers, ['busybox:again']);
    assert.ok(await lab.images.resolve('busybox:again'));
  });

  it('writes nothing for a bad name, a bad archive, or a configuration of other layers', async () => {
    await using build = open();
    const layers = await addFile(build, [], 'file', 'x');
    await assert.rejects(build.register(configOf(layers), layers, ['good', 'Not Good']), { kind: 'invalidParameter' });
    await assert.rejects(build.register(configOf([]), layers, ['good']), { message: /does not name the layers/ });
    await assert.rejects(lab.images.resolve('good'), { kind: 'notFound' });
    const damaged = (await tar(entry('file', { data: 'content' }))).subarray(0, 515);
    await assert.rejects(build.addLayer([], chunksOf(damaged)), { kind: 'invalidParameter' });
    await assert.rejects(build.hold([{ diffId: '../x', digest: 'y', mediaType: '', size: 0 }]), {
      kind: 'invalidParameter',
    });
  });

  it('refuses more layers than a root can have', async () => {
    await using build = open();
    const [layer] = await addFile(build, [], 'file', 'x');
    assert.ok(layer);
    const many = Array.from({ length: 127 }, () => layer);
    await assert.rejects(build.addLayer(many, chunksOf(await tar())), { message: 'max depth exceeded' });
  });
});

describe('images: a build pulls', () => {
  let registry: Registry;
  before(async function () {
    requireImages(this);
    requireRegistry(this);
    registry = await startRegistry();
    await registry.push('library/busybox:latest', await busyboxArchive('busybox:latest'));
  });
  after(async () => registry?.[Symbol.asyncDispose]());

  it('a base that is not here, telling what comes', async () => {
    await using lab = await openLab();
    const name = `${registry.address}/library/busybox`;
    await using build: Build = lab.images.openBuild({ auth });
    const lines: unknown[] = [];
    const base = await build.pull(
      name,
      undefined,
      (message) => lines.push(message['status']),
      new AbortController().signal,
    );
    assert.equal(base.reference, `${name}:latest`);
    assert.ok(lines.includes(`Status: Downloaded newer image for ${name}:latest`));
    assert.equal(await build.hold(base.layers), true);
    await assert.rejects(
      build.pull(`${registry.address}/nope`, undefined, () => undefined, new AbortController().signal),
      { kind: 'notFound' },
    );
  });
});
