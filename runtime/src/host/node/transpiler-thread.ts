// The thread of Node that transpiles components.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Thread } from '../../../../wasm/src/threads/thread.ts';

export function transpilerThread(): Thread {
  // Nothing that it has of the engine is to be read there.
  const worker = new Worker(scriptPath(), { env: {}, stdin: true, stdout: true, stderr: true });
  let failure: Error | undefined;
  worker.on('error', (error: Error) => (failure = error));
  // Whoever waits for an answer has a timer.
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on('message', listener),
    onExit: (listener) => void worker.once('exit', () => listener(failure)),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/** Beside the bundle, or as sources. */
function scriptPath(): string {
  const here = import.meta.dirname;
  const bundled = join(here, 'coracle-transpiler.mjs');
  return existsSync(bundled) ? bundled : join(here, 'transpiler-worker.ts');
}
