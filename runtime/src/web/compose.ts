// The engine of a browser: as the daemon puts one together for WebAssembly alone, over a disk in memory and without sockets.

import { canShareMemory } from '../../../wasm/src/memory/arena.ts';
import { ProcessHost } from '../../../wasm/src/processes/open.ts';
import { version } from '../daemon/version.ts';
import type { EngineConfig } from '../engine/config.ts';
import { createEngine, type EngineHandle } from '../engine/engine.ts';
import type { WasmParts } from '../engine/runners.ts';
import type { Bytes, Host } from '../host/host.ts';
import type { Kernel } from '../host/kernel.ts';
import { createPortableKernel } from '../host/portable/kernel.ts';
import { Layers } from '../host/portable/layers.ts';
import { UserNetwork } from '../host/portable/network/user-network.ts';
import { createWritableRoots } from '../host/portable/roots.ts';
import { Transpiler } from '../host/portable/transpiler.ts';
import { webDisk } from '../host/web/disk.ts';
import { createWebHost, webRandom } from '../host/web/host.ts';
import { webHostFiles } from '../host/web/host-files.ts';
import type { SavedDisk } from '../host/web/saved-disk.ts';
import { webStorage } from '../host/web/storage.ts';
import { webThreadHost } from '../host/web/thread-host.ts';
import { webThreads } from '../host/web/threads.ts';
import { type TranspilerFiles, webTranspiler } from '../host/web/transpiler-thread.ts';
import { Components } from '../runners/wasm/components.ts';
import { EngineError } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import type { Port, StartMessage } from './protocol.ts';
import { transpilerBy } from './transpiler-port.ts';

const dataRoot = '/coracle';
const execRoot = '/run/coracle';
/** Threads that wait for programs, and as many more as are kept after a crowd. */
const readyThreads = 2;
const mostReadyThreads = 8;
/** Browsers tell gigabytes, and not more than eight; or nothing. */
const usualMemoryGb = 4;

export interface WebEngineParts {
  readonly saved: SavedDisk;
  readonly threadUrl: string;
  /** Both absent: no components are run. */
  readonly transpilerUrl?: string | undefined;
  readonly transpilerPort?: Port | undefined;
  /** Archives, or their addresses, by full reference. */
  readonly images: StartMessage['images'];
  readonly logger: Logger;
}

/** What it started is put on `stack`. @throws EngineError when the store does not allow it */
export async function composeEngine(parts: WebEngineParts, stack: AsyncDisposableStack): Promise<EngineHandle> {
  const { saved, logger } = parts;
  const sync = () => saved.save();
  const host = createWebHost(saved.disk, sync);
  // A host's own folders.
  for (const path of ['/var/tmp', '/tmp', execRoot]) await host.files.makeDirectory(path, { recursive: true });
  const networks = new UserNetwork({});
  const kept = [`${dataRoot}/layers/`, `${dataRoot}/tmp/images/`];
  const kernel = createPortableKernel({
    disk: webDisk(saved.disk, sync),
    random: webRandom,
    isHostFolder: (path) => !kept.some((folder) => path.startsWith(folder)),
    hostFiles: webHostFiles(saved.disk),
  });
  const handle = await createEngine({
    host,
    kernel,
    shipped: shippedImages(host, parts.images),
    wasm: wasmParts({ ...parts, host, kernel, networks, sync }, stack),
    logger,
    config: engineConfig,
    live: { debug: false, labels: [], insecureRegistries: [], registryMirrors: [] },
    lint: () => Promise.reject(new EngineError('notImplemented', 'Dockerfiles are not checked in a browser')),
    processTable: () => Promise.reject(new EngineError('notImplemented', 'there are no processes of a host here')),
    dnsSockets: { serve: async () => await Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve() }) },
    portHolder: async () => await Promise.resolve(undefined),
  });
  stack.defer(() => handle.shutdown({ timeoutS: 1 }));
  return handle;
}

const engineConfig: EngineConfig = {
  version,
  mode: 'wasm',
  dataRoot,
  execRoot,
  bridge: 'coracle0',
  dns: [],
  runtimes: {},
  searchPath: [],
  initPaths: [],
  liveRestore: false,
  proxies: { http: '', https: '', no: '' },
};

interface Given extends WebEngineParts {
  readonly host: Host;
  readonly kernel: Kernel;
  readonly networks: UserNetwork;
  readonly sync: () => Promise<void>;
}

function wasmParts(given: Given, stack: AsyncDisposableStack): WasmParts {
  const { saved, threadUrl, logger, host, kernel, networks, sync } = given;
  const transpiler = transpilerOf(given);
  const disk = webDisk(saved.disk, sync);
  const hostFiles = webHostFiles(saved.disk);
  const layers = new Layers({ disk, kernel, random: webRandom });
  const roots = stack.use(createWritableRoots({ disk, kernel, layers, random: webRandom, logger, hostFiles }));
  const { hardwareConcurrency } = navigator;
  const memoryTotal = memoryGb() * 2 ** 30;
  const processes = stack.use(
    new ProcessHost({
      storage: webStorage(saved.disk),
      machine: { memoryBytes: memoryTotal, cpus: hardwareConcurrency },
      host: hostFiles,
      components: transpiler === undefined ? undefined : componentsBy(transpiler, host, stack),
      threads: {
        makeThread: webThreads(threadUrl, saved.disk),
        ready: canShareMemory ? readyThreads : 0,
        mostReady: mostReadyThreads,
      },
      here: webThreadHost(saved.disk),
      onBroken: (words) => logger.error('a container of WebAssembly is broken', { error: words }),
    }),
  );
  const systemCpuNs = () => BigInt(Math.round(performance.now() * hardwareConcurrency)) * 1_000_000n;
  const machine = { cpuCount: hardwareConcurrency, memoryTotal, systemCpuNs };
  return { kernel, roots, processes, networks, machine, warmUp: () => processes.warm() };
}

function transpilerOf({ transpilerUrl, transpilerPort }: WebEngineParts): (() => Promise<TranspilerFiles>) | undefined {
  if (transpilerPort !== undefined) return transpilerBy(transpilerPort);
  if (transpilerUrl === undefined) return undefined;
  return () => Promise.resolve({ script: transpilerUrl, modules: transpilerUrl });
}

function componentsBy(files: () => Promise<TranspilerFiles>, host: Host, stack: AsyncDisposableStack): Components {
  const transpiler = stack.use(new Transpiler(webTranspiler(files)));
  return new Components({
    host,
    folder: `${dataRoot}/components`,
    transpile: (bytes, inTurns) => transpiler.transpile(bytes, inTurns),
  });
}

function memoryGb(): number {
  return 'deviceMemory' in navigator && typeof navigator.deviceMemory === 'number'
    ? navigator.deviceMemory
    : usualMemoryGb;
}

function shippedImages({ http }: Host, images: StartMessage['images']): ReadonlyMap<string, () => Bytes> {
  return new Map(Object.entries(images).map(([reference, archive]) => [reference, () => bytesOf(http, archive)]));
}

async function* bytesOf(http: Host['http'], archive: string | Blob): AsyncGenerator<Uint8Array> {
  if (typeof archive === 'string') yield* archiveAt(http, archive);
  else yield new Uint8Array(await archive.arrayBuffer());
}

async function* archiveAt(http: Host['http'], url: string): AsyncGenerator<Uint8Array> {
  const { status, body } = await http.request({ method: 'GET', url });
  if (status !== 200) throw new EngineError('unavailable', `${url}: the server answered with ${status}`);
  yield* body;
}
