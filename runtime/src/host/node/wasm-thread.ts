// What a thread of the lightweight mode runs.

import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { nodeRealms, sealThread } from './realm.ts';
import type { ThreadData } from './threads.ts';
import { nodeHostFiles } from '../portable/node/host-files.ts';
import { nodeKeptYields } from '../portable/node/kept-yields.ts';
import { nodeStorage } from '../portable/node/storage.ts';
import { serveProcesses } from '../../../../wasm/src/processes/thread.ts';

/** Called once, by whatever a thread is started with. */
export function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('this is a thread of an engine, not a program');
  const { keptYields } = workerData as ThreadData;
  sealThread();
  serveProcesses(
    {
      post: (message) => port.postMessage(message),
      onMessage: (listener) => void port.on('message', listener),
    },
    {
      storage: nodeStorage(),
      host: nodeHostFiles(),
      makeRealm: nodeRealms(),
      keptYields: keptYields === undefined ? undefined : nodeKeptYields(keptYields),
      cpuMs: () => {
        const { user, system } = process.threadCpuUsage();
        return (user + system) / 1000;
      },
      rest: async () => {
        await setImmediate();
      },
    },
  );
  // What is behind it is loaded when it is first asked: the first program need not wait for that.
  performance.now();
}
