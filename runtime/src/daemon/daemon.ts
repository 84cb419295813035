// The daemon's life: take the data root, listen, build the engine, serve, and leave in order.

import { join } from 'node:path';
import type { ApiServer } from '../api/server.ts';
import { createApiServer } from '../api/server.ts';
import type { Router } from '../api/router.ts';
import type { EngineHandle } from '../engine/engine.ts';
import { makeFolder } from '../host/node/make-folder.ts';
import { runningShims } from '../host/node/shims.ts';
import { besideName } from '../rootless/entered.ts';
import type { Engine } from '../spec/engine/system.ts';
import { EngineError, messageOf } from '../spec/errors.ts';
import type { Rootless } from '../spec/rootless.ts';
import { lockBridge } from './bridge-locks.ts';
import type { ModedConfig } from './choose-mode.ts';
import type { DaemonConfig } from './config.ts';
import { whenIdle } from './idle.ts';
import { createLogger, type DaemonLogger } from './json-logger.ts';
import {
  type Address,
  browserGuard,
  checkExposure,
  formatAddress,
  listen,
  openTo,
  parseAddresses,
  tlsOptions,
} from './listeners.ts';
import { liveSettings } from './live-settings.ts';
import { lockRoot, usable, writePidFile } from './lock.ts';
import { openKernel } from './open-kernel.ts';
import { openTunnels } from './tunnels.ts';
import { version } from './version.ts';

/** The exit status by which the doorman that started us keeps our socket: somebody may need us again. */
const sleepsStatus = 75;

/** What makes the daemon end by itself. */
const idle = 'nothing to do';

/** How long something still open may keep the process after everything has been closed, in ms. */
const exitGraceMs = 100;

/** Runs until told to end, then ends the process. @param reread settles the configuration again, for SIGHUP
 * @param rootless in whose namespaces, when they are not the machine's */
export async function runDaemon(config: ModedConfig, reread: () => DaemonConfig, rootless?: Rootless): Promise<void> {
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
    if (rootless !== undefined && !config.liveRestore) {
      const { leaveNamespaces } = await import('../rootless/enter.ts');
      leaveNamespaces(rootless, config.execRoot);
    }
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
  readonly config: ModedConfig;
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
  usable(`exec root ${config.execRoot}`, () => makeFolder(config.execRoot, 0o711));
  for (const { name, message } of rootless?.findings ?? []) if (name === besideName) logger.warn(message);
  for (const { message } of config.obstacles) logger.warn(`containers of Linux cannot be run here: ${message}`);
  stack.use(lockRoot(config.dataRoot));
  stack.use(writePidFile(config.pidfile));
  // An ordinary user's engine has a network namespace of its own, and one of WebAssembly no bridges.
  if (config.mode === 'linux' && rootless === undefined && config.bridge !== 'none') {
    const bridge = lockBridge(config.bridge, config);
    // As long as containers run on, nobody else may have it.
    stack.defer(() => {
      if (runningShims(config.execRoot).length === 0) bridge[Symbol.dispose]();
    });
  }
  // It ends after those who ask it, though it comes after them.
  const underneath = stack.use(new AsyncDisposableStack());
  const making = Promise.withResolvers<EngineHandle>();
  const engine = making.promise.then((handle) => handle.engine);
  // Whoever asks hears of it; here it is told by what made it fail.
  engine.catch(() => undefined);
  const routing = Promise.withResolvers<Router>();
  // Group 0 in a user namespace is the user's own, and the only one of the host that is in there.
  const group = config.group ?? (rootless === undefined ? undefined : '0');
  const servers = await openServers(addresses, { config, group, engine, logger, router: routing.promise }, stack);
  if (doorman !== undefined) openTo(doorman, group);
  const told = untilTold();
  try {
    // While the helper starts, who asks for a sign of life already gets it; then comes what keeps this thread busy.
    const kernel = underneath.use(await openKernel(config, rootless, logger));
    const { allRoutes, makeEngine } = await import('./make-engine.ts');
    routing.resolve(allRoutes());
    making.resolve(await makeEngine({ config, rootless, logger, kernel }, underneath));
  } catch (cause) {
    const failure = new EngineError('unavailable', `the engine did not start: ${messageOf(cause)}`, { cause });
    routing.reject(failure);
    making.reject(failure);
    throw cause;
  }
  const handle = await making.promise;
  process.on('SIGHUP', () => reload(reread, logger, handle));
  // Those who waited for the engine have their answers first.
  await new Promise((resolve) => setImmediate(resolve));
  handle.startWanted().catch((error: unknown) => {
    logger.error('containers were not started again', { error: messageOf(error) });
  });
  // What comes and goes is buffers beside a small heap. To go through that at once takes 5 ms; in steps, with threads that do the
  // same beside the work, it took a third of all that an import costs. Not earlier: V8 takes no code that was made under other
  // flags, Node's own included.
  process.getBuiltinModule('node:v8').setFlagsFromString('--no-incremental-marking');
  return { ended: Promise.race([told, untilIdle(config, handle, servers)]) };
}

/** Listens on all addresses. What they get before the engine stands waits for it, but a ping. */
async function openServers(
  addresses: readonly Address[],
  {
    config,
    group,
    ...given
  }: {
    readonly config: DaemonConfig;
    readonly group: string | undefined;
    readonly engine: Promise<Engine>;
    readonly router: Promise<Router>;
    readonly logger: DaemonLogger;
  },
  stack: AsyncDisposableStack,
): Promise<readonly ApiServer[]> {
  const tls = addresses.some(({ kind }) => kind === 'tcp') ? tlsOptions(config) : undefined;
  const tunnels = openTunnels({
    engine: given.engine,
    logger: given.logger,
    version,
    socketFolder: join(config.execRoot, 'ssh'),
  });
  const servers: ApiServer[] = [];
  for (const address of addresses) {
    const isTcp = address.kind === 'tcp';
    const api = createApiServer({
      ...given,
      version,
      tunnels,
      ...(isTcp && tls !== undefined ? { tls } : {}),
      ...(isTcp ? { guard: browserGuard(config) } : {}),
    });
    await listen(api.server, address, group);
    servers.push(api);
    stack.defer(() => close(api));
    given.logger.info('API listen', { address: formatAddress(address) });
  }
  return servers;
}

/** Resolves with the signal that ends it. */
function untilTold(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}

/** Resolves when nothing has needed it for as long as was set; never where that was not. */
function untilIdle(config: DaemonConfig, handle: EngineHandle, servers: readonly ApiServer[]): Promise<string> {
  return new Promise((resolve) => {
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
