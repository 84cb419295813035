// The engine behind the API, its routes, and what of the settings it is told. A script of its own: the daemon answers before it is loaded.

import { dirname, join } from 'node:path';
import { Router } from '../api/router.ts';
import { routes } from '../api/routes.ts';
import type { EngineConfig } from '../engine/config.ts';
import { createEngine, type EngineHandle } from '../engine/engine.ts';
import { linuxParts } from '../engine/linux-runner.ts';
import type { Host } from '../host/host.ts';
import type { Kernel } from '../host/kernel.ts';
import { serveDns } from '../host/node/dns-sockets.ts';
import { createNodeHost } from '../host/node/host.ts';
import { portHolder } from '../host/node/port-holder.ts';
import type { Rootless } from '../spec/rootless.ts';
import type { ModedConfig } from './choose-mode.ts';
import { helperPath } from './helper-path.ts';
import type { DaemonLogger } from './json-logger.ts';
import { lightweightParts, openUserNetwork } from './lightweight.ts';
import { lintDockerfile } from './linter.ts';
import { liveSettings } from './live-settings.ts';
import { processTable } from './process-table.ts';
import { shippedImages } from './shipped.ts';
import { lateGate } from './late-gate.ts';
import { lockBridge, subnetTurn } from './bridge-locks.ts';
import { limitBuffers, spareMemory } from './spare-memory.ts';
import { version } from './version.ts';

export interface EngineParts {
  readonly config: ModedConfig;
  readonly rootless: Rootless | undefined;
  readonly logger: DaemonLogger;
  readonly kernel: Kernel;
}

/** The whole API: loaded with what it leads to, after the first ping. */
export function allRoutes(): Router {
  return new Router(routes);
}

/**
 * Makes the engine; what it started is put on `stack`.
 * @throws EngineError when the machine, the settings or the store do not allow it
 */
export async function makeEngine(
  { config, rootless, logger, kernel }: EngineParts,
  stack: AsyncDisposableStack,
): Promise<EngineHandle> {
  const host = hostOf(config);
  // Bridges that are not in a namespace of their own can be reached from here.
  const networks = openUserNetwork(config.mode === 'linux' && rootless === undefined);
  const folders = { components: `${config.dataRoot}/components`, yields: `${config.dataRoot}/yields` };
  const handle = await createEngine({
    host,
    kernel,
    linux: linuxParts,
    shipped: shippedImages(host.files),
    wasm: lightweightParts({ host, kernel, logger, networks, folders }, stack),
    logger,
    config: engineConfig(config, rootless),
    live: liveSettings(config),
    openGate: (file) => lateGate(file, host.clock),
    lint: lintDockerfile,
    spareMemory,
    limitBuffers,
    processTable,
    dnsSockets: { serve: serveDns },
    portHolder,
    ...(config.mode === 'linux' && rootless === undefined
      ? { subnetTurn, holdBridge: (bridge: string) => lockBridge(bridge, config) }
      : {}),
  });
  stack.defer(() => handle.shutdown({ timeoutS: config.shutdownTimeoutS }));
  return handle;
}

/** An ordinary user gives files to nobody else: where WebAssembly alone is run, all on the host are the engine's own. */
function hostOf({ mode }: ModedConfig): Host {
  const host = createNodeHost();
  if (mode === 'linux' || process.getuid?.() === 0) return host;
  return { ...host, files: { ...host.files, chown: () => Promise.resolve() } };
}

function engineConfig(config: ModedConfig, rootless: Rootless | undefined): EngineConfig {
  const env = (name: string): string => process.env[name] ?? process.env[name.toLowerCase()] ?? '';
  return {
    version,
    mode: config.mode,
    obstacles: config.obstacles,
    dataRoot: config.dataRoot,
    execRoot: config.execRoot,
    storageDriver: config.storageDriver,
    bridge: config.bridge,
    ...(config.bip === undefined ? {} : { bip: config.bip }),
    dns: config.dns,
    ...(config.defaultRuntime === undefined ? {} : { defaultRuntime: config.defaultRuntime }),
    runtimes: config.runtimes,
    searchPath: (process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin')
      .split(':')
      .filter((part) => part.startsWith('/')),
    initPaths: config.mode === 'wasm' ? [] : initPaths(),
    liveRestore: config.liveRestore,
    builder: config.builder,
    ...(rootless === undefined ? {} : { rootless }),
    certificateFolders: config.certificateFolders,
    proxies: { http: env('HTTP_PROXY'), https: env('HTTPS_PROXY'), no: env('NO_PROXY') },
  };
}

function initPaths(): readonly string[] {
  return [
    join(dirname(helperPath()), 'coracle-init'),
    '/usr/bin/docker-init',
    '/usr/bin/tini-static',
    '/usr/bin/catatonit',
    '/usr/libexec/podman/catatonit',
  ];
}
