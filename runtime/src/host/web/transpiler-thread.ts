// The worker of a browser that transpiles components.

import type { MakeThread } from '../../../../wasm/src/threads/thread.ts';

/** @param url of its script (`transpiler-worker.ts`, bundled), of this origin; what the transpiler is made of is beside it */
export function webTranspiler(url: string): MakeThread {
  return () => {
    const worker = new Worker(url, { name: 'coracle transpiler' });
    worker.postMessage(url);
    let onExit: ((error: Error | undefined) => void) | undefined;
    const end = (error: Error | undefined) => {
      worker.terminate();
      onExit?.(error);
      onExit = undefined;
    };
    worker.onerror = (event) => {
      // It would be the engine's own error otherwise.
      event.preventDefault();
      end(new Error(event.message ?? `the script ${url} could not be loaded`));
    };
    return {
      post: (message) => worker.postMessage(message),
      onMessage: (listener) => {
        worker.onmessage = ({ data }: { readonly data: unknown }) => listener(data);
      },
      onExit: (listener) => {
        onExit = listener;
      },
      terminate: async () => {
        end(undefined);
        await Promise.resolve();
      },
    };
  };
}
