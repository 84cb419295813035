// The daemon's life: take the data root, build the engine, listen, serve, and leave in order.

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { ApiServer } from '../api/server.ts';
import { createApiServer } from '../api/server.ts';
import { Router } from '../api/router.ts';
import { routes } from '../api/routes.ts';
import { createBuildKit } from '../buildkit/buildkit.ts';
import type { EngineConfig, LiveSettings } from '../engine/config.ts';
import { createEngine, type EngineHandle } from '../engine/engine.ts';
import { startKernel } from '../host/native-kernel.ts';
import { serveDns } from '../host/node/dns-sockets.ts';
import { createNodeHost } from '../host/node/host.ts';
import { portHolder } from '../host/node/port-holder.ts';
import { leaveNamespaces } from '../rootless/enter.ts';
import { besideName } from '../rootless/preflight.ts';
import { messageOf } from '../spec/errors.ts';
import type { Rootless } from '../spec/rootless.ts';
import type { DaemonConfig } from './config.ts';
import { helperPath } from './helper-path.ts';
import { whenIdle } from './idle.ts';
import { createLogger, type DaemonLogger } from './json-logger.ts';
import { lintDockerfile } from './linter.ts';
import { browserGuard, checkExposure, listen, openTo, parseAddresses, tlsOptions } from './listeners.ts';
import { lockRoot, writePidFile } from './lock.ts';
import { processTable } from './process-table.ts';
import { version } from './version.ts';

/** The exit status by which the doorman that started us keeps our socket: somebody may need us again. */
const sleepsStatus = 75;

/** What makes the daemon end by itself. */
const idle = 'nothing to do';

/** How long something still open may keep the process after everything has been closed, in ms. */
const exitGraceMs = 100;

/** Runs until told to end, then ends the process. @param reread settles the configuration again, for SIGHUP
 * @param rootless in whose namespaces, when they are not the machine's */
