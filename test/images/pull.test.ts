// Pulling from a real registry: lines, names, events, what is here already, round trips with skopeo and umoci.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReference } from '../../runtime/src/spec/reference.ts';
import { busyboxArchive, dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { type Lab, collect, leftovers, load, openLab, requireImages, texts } from './fixture.ts';

describe('images: pull from a registry', () => {
  let registry: Registry;
  before(async function () {
    requireImages(this);
    requireRegistry(this);
    registry = await startRegistry();
    await registry.push('library/busybox:latest', await busyboxArchive('busybox:latest'));
    const two = [await tarOf({ 'a/': '', 'a/one': '1' }), await tarOf({ 'a/.wh.one': '', 'a/two': '22' })];
    await registry.push('app:v1', await dockerArchive('app:v1', two, { Labels: { colour: 'red' } }));
    await registry.push('app:v2', await dockerArchive('app:v2', two.slice(0, 1), {}));
  });
  after(async () => registry?.[Symbol.asyncDispose]());

  const pull = async (lab: Lab, image: string, tag = 'latest'): Promise<string[]> =>
    texts(await collect(await lab.images.pull({ image: `${registry.address}/${image}`, tag })));

  it('tells what happens as docker does, and says so when all is here', async () => {
    await using lab = await openLab();
    const lines = await pull(lab, 'app', 'v1');
    assert.equal(lines[0], 'Pulling from app');
    assert.deepEqual(lines.filter((line) => line === 'Pulling fs layer').length, 2);
    assert.deepEqual(lines.filter((line) => line === 'Pull complete').length, 2);
    assert.ok(lines.indexOf('Verifying Checksum') < lines.indexOf('Download complete'));
    assert.match(lines.at(-2) ?? '', /^Digest: sha256:[a-f0-9]{64}$/);
    assert.equal(lines.at(-1), `Status: Downloaded newer image for ${registry.address}/app:v1`);
    const again = await pull(lab, 'app', 'v1');
    assert.deepEqual(again, [
      'Pulling from app',
      lines.at(-2),
      `Status: Image is up to date for ${registry.address}/app:v1`,
    ]);
    const other = await pull(lab, 'app', 'v2');
    assert.ok(other.includes('Already exists'));
    assert.deepEqual(
      lab.events.map((event) => `${event.action} ${event.id} ${event.attributes['name'] ?? ''}`),
      ['v1', 'v1', 'v2'].map((tag) => `pull ${registry.address}/app:${tag} ${registry.address}/app`),
    );
    assert.equal(lab.events[0]?.attributes['colour'], 'red');
    assert.deepEqual(await leftovers(lab), []);
  });

  it('gives the name and the digest, and finds the image by either', async () => {
    await using lab = await openLab();
    const lines = await pull(lab, 'library/busybox');
    const digest = (lines.at(-2) ?? '').replace('Digest: ', '');
    const name = `${registry.address}/library/busybox`;
    const image = await lab.images.inspect(`${name}:latest`);
    assert.deepEqual(image.RepoTags, [`${name}:latest`]);
    assert.deepEqual(image.RepoDigests, [`${name}@${digest}`]);
    for (const ref of [
      name,
      `${name}@${digest}`,
      `${name}:latest@${digest}`,
      image.Id ?? '',
      (image.Id ?? '').slice(7, 15),
    ]) {
      assert.equal((await lab.images.resolve(ref)).id, image.Id, ref);
    }
    const byDigest = await pull(lab, `library/busybox@${digest}`, '');
    assert.deepEqual(byDigest, [
      'Pulling from library/busybox',
      `Digest: ${digest}`,
      `Status: Image is up to date for ${name}@${digest}`,
    ]);
    await using fresh = await openLab();
    await pull(fresh, 'library/busybox', digest);
    const alone = await fresh.images.inspect(`${name}@${digest}`);
    assert.deepEqual([alone.RepoTags, alone.RepoDigests], [[], [`${name}@${digest}`]]);
  });

  it('pulls all tags when none is named', async () => {
    await using lab = await openLab();
    const lines = await pull(lab, 'app', '');
    assert.equal(lines.filter((line) => line === 'Pulling from app').length, 2);
    assert.equal(lab.images.count(), 2);
  });

  it('serves Docker Hub names from a mirror', async () => {
    await using lab = await openLab();
    lab.mirrors.push(`http://${registry.address}/`);
    const lines = texts(await collect(await lab.images.pull({ image: 'busybox', tag: 'latest' })));
    assert.equal(lines[0], 'Pulling from library/busybox');
    assert.equal(lines.at(-1), 'Status: Downloaded newer image for busybox:latest');
  });

  it("says in docker's words what is not there, before the first line", async () => {
    await using lab = await openLab();
    const name = `${registry.address}/app`;
    await assert.rejects(pull(lab, 'app', 'nope'), {
      kind: 'notFound',
      message: `manifest for ${name}:nope not found: manifest unknown: manifest unknown`,
    });
    await assert.rejects(pull(lab, 'app', 'V 1'), { kind: 'invalidParameter', message: 'invalid tag format' });
    await assert.rejects(lab.images.pull({ image: '127.0.0.1:1/x', tag: 'latest' }), {
      kind: 'system',
      message: 'Get "http://127.0.0.1:1/v2/x/manifests/latest": dial tcp 127.0.0.1:1: connect: connection refused',
    });
    await assert.rejects(lab.images.pull({ image: `${name}`, tag: 'v1', platform: 'foo' }), {
      kind: 'invalidParameter',
      message: '"foo": unknown operating system or architecture: invalid argument',
    });
    assert.deepEqual(await leftovers(lab), []);
  });

  it('pulls one image many times at once', async () => {
    await using lab = await openLab();
    const all = await Promise.all(Array.from({ length: 6 }, () => pull(lab, 'app', 'v1')));
    for (const lines of all) assert.match(lines.at(-1) ?? '', /^Status: (Downloaded newer|Image is up to date)/);
    assert.deepEqual(await leftovers(lab), []);
  });

  it('survives removals and prunes that run beside pulls', async () => {
    await using lab = await openLab();
    const name = `${registry.address}/app:v1`;
    for (let round = 0; round < 15; round++) {
      const pulling = pull(lab, 'app', 'v1');
      const removing = (async () => {
        await lab.images.prune(new Map([['dangling', ['false']]]));
        await lab.images.remove(name, { force: true, noPrune: false }).catch((error: unknown) => {
          assert.match(String(error), /No such image/);
        });
      })();
      await Promise.all([pulling, removing]);
      assert.deepEqual(await leftovers(lab), [], `round ${round}`);
    }
    await pull(lab, 'app', 'v1');
    assert.equal((await lab.images.layers((await lab.images.resolve(name)).id)).length, 3);
  });

  it('leaves nothing behind when the client goes away', async () => {
    await using lab = await openLab();
    for (const after of [1, 2, 4]) {
      const messages = await lab.images.pull({ image: `${registry.address}/app`, tag: 'v1' });
      let seen = 0;
      for await (const _ of messages) if (++seen === after) break;
      assert.deepEqual(await leftovers(lab), []);
    }
    const gone = new AbortController();
    const messages = await lab.images.pull({ image: `${registry.address}/app`, tag: 'v1', signal: gone.signal });
    gone.abort(new Error('client went away'));
    await assert.rejects(collect(messages), { message: 'client went away' });
    assert.equal(lab.images.count(), 0);
    assert.deepEqual(await leftovers(lab), []);
  });

  it('keeps a store that skopeo and umoci can read, with equal digests', async () => {
    await using lab = await openLab();
    await using folder = await makeTempFolder();
    const flags = ['copy', '--quiet', '--insecure-policy', '--dest-tls-verify=false', '--src-tls-verify=false'];
    const source = `docker://${registry.address}/app`;
    await runOk('skopeo', [...flags, '--format', 'oci', `${source}:v1`, `${source}:oci`]);
    // Docker's kind of manifest is there too, for tools that know only OCI's in OCI's words.
    await pull(lab, 'app', 'v2');
    const lines = await pull(lab, 'app', 'oci');
    const digest = (lines.at(-2) ?? '').replace('Digest: ', '');
    const name = `${registry.address}/app:oci`;
    const other = `${registry.address}/app:v2`;
    await runOk('skopeo', ['inspect', `oci:${lab.root}:${other}`]);
    const { stdout } = await runOk('skopeo', ['inspect', '--format', '{{.Digest}}', `oci:${lab.root}:${name}`]);
    assert.equal(stdout.trim(), digest);
    assert.deepEqual((await runOk('umoci', ['ls', '--layout', lab.root])).stdout.trim().split('\n').sort(), [
      name,
      other,
    ]);
    const archive = join(folder.path, 'saved.tar');
    const parts: Uint8Array[] = [];
    for await (const part of await lab.images.save([name], {})) parts.push(Buffer.from(part));
    await writeFile(archive, Buffer.concat(parts));
    const target = `docker://${registry.address}/copy`;
    await runOk('skopeo', [...flags, `docker-archive:${archive}`, `${target}:docker`]);
    await runOk('skopeo', [...flags, `oci-archive:${archive}`, `${target}:oci`]);
    const oci = await pull(lab, 'copy', 'oci');
    assert.equal(oci.at(-2), `Digest: ${digest}`);
    await pull(lab, 'copy', 'docker');
    const [one, two] = [await lab.images.inspect(name), await lab.images.inspect(`${registry.address}/copy:docker`)];
    assert.deepEqual(one.RootFS, two.RootFS);
    await using fresh = await openLab();
    await load(fresh, Buffer.concat(parts));
    assert.equal((await fresh.images.inspect(name)).Id, one.Id);
  });

  it('tells what the registry has without pulling', async () => {
    await using lab = await openLab();
    const told = (await lab.images.distribution(`${registry.address}/app:v1`, undefined, {})) as {
      readonly Descriptor: { readonly digest: string };
      readonly Platforms: unknown;
    };
    assert.match(told.Descriptor.digest, /^sha256:/);
    assert.deepEqual(told.Platforms, [{ os: 'linux', architecture: 'amd64' }]);
    const tags = await lab.images.remoteTags(`${registry.address}/app`, undefined, {});
    assert.deepEqual([...tags].sort(), ['oci', 'v1', 'v2']);
    await assert.rejects(lab.images.remoteTags(`${registry.address}/nosuch`, undefined, {}), /nosuch/);
    assert.equal(lab.images.count(), 0);
    assert.equal(parseReference(`${registry.address}/app`).path, 'app');
  });
});
