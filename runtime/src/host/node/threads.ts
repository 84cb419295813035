// Threads of Node for the processes of the lightweight mode.

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { threadPauser } from './thread-pauser.ts';
import type { MakeThread, Thread } from '../../../../wasm/src/threads/thread.ts';

/** Megabytes: what a thread's own objects may take. Linear memory is not among it. */
const heapMb = 256;
/** Megabytes: how deep a program may call. */
const stackMb = 8;

export interface ThreadData {
  /** Where modules are that an engine has made to take turns; threads only read there. */
  readonly keptYields?: string | undefined;
}

/** @param entry absolute path of the script that a thread is started with (`threadEntry`) */
export function nodeThreads(entry: string, data: ThreadData = {}): MakeThread {
  return () => makeThread(entry, data);
}

/** The script of threads: beside the bundle of an engine, or beside this file. */
export function threadEntry(): string {
  const isSource = import.meta.dirname.endsWith(join('host', 'node'));
  return join(import.meta.dirname, isSource ? 'wasm-thread-source.ts' : 'coracle-wasm-thread.mjs');
}

function makeThread(entry: string, workerData: ThreadData): Thread {
  const worker = new Worker(entry, {
    workerData,
    // Nothing of the host's is a program's.
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    trackUnmanagedFds: false,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, stackSizeMb: stackMb },
  });
  const { threadId } = worker;
  let failure: Error | undefined;
  worker.on('error', (error: Error) => (failure = error));
  // A daemon that has nothing else to do may end.
  worker.unref();
  return {
    begun: new Promise((resolve) => {
      worker.once('online', resolve);
      worker.once('exit', () => resolve());
    }),
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on('message', listener),
    onExit: (listener) => void worker.once('exit', () => listener(failure)),
    terminate: async () => {
      await worker.terminate();
    },
    pause: () => threadPauser().pause(threadId),
    resume: () => threadPauser().resume(threadId),
    cpuMs: async () => {
      const { user, system } = await worker.cpuUsage();
      return (user + system) / 1000;
    },
  };
}