export async function runDaemon(config: DaemonConfig, reread: () => DaemonConfig, rootless?: Rootless): Promise<void> {
  // What comes and goes is buffers beside a small heap. To go through that at once takes 5 ms; in steps, with threads that do the
  // same beside the work, it took a third of all that an import costs.
  setFlagsFromString('--no-incremental-marking');
  const logger = createLogger(config.logFormat, config.logLevel);
  const die = (message: string) => (error: unknown) => {
    logger.fatal(message, { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
    process.exit(1);
  };
  process.on('uncaughtException', die('uncaught error'));
  process.on('unhandledRejection', die('unhandled rejection'));
  const stack = new AsyncDisposableStack();
  // The path of the socket that we were given by who listens while we sleep.
  const doorman = process.env['CORACLE_DOORMAN'];
  delete process.env['CORACLE_DOORMAN'];
  try {
    const daemon = await start({ config, reread, rootless, doorman }, logger, stack);
    const reason = await daemon.ended;
    logger.info('shutting down', { reason });
    process.on('SIGTERM', () => process.exit(1));
    process.on('SIGINT', () => process.exit(1));
    await stack.disposeAsync();
    if (rootless !== undefined && !config.liveRestore) leaveNamespaces(rootless, config.execRoot);
    logger.info('ended');
    process.exitCode = doorman !== undefined && reason === idle ? sleepsStatus : 0;
    // Not at once: while V8 still compiles, Node's exit may wait for it for ever (nodejs/node#54918).
    setTimeout(() => process.exit(), exitGraceMs).unref();
  } catch (error) {
    await stack
      .disposeAsync()
      .catch((second: unknown) => logger.error('clean-up failed', { error: messageOf(second) }));
    logger.fatal('failed to start', { error: messageOf(error) });
    process.exit(1);
  }
}

interface Given {
  readonly config: DaemonConfig;
  readonly reread: () => DaemonConfig;
  readonly rootless: Rootless | undefined;
  readonly doorman: string | undefined;
}

/** Everything started is put on `stack`, so that it ends in the opposite order. */
async function start(
  { config, reread, rootless, doorman }: Given,
  logger: DaemonLogger,
  stack: AsyncDisposableStack,
): Promise<{ readonly ended: Promise<string> }> {
  const addresses = config.hosts.flatMap(parseAddresses);
  for (const address of addresses) checkExposure(address, config);
  const tls = addresses.some(({ kind }) => kind === 'tcp') ? tlsOptions(config) : undefined;
  mkdirSync(config.execRoot, { recursive: true, mode: 0o711 });
  for (const { name, message } of rootless?.findings ?? []) if (name === besideName) logger.warn(message);
  stack.use(lockRoot(config.dataRoot));
  stack.use(writePidFile(config.pidfile));
  const kernel = await startKernel({
    helperPath: helperPath(),
    execRoot: config.execRoot,
    logger,
    ...(rootless === undefined ? {} : { networkNamespace: `/proc/${rootless.holder.pid}/ns/net` }),
  });
  stack.use(kernel);
  const handle = await createEngine({
    host: createNodeHost(),
    kernel,
    logger,
    config: engineConfig(config, rootless),
    live: liveSettings(config),
    processTable,
    dnsSockets: { serve: serveDns },
    portHolder,
  });
  stack.defer(() => handle.shutdown({ timeoutS: config.shutdownTimeoutS }));
  const router = new Router(routes);
  const tunnels = createBuildKit({
    engine: handle.engine,
    logger,
    version,
    lint: lintDockerfile,
    socketFolder: join(config.execRoot, 'ssh'),
  });
  const servers: ApiServer[] = [];
  // Group 0 in a user namespace is the user's own, and the only one of the host that is in there.
  const group = config.group ?? (rootless === undefined ? undefined : '0');
  for (const address of addresses) {
    const isTcp = address.kind === 'tcp';
    const api = createApiServer({
      engine: handle.engine,
      router,
      logger,
      version,
      tunnels,
      ...(isTcp && tls !== undefined ? { tls } : {}),
      ...(isTcp ? { guard: browserGuard(config) } : {}),
    });
    await listen(api.server, address, group);
    servers.push(api);
    stack.defer(() => close(api));
    logger.info('API listen', { address: address.kind === 'unix' ? address.path : JSON.stringify(address) });
  }
  if (doorman !== undefined) openTo(doorman, group);
  handle.startWanted().catch((error: unknown) => {
    logger.error('containers were not started again', { error: messageOf(error) });
  });
  return { ended: untilTold(config, reread, logger, handle, servers) };
}

/** Resolves with the reason to end. */
function untilTold(
  config: DaemonConfig,
  reread: () => DaemonConfig,
  logger: DaemonLogger,
  handle: EngineHandle,
  servers: readonly ApiServer[],
): Promise<string> {
  process.on('SIGHUP', () => reload(reread, logger, handle));
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
    if (config.idleExitS === undefined) return;
    const needs = () => ({
      requests: servers.reduce((sum, { active }) => sum + active, 0),
      isBusy: handle.isBusy(),
      lastActiveMs: Math.max(...servers.map(({ lastActiveMs }) => lastActiveMs)),
    });
    whenIdle(config.idleExitS, needs, () => resolve(idle));
  });
}

function reload(reread: () => DaemonConfig, logger: DaemonLogger, handle: EngineHandle): void {
  try {
    const config = reread();
    logger.setLevel(config.logLevel);
    handle.reload(liveSettings(config));
    logger.info('configuration reloaded', { file: config.configFile });
  } catch (error) {
    logger.error('configuration not reloaded', { error: messageOf(error) });
  }
}

/** Takes no more, lets go of what idles, cuts what still streams: its work is ended by the engine. */
async function close(api: ApiServer): Promise<void> {
  const closed = new Promise<void>((resolve) => api.server.close(() => resolve()));
  api.server.closeIdleConnections();
  await Promise.race([closed, new Promise<void>((resolve) => setTimeout(resolve, 200).unref())]);
  api.server.closeAllConnections();
}

function liveSettings(config: DaemonConfig): LiveSettings {
  return {
    debug: config.logLevel === 'debug',
    labels: config.labels,
    insecureRegistries: config.insecureRegistries,
    registryMirrors: config.registryMirrors,
  };
}

function engineConfig(config: DaemonConfig, rootless: Rootless | undefined): EngineConfig {
  const env = (name: string): string => process.env[name] ?? process.env[name.toLowerCase()] ?? '';
  return {
    version,
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
    initPaths: [
      join(dirname(helperPath()), 'coracle-init'),
      '/usr/bin/docker-init',
      '/usr/bin/tini-static',
      '/usr/bin/catatonit',
      '/usr/libexec/podman/catatonit',
    ],
    liveRestore: config.liveRestore,
    ...(rootless === undefined ? {} : { rootless }),
    proxies: { http: env('HTTP_PROXY'), https: env('HTTPS_PROXY'), no: env('NO_PROXY') },
  };
}
