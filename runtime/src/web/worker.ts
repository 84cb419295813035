// The engine in a worker of a browser: what the worker's script runs.

import { canShareMemory } from '../../../wasm/src/memory/arena.ts';
import { inProcessApi } from '../api/in-process.ts';
import { Router } from '../api/router.ts';
import { routes } from '../api/routes.ts';
import { version } from '../daemon/version.ts';
import type { EngineHandle } from '../engine/engine.ts';
import { isOfRealm } from '../host/web/realm.ts';
import { SavedDisk } from '../host/web/saved-disk.ts';
import { isKind, messageOf } from '../spec/errors.ts';
import { composeEngine } from './compose.ts';
import { lockStore } from './lock.ts';
import { webLogger } from './logger.ts';
import type { FromEngine, StartMessage, ToEngine } from './protocol.ts';
import { serveRequest } from './serve.ts';

const scope = globalThis as unknown as {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  addEventListener(type: 'unhandledrejection', listener: (event: { readonly reason: unknown }) => void): void;
  reportError(error: unknown): void;
};
const post = (message: FromEngine) => scope.postMessage(message);
const logger = webLogger(post);

const making = Promise.withResolvers<EngineHandle>();
const stack = new AsyncDisposableStack();
// Whoever asks hears of it.
const engine = making.promise.then((handle) => handle.engine);
engine.catch(() => undefined);
const api = inProcessApi({ engine, router: new Router(routes), logger, version });

scope.onmessage = ({ data }) => {
  const message = data as ToEngine;
  if (message.kind === 'start') void start(message);
  else if (message.kind === 'request') void serveRequest(api, message);
  else void end();
};

// As the daemon ends: nobody knows what is left undone. Who has made this worker hears of errors, and of nothing else.
scope.addEventListener('unhandledrejection', ({ reason }) => {
  // Where memory is not shared components run here.
  if (isOfRealm(reason)) {
    logger.debug('a component left a promise that failed', { error: messageOf(reason) });
    return;
  }
  logger.error('unhandled rejection', { stack: reason instanceof Error ? reason.stack : undefined });
  scope.reportError(reason);
});

async function start({ store, ...parts }: StartMessage): Promise<void> {
  try {
    await lockStore(store);
    post({ kind: 'begun' });
    const saved = stack.use(await SavedDisk.open({ name: store, isShared: canShareMemory, logger }));
    const handle = await composeEngine({ ...parts, saved, logger }, stack);
    making.resolve(handle);
    post({ kind: 'started', isIsolated: canShareMemory });
    await handle.startWanted();
  } catch (error) {
    making.reject(error);
    post({ kind: 'failed', message: messageOf(error), isDamaged: isKind(error, 'dataLoss') });
    logger.debug('the engine did not start', { stack: error instanceof Error ? error.stack : undefined });
  }
}

async function end(): Promise<void> {
  try {
    await stack.disposeAsync();
  } catch (error) {
    logger.error('the engine did not end well', { error: messageOf(error) });
  }
  post({ kind: 'ended' });
}
