// Tools of others against our registry, both ways: what goes in comes out with the same digests.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { coracleBinary } from '../helpers/paths.ts';
import { requireRegistry, startRegistry } from '../helpers/registry.ts';
import { run, runOk } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon, startDaemon } from '../helpers/temp-daemon.ts';
import { type TempFolder, makeTempFolder } from '../helpers/temp-folder.ts';
import { descriptor, digestOf, ociIndex, ociManifest } from './in-process.ts';
import { type Served, requireProgram, serve } from './program.ts';

describe('registry server: other tools', function () {
  this.timeout(240_000);
  let folder: TempFolder;
  let registry: Served;
  let users: string;

  before(async function () {
    requireProgram(this);
    requireRegistry(this);
    if (!existsSync('/bin/busybox')) skip(this, 'needs busybox-static');
    folder = await makeTempFolder();
    users = join(folder.path, 'users');
    const { stdout } = await runOk('perl', ['-e', 'print crypt("secret", q($2y$05$abcdefghijklmnopqrstuu))']);
    await writeFile(users, `me:${stdout}\n`);
    await writeFile(join(folder.path, 'archive.tar'), await busyboxArchive('busybox:test'));
    registry = await serve(['--allow-delete', '--log-level', 'debug']);
  });

  after(async () => {
    await registry?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const archive = () => `docker-archive:${join(folder.path, 'archive.tar')}`;
  const named = (name: string, at = registry.address) => `docker://${at}/${name}`;
  const layout = (name: string) => `oci:${join(folder.path, name)}:latest`;
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  const copy = (from: string, to: string, ...flags: readonly string[]) =>
    runOk('skopeo', ['copy', '--quiet', '--insecure-policy', ...flags, ...plain, from, to]);

  async function digestAt(name: string, tag: string, address = registry.address): Promise<string | null> {
    const headers = { accept: `${ociIndex}, ${ociManifest}, application/vnd.docker.distribution.manifest.v2+json` };
    const { status, headers: got } = await fetch(`http://${address}/v2/${name}/manifests/${tag}`, { headers });
    assert.equal(status, 200, `${name}:${tag}`);
    return got.get('docker-content-digest');
  }

  async function layoutDigest(name: string): Promise<string | undefined> {
    const text = await readFile(join(folder.path, name, 'index.json'), 'utf8');
    return (JSON.parse(text) as { manifests: { digest: string }[] }).manifests[0]?.digest;
  }

  const formats: Readonly<Record<string, readonly string[]>> = {
    oci: ['--format', 'oci'],
    docker: ['--format', 'v2s2'],
    zstd: ['--format', 'oci', '--dest-compress-format', 'zstd'],
  };
  for (const [name, flags] of Object.entries(formats)) {
    it(`keeps what skopeo copies, and gives it back the same: ${name}`, async () => {
      await copy(archive(), named(`skopeo/${name}:1`), ...flags);
      const digest = await digestAt(`skopeo/${name}`, '1');
      await copy(named(`skopeo/${name}:1`), `dir:${join(folder.path, `dir-${name}`)}`);
      assert.equal(digestOf(await readFile(join(folder.path, `dir-${name}`, 'manifest.json'))), digest);
      // By way of another registry it is still the same.
      await using other = await startRegistry();
      await copy(named(`skopeo/${name}:1`), named('x:1', other.address), '--preserve-digests');
      await copy(named('x:1', other.address), named(`again/${name}:1`), '--preserve-digests');
      assert.equal(await digestAt(`again/${name}`, '1'), digest);
    });
  }

  it('keeps an OCI layout of umoci, which unpacks what comes back', async () => {
    await copy(archive(), layout('made'));
    await runOk('umoci', ['config', '--image', join(folder.path, 'made:latest'), '--config.env', 'A=b']);
    await copy(layout('made'), named('umoci/app:1'));
    await copy(named('umoci/app:1'), layout('back'));
    assert.equal(await layoutDigest('back'), await layoutDigest('made'));
    const bundle = join(folder.path, 'bundle');
    await runOk('umoci', ['unpack', '--image', join(folder.path, 'back:latest'), bundle]);
    assert.match(await readFile(join(bundle, 'rootfs/etc/passwd'), 'utf8'), /^root:/);
  });

  it('keeps images of several platforms, whole', async () => {
    await copy(archive(), named('many/app:amd64'), '--format', 'oci');
    const manifest = await (await fetch(`http://${registry.address}/v2/many/app/manifests/amd64`)).text();
    const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: platforms.map((platform) => ({ ...descriptor(ociManifest, manifest), platform })),
    });
    const put = await fetch(`http://${registry.address}/v2/many/app/manifests/all`, {
      method: 'PUT',
      headers: { 'content-type': ociIndex },
      body: index,
    });
    assert.equal(put.status, 201);
    await copy(named('many/app:all'), named('many/copied:all'), '--all');
    assert.equal(await digestAt('many/copied', 'all'), digestOf(index));
    // Copied within the registry, its blobs are mounted.
    assert.match(registry.logs(), /method=POST url="?\/v2\/many\/copied\/blobs\/uploads\/\?from=.*status=201/);
  });

  it('lists tags to skopeo, and lets it remove them', async () => {
    for (const tag of ['b', 'a']) await copy(archive(), named(`listed/app:${tag}`));
    const list = async () =>
      JSON.parse((await runOk('skopeo', ['list-tags', '--tls-verify=false', named('listed/app')])).stdout) as unknown;
    assert.deepEqual(await list(), { Repository: `${registry.address}/listed/app`, Tags: ['a', 'b'] });
    await runOk('skopeo', ['delete', '--tls-verify=false', named('listed/app:a')]);
    assert.deepEqual(await list(), { Repository: `${registry.address}/listed/app`, Tags: [] });
  });

  it('asks skopeo who it is', async () => {
    await using guarded = await serve(['--htpasswd', users]);
    const target = named('mine/app:1', guarded.address);
    const refused = await run('skopeo', ['copy', '--insecure-policy', ...plain, archive(), target]);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /authentication required|unauthorized/);
    await copy(archive(), target, '--dest-creds=me:secret');
    await copy(target, `dir:${join(folder.path, 'mine')}`, '--src-creds=me:secret');
  });

  it('serves podman', async function () {
    if (!existsSync('/usr/bin/podman')) skip(this, 'needs podman');
    const roots = ['--root', join(folder.path, 'podman'), '--runroot', join(folder.path, 'podman-run')];
    const podman = (...words: readonly string[]) => runOk('podman', [...roots, '--storage-driver', 'vfs', ...words]);
    await podman('load', '-q', '-i', join(folder.path, 'archive.tar'));
    const name = `${registry.address}/podman/app:1`;
    await podman('push', '-q', '--tls-verify=false', 'busybox:test', name);
    await podman('rmi', '-f', 'busybox:test');
    const id = (await podman('pull', '-q', '--tls-verify=false', name)).stdout.trim();
    const { stdout } = await podman('image', 'inspect', '--format', '{{.Id}} {{.Digest}}', name);
    assert.equal(stdout.trim(), `${id} ${await digestAt('podman/app', '1')}`);
  });

  it('serves our own engine', async function () {
    requireDaemon(this);
    await using daemon = await startDaemon();
    const coracle = (...words: readonly string[]) => runOk(coracleBinary, ['-H', daemon.host, ...words]);
    await coracle('load', '-i', join(folder.path, 'archive.tar'));
    const { stdout: id } = await coracle('inspect', '-f', '{{.Id}}', 'busybox:test');
    const name = `${registry.address}/engine/app:1`;
    await coracle('tag', 'busybox:test', name);
    const pushed = (await coracle('push', name)).stdout;
    const digest = /digest: (sha256:[a-f\d]{64})/.exec(pushed)?.[1];
    assert.notEqual(digest, undefined, pushed);
    await coracle('rmi', name, 'busybox:test');
    await coracle('pull', '-q', name);
    assert.equal((await coracle('inspect', '-f', '{{.Id}}', name)).stdout, id);
    assert.match((await coracle('inspect', '-f', '{{.RepoDigests}}', name)).stdout, new RegExp(digest ?? ''));
  });
});
