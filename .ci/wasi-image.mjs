// The image coracle/wasi as a tar that `docker load` takes: an OCI image layout (image-spec 1.1) with one layer, every time in it zero, so
// that it depends on its content alone.

import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { noXattrs } from '../runtime/src/spec/tar/header.ts';
import { writeTar } from '../runtime/src/spec/tar/writer.ts';

const owner = { uid: 0, gid: 0, mtimeNs: 0n, deviceMajor: 0, deviceMinor: 0, xattrs: noXattrs };

/** @param {string} path @param {Uint8Array} bytes @param {number} [mode] */
const file = (path, bytes, mode = 0o644) => ({
  path,
  type: /** @type {const} */ ('file'),
  mode,
  ...owner,
  linkName: '',
  size: bytes.length,
  content: (async function* content() {
    yield bytes;
  })(),
});

/** @param {string} path @param {number} [mode] */
const directory = (path, mode = 0o755) => ({
  path,
  type: /** @type {const} */ ('directory'),
  mode,
  ...owner,
  linkName: '',
  size: 0,
});

/** @param {string} path @param {string} linkName */
const link = (path, linkName) => ({
  path,
  type: /** @type {const} */ ('symlink'),
  mode: 0o777,
  ...owner,
  linkName,
  size: 0,
});

/** @param {import('../runtime/src/spec/tar/writer.ts').WritableMember[]} members */
async function archive(members) {
  const blocks = [];
  for await (const block of writeTar(members)) blocks.push(block);
  return Buffer.concat(blocks);
}

const programNames = new Map([['tools', 'coracle-tools']]);

/** @param {Map<string, Uint8Array>} programs @param {string[]} tools @param {string} folder */
async function layerMembers(programs, tools, folder) {
  const members = [directory('bin'), directory('etc')];
  for (const [name, bytes] of programs) members.push(file(`bin/${programNames.get(name) ?? name}`, bytes, 0o755));
  for (const name of tools) if (!programs.has(name)) members.push(link(`bin/${name}`, 'coracle-tools'));
  for (const name of await readdir(join(folder, 'etc'))) {
    members.push(file(`etc/${name}`, await readFile(join(folder, 'etc', name))));
  }
  for (const path of ['dev', 'home', 'mnt', 'proc', 'run', 'sys', 'usr', 'usr/local', 'usr/local/bin']) {
    members.push(directory(path));
  }
  members.push(link('usr/bin', '../bin'), directory('root', 0o700), directory('tmp', 0o1777));
  members.push(directory('var'), directory('var/log'), directory('var/tmp', 0o1777));
  return members.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @param {Uint8Array} bytes */
const digestOf = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * @param {Map<string, Uint8Array>} programs by their folders
 * @param {string[]} tools names of links to the program of that name
 * @param {string} folder what else is in it
 */
export async function wasiImage(programs, tools, folder) {
  const layer = await archive(await layerMembers(programs, tools, folder));
  const platform = { architecture: 'wasm', os: 'wasi' };
  const created = '1970-01-01T00:00:00Z';
  const json = (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value));
  const config = json({
    created,
    ...platform,
    config: {
      Env: ['PATH=/usr/local/bin:/bin', 'HOME=/root'],
      Cmd: ['/bin/sh'],
      WorkingDir: '/',
      Labels: { 'org.opencontainers.image.title': 'coracle/wasi' },
    },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    history: [{ created, created_by: 'coracle build' }],
  });
  const type = 'application/vnd.oci.image';
  const descriptor = (/** @type {string} */ mediaType, /** @type {Uint8Array} */ bytes) => ({
    mediaType: `${type}.${mediaType}`,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: descriptor('config.v1+json', config),
    layers: [descriptor('layer.v1.tar', layer)],
  });
  const annotations = {
    'io.containerd.image.name': 'docker.io/coracle/wasi:latest',
    'org.opencontainers.image.ref.name': 'latest',
  };
  const manifests = [{ ...descriptor('manifest.v1+json', manifest), platform, annotations }];
  const blobs = [config, layer, manifest].map((bytes) => file(`blobs/sha256/${digestOf(bytes).slice(7)}`, bytes));
  return archive([
    directory('blobs'),
    directory('blobs/sha256'),
    ...blobs,
    file('index.json', json({ schemaVersion: 2, mediaType: `${type}.index.v1+json`, manifests })),
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
  ]);
}
