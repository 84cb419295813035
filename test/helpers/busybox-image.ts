// A small image out of Debian's static busybox: its root file system as a tar, and a docker-archive around that.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { pack, type Pack } from 'tar-stream';

/** Accounts that tests use, and other small files. */
export const smallFiles: Readonly<Record<string, string>> = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nwww:x:33:33:www:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n',
  'etc/group': 'root:x:0:\ndaemon:x:1:\nwww:x:33:\naudio:x:29:www\nnogroup:x:65534:\n',
  'etc/os-release': 'ID=busybox\nNAME=Busybox\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

const folders = [
  'bin',
  'dev',
  'etc',
  'home',
  'proc',
  'root',
  'sys',
  'tmp',
  'usr',
  'usr/bin',
  'usr/sbin',
  'var',
  'var/www',
];

const epoch = new Date(0);
const ownPlatform = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' };

/** @param busybox a statically linked busybox @throws when it is missing */
export async function busyboxRootfs(busybox = '/bin/busybox'): Promise<Uint8Array> {
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '');
  const tar = pack();
  for (const name of folders) add(tar, { name, type: 'directory', mode: name === 'tmp' ? 0o1777 : 0o755 });
  for (const [name, text] of Object.entries(smallFiles)) add(tar, { name, mode: 0o644 }, text);
  add(tar, { name: 'bin/busybox', mode: 0o755 }, readFileSync(busybox));
  for (const applet of applets.filter((name) => name !== 'busybox')) {
    add(tar, { name: `bin/${applet}`, type: 'symlink', linkname: 'busybox', mode: 0o777 });
  }
  tar.finalize();
  return buffer(tar);
}

/** What `docker load` takes: one layer, `sh` as command. @param tag `name:tag` */
export async function busyboxArchive(tag: string): Promise<Uint8Array> {
  return dockerArchive(tag, [await busyboxRootfs()], {
    Cmd: ['sh'],
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  });
}

/** @param layers uncompressed layer tars, bottom first @param config the image config's `config` @param platform this machine's when absent */
export async function dockerArchive(
  tag: string,
  layers: readonly Uint8Array[],
  config: object,
  platform: { readonly os: string; readonly architecture: string } = ownPlatform,
): Promise<Uint8Array> {
  const ids = layers.map((layer) => sha256(layer));
  const document = JSON.stringify({
    ...platform,
    created: '2024-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: ids.map((id) => `sha256:${id}`) },
    history: ids.map(() => ({ created: '2024-01-01T00:00:00Z', created_by: 'busybox' })),
  });
  const tar = pack();
  const configName = `${sha256(Buffer.from(document))}.json`;
  const layerName = (id: string): string => `${id}/layer.tar`;
  add(tar, { name: configName }, document);
  layers.forEach((layer, index) => add(tar, { name: layerName(ids[index] ?? '') }, layer));
  const manifest = [{ Config: configName, RepoTags: [tag], Layers: ids.map(layerName) }];
  add(tar, { name: 'manifest.json' }, JSON.stringify(manifest));
  tar.finalize();
  return buffer(tar);
}

interface Entry {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link';
  readonly linkname?: string;
  readonly mode?: number;
}

function add(tar: Pack, entry: Entry, data: string | Uint8Array = ''): void {
  tar.entry({ mtime: epoch, ...entry }, Buffer.from(data));
}

/** A tar of a few files, for `cp`, `import` and layers. Values are contents; a value `{ link }` is a symbolic link. */
export async function tarOf(
  entries: Readonly<Record<string, string | Uint8Array | { readonly link: string }>>,
): Promise<Uint8Array> {
  const tar = pack();
  for (const [name, value] of Object.entries(entries)) {
    if (value instanceof Uint8Array) add(tar, { name, mode: 0o755 }, value);
    else if (typeof value === 'object') add(tar, { name, type: 'symlink', linkname: value.link });
    else if (name.endsWith('/')) add(tar, { name, type: 'directory', mode: 0o755 });
    else add(tar, { name, mode: 0o644 }, value);
  }
  tar.finalize();
  return buffer(tar);
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
