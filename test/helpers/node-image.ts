// An image with Node in it, out of this machine's own files: the Node that the project brings with the libraries that it is linked
// with, busybox for scripts, and the user `node`, as Node's image on Docker Hub has one.

import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { busyboxRootfs, dockerArchive } from './busybox-image.ts';
import { HostLayer } from './host-files.ts';
import { nodeBinary } from './paths.ts';

const config = {
  Cmd: ['node'],
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'NODE_VERSION=24'],
};

const users: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  'etc/group': 'root:x:0:\nnode:x:1000:\n',
};

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
  const layer = new HostLayer();
  for (const [name, text] of Object.entries(users)) layer.text(name, text);
  layer.directory('home/node', 1000);
  // Where the first lines of scripts look for it.
  layer.link('usr/bin/env', '../../bin/busybox');
  layer.program(realpathSync(nodeBinary), 'usr/local/bin/node');
  const npm = withNpm ? npmFolder() : undefined;
  if (npm !== undefined) {
    layer.folder(npm, 'usr/local/lib/node_modules/npm', () => true);
    for (const name of ['npm', 'npx']) {
      layer.link(`usr/local/bin/${name}`, `../lib/node_modules/npm/bin/${name}-cli.js`);
    }
  }
  return await layer.tar();
}
