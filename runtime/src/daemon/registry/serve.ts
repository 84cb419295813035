// The life of `coracle registry serve`: take the folder, open it, listen, and leave in order.

import { existsSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { createNodeHost } from '../../host/node/host.ts';
import { Authenticator } from '../../registry-server/authenticate.ts';
import { journalPath } from '../../registry-server/index/index.ts';
import { type RegistryServer, openRegistryServer } from '../../registry-server/server.ts';
import { EngineError, messageOf } from '../../spec/errors.ts';
import { type DaemonLogger, createLogger } from '../json-logger.ts';
import { isLoopback, listen } from '../listeners.ts';
import { lockRoot } from '../lock.ts';
import { createDoor } from './door.ts';
import type { CollectConfig, ServeConfig } from './settings.ts';

const collectEveryMs = 60 * 60_000;
/** How long transfers may go on after the end was asked for. */
const graceMs = 10_000;

/** Runs until told to end, then ends the process: with 1 when it did not start. */
export async function serve(config: ServeConfig): Promise<void> {
  const logger = createLogger(config.log.format, config.log.level);
  const die = (message: string) => (error: unknown) => {
    logger.fatal(message, { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
    process.exit(1);
  };
  process.on('uncaughtException', die('uncaught error'));
  process.on('unhandledRejection', die('unhandled rejection'));
  const told = untilTold();
  const stack = new AsyncDisposableStack();
  try {
    await start(config, logger, stack);
    const reason = await told;
    logger.info('shutting down', { reason });
    // Whoever asks twice does not want to wait.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1));
    await stack.disposeAsync();
    logger.info('ended');
    process.exit(0);
  } catch (error) {
    await stack
      .disposeAsync()
      .catch((second: unknown) => logger.error('clean-up failed', { error: messageOf(second) }));
    logger.fatal('failed to start', { error: messageOf(error) });
    process.exit(1);
  }
}

/** `coracle registry gc`. @returns how many contents were removed @throws EngineError notFound; conflict while it is served */
export async function collectOnce(config: CollectConfig): Promise<number> {
  // Not to make one where the folder was mistyped, and say that nothing is to be removed.
  if (!existsSync(journalPath(config.root)))
    throw new EngineError('notFound', `there is no registry in ${config.root}`);
  using _lock = lockRoot(config.root, 'registry');
  const logger = createLogger(config.log.format, config.log.level);
  await using registry = await openRegistryServer({
    host: createNodeHost(),
    root: config.root,
    logger,
    readOnly: true,
    allowDelete: false,
  });
  return await registry.collect(config.keepMs);
}

async function start(config: ServeConfig, logger: DaemonLogger, stack: AsyncDisposableStack): Promise<void> {
  const tls = config.tls === undefined ? undefined : readTls(config.tls);
  stack.use(lockRoot(config.root, 'registry'));
  const host = createNodeHost();
  const users = config.htpasswd === undefined ? undefined : new Authenticator(host, config.htpasswd, logger);
  await users?.open();
  const registry = stack.use(
    await openRegistryServer({
      host,
      root: config.root,
      logger,
      readOnly: config.readOnly,
      allowDelete: config.allowDelete,
      ...(users === undefined ? {} : { authenticate: (request) => users.authenticate(request) }),
    }),
  );
  const server = createDoor((request) => registry.handle(request), logger, tls);
  await listen(server, { kind: 'tcp', host: config.host, port: config.port }, undefined);
  stack.defer(() => close(server));
  if (config.tls !== undefined) rereadTls(server as TlsServer, config.tls, logger);
  stack.use(collectNowAndThen(registry, config, logger));
  if (users === undefined && !config.readOnly && !isLoopback(config.host)) {
    logger.warn('whoever reaches this address may push: give --htpasswd, or --read-only');
  }
  logger.info('registry listen', { address: addressOf(server), tls: tls !== undefined, root: config.root });
}

interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: 'TLSv1.2';
}

/** @throws EngineError invalidParameter naming the file */
function readTls({ cert, key }: NonNullable<ServeConfig['tls']>): TlsFiles {
  try {
    return { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.2' };
  } catch (cause) {
    throw new EngineError('invalidParameter', `could not load TLS material: ${messageOf(cause)}`, { cause });
  }
}

/** A certificate that was renewed is taken upon SIGHUP, without an end of what goes on. */
function rereadTls(server: TlsServer, files: NonNullable<ServeConfig['tls']>, logger: DaemonLogger): void {
  process.on('SIGHUP', () => {
    try {
      server.setSecureContext(readTls(files));
      logger.info('certificate reloaded', { file: files.cert });
    } catch (error) {
      logger.error('certificate not reloaded', { error: messageOf(error) });
    }
  });
}

function collectNowAndThen(registry: RegistryServer, config: ServeConfig, logger: DaemonLogger): Disposable {
  const collect = (): void => {
    registry.collect(config.keepMs).catch((error: unknown) => {
      logger.error('what nothing needs was not removed', { error: messageOf(error) });
    });
  };
  collect();
  const timer = setInterval(collect, collectEveryMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return address ?? '';
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

/** Resolves with the signal that ends it. */
function untilTold(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}

/** Takes no more, lets go of what idles, gives transfers some time, and then cuts them: their clients go on later. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await Promise.race([closed, new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref())]);
  server.closeAllConnections();
  await closed;
}
