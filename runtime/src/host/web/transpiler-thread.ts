// The worker of a browser that transpiles components.

import type { MakeThread } from '../../../../wasm/src/threads/thread.ts';

/** What makes components ready, which is loaded when the first one comes. */
export interface TranspilerFiles {
  /** `transpiler-worker.ts`, bundled, or its address, of this origin. */
  readonly script: string | Blob;
  /** The WebAssembly that it is made of, by name, or the address that it lies beside. */
  readonly modules: string | Readonly<Record<string, Blob>>;
}

/** The first message to the worker. */
export type TranspilerSetup = Pick<TranspilerFiles, 'modules'>;

/** @param files asked for each time that a thread begins; where they cannot be had, the thread ends with the reason */
export function webTranspiler(files: () => Promise<TranspilerFiles>): MakeThread {
  return () => {
    let worker: Worker | undefined;
    let release = () => {};
    let isOver = false;
    let onMessage: ((message: unknown) => void) | undefined;
    let onExit: ((error: Error | undefined) => void) | undefined;
    const end = (error: Error | undefined) => {
      isOver = true;
      worker?.terminate();
      release();
      onExit?.(error);
      onExit = undefined;
    };
    const begin = async () => {
      const { script, modules } = await files();
      if (isOver) return;
      const url = typeof script === 'string' ? script : URL.createObjectURL(script);
      if (url !== script) release = () => URL.revokeObjectURL(url);
      worker = startWorker(url, end);
      worker.onmessage = ({ data }) => onMessage?.(data);
      worker.postMessage({ modules } satisfies TranspilerSetup);
    };
    const begun = begin().catch((error: unknown) => end(error instanceof Error ? error : new Error(String(error))));
    return {
      post: (message) => void begun.then(() => worker?.postMessage(message)),
      onMessage: (listener) => {
        onMessage = listener;
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

function startWorker(url: string, fail: (error: Error) => void): Worker {
  const worker = new Worker(url, { name: 'coracle transpiler' });
  worker.onerror = (event) => {
    // It would be the engine's own error otherwise.
    event.preventDefault();
    fail(new Error(event.message ?? `the script ${url} could not be loaded`));
  };
  return worker;
}
