// A runner of WebAssembly over folders of its own, with the layer of coracle/wasi below its roots.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lightweightParts, openUserNetwork } from '../../runtime/src/daemon/lightweight.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { createPortableKernel } from '../../runtime/src/host/portable/kernel.ts';
import { nodeDisk } from '../../runtime/src/host/portable/node/disk.ts';
import { nodeHostFiles } from '../../runtime/src/host/portable/node/host-files.ts';
import type { Kernel, TreeEntry } from '../../runtime/src/host/kernel.ts';
import { unpackLayer } from '../../runtime/src/images/unpack.ts';
import type { Runner } from '../../runtime/src/runners/runner.ts';
import { createWasmRunner } from '../../runtime/src/runners/wasm/runner.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { nodeBinary, root } from '../helpers/paths.ts';
import { wasiLayer } from '../helpers/wasi-image.ts';
import { temporaryFolder } from '../native/setup.ts';
import type { Bench } from '../suites/runner-suite.ts';

/** The archive of coracle/wasi as this checkout builds it. */
export function wasiArchive(): Buffer {
  const folder = temporaryFolder('guests');
  execFileSync(nodeBinary, [join(root, '.ci/guests.mjs'), folder], { stdio: 'pipe' });
  return readFileSync(join(folder, 'coracle-wasi.tar'));
}

export interface WasmBench extends Bench {
  readonly runner: Runner;
  readonly folder: string;
}

export async function wasmBench(): Promise<WasmBench> {
  const folder = temporaryFolder('wr');
  const host = createNodeHost();
  const kernel = createPortableKernel({
    disk: nodeDisk(),
    random: (size) => host.random(size),
    isHostFolder: (path) => !path.startsWith(`${folder}/layers/`),
    hostFiles: nodeHostFiles(),
  });
  const layers = [
    await ownLayer(kernel, join(folder, 'layers/own')),
    await layerOfWasi(kernel, join(folder, 'layers/wasi')),
  ];
  const stack = new AsyncDisposableStack();
  const logger = silentLogger;
  const make = () => {
    const networks = openUserNetwork(false);
    const folders = { components: join(folder, 'components'), yields: join(folder, 'yields') };
    const parts = lightweightParts({ host, kernel, logger, networks, folders }, stack);
    return createWasmRunner({ ...parts, host, logger });
  };
  const runner = make();
  return {
    runner,
    folder,
    newRoot: () => {
      const id = randomBytes(32).toString('hex');
      const scratch = join(folder, id);
      mkdirSync(scratch);
      return { id, layers, scratch };
    },
    restart: () => Promise.resolve(make()),
    close: async () => {
      for (const id of await runner.leftovers()) await runner.purge(id);
      await stack.disposeAsync();
    },
  };
}

async function layerOfWasi(kernel: Kernel, directory: string): Promise<string> {
  mkdirSync(directory, { recursive: true });
  await unpackLayer(kernel, directory, chunks(await wasiLayer()), { reserve: () => Promise.resolve() });
  return directory;
}

/** What the suite looks for in a root. */
async function ownLayer(kernel: Kernel, directory: string): Promise<string> {
  mkdirSync(directory, { recursive: true });
  await using tree = await kernel.openTree({ root: directory });
  const files = {
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\nweb:x:33:34::/:/bin/sh\n',
    'etc/group': 'root:x:0:\nweb:x:34:\naudio:x:29:web\n',
    plain: 'not a program\n',
  };
  for (const [path, text] of Object.entries(files)) {
    await tree.put({ ...emptyFile, path, size: text.length }, chunks(Buffer.from(text)));
  }
  await tree.flush();
  return directory;
}

const emptyFile: TreeEntry = {
  path: '',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeNs: 0n,
  linkName: '',
  deviceMajor: 0,
  deviceMinor: 0,
  xattrs: new Map(),
};

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
