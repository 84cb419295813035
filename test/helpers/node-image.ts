// An image with Node in it, out of this machine's own files: the Node that the project brings with the libraries that it is linked
// with, busybox for scripts, and the user `node`, as Node's image on Docker Hub has one.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack, type Pack } from 'tar-stream';
import { busyboxRootfs, dockerArchive } from './busybox-image.ts';
import { nodeBinary } from './paths.ts';

const config = {
  Cmd: ['node'],
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'NODE_VERSION=24'],
};

const users: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  'etc/group': 'root:x:0:\nnode:x:1000:\n',
};

const epoch = new Date(0);

/**
 * What `docker load` takes: two layers, `node` as command.
 * @param tag `name:tag`
 * @param withNpm brings this machine's npm as well
 */
export async function nodeArchive(tag: string, { withNpm = false } = {}): Promise<Uint8Array> {
  return dockerArchive(tag, [await busyboxRootfs(), await nodeLayer(withNpm)], config);
}

/** @returns the folder of this machine's npm, undefined where there is none */
export function npmFolder(): string | undefined {
  const script = ['/usr/bin/npm', '/usr/local/bin/npm'].find((path) => existsSync(path));
  return script === undefined ? undefined : dirname(dirname(realpathSync(script)));
}

async function nodeLayer(withNpm: boolean): Promise<Uint8Array> {
  const node = realpathSync(nodeBinary);
  const tar = pack();
  for (const [name, text] of Object.entries(users)) tar.entry({ name, mode: 0o644, mtime: epoch }, text);
  for (const name of ['home/node', 'usr/local', 'usr/local/bin']) addFolder(tar, name, name === 'home/node' ? 1000 : 0);
  // Where the first lines of scripts look for it.
  tar.entry({ name: 'usr/bin/env', type: 'symlink', linkname: '../../bin/busybox', mtime: epoch });
  addFile(tar, 'usr/local/bin/node', node);
  for (const library of librariesOf(node)) addFile(tar, library.slice(1), realpathSync(library));
  const npm = withNpm ? npmFolder() : undefined;
  if (npm !== undefined) addNpm(tar, npm);
  tar.finalize();
  return await buffer(tar);
}

/** Where the loader looks for what a program is linked with, the loader itself among it. */
function librariesOf(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

function addNpm(tar: Pack, from: string): void {
  const to = 'usr/local/lib/node_modules/npm';
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    const path = join(from, name);
    if (statSync(path).isFile()) addFile(tar, join(to, name), path);
  }
  // Its scripts begin with that path.
  tar.entry({ name: 'usr/bin/env', type: 'symlink', linkname: '../../bin/busybox', mtime: epoch });
  for (const name of ['npm', 'npx']) {
    const linkname = `../lib/node_modules/npm/bin/${name}-cli.js`;
    tar.entry({ name: `usr/local/bin/${name}`, type: 'symlink', linkname, mtime: epoch });
  }
}

function addFolder(tar: Pack, name: string, uid: number): void {
  tar.entry({ name, type: 'directory', mode: 0o755, uid, gid: uid, mtime: epoch });
}

function addFile(tar: Pack, name: string, path: string): void {
  tar.entry({ name, mode: statSync(path).mode & 0o777, mtime: epoch }, readFileSync(path));
}
