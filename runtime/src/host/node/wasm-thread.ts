// What a thread of the lightweight mode runs.

import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { nodeRealms, sealThread } from './realm.ts';
import { nodeHostFiles } from '../portable/node/host-files.ts';
import { nodeStorage } from '../portable/node/storage.ts';
import { serveProcesses } from '../../../../wasm/src/processes/thread.ts';

const port = parentPort;
if (port === null) throw new Error('this is a thread of an engine, not a program');

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
    cpuMs: () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    },
    rest: async () => {
      await setImmediate();
    },
  },
);
