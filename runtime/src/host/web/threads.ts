// Threads of a browser for the processes of containers: workers that share the memories they are sent.

import type { MakeThread, Thread } from '../../../../wasm/src/threads/thread.ts';
import type { DiskFiles } from './disk-files.ts';

/** The first message to a thread. */
export interface ThreadSetup {
  readonly disk: WebAssembly.Memory;
  /** The thread's number for the disk's lock. */
  readonly owner: number;
}

/** @param url of the script that a thread runs (`thread.ts`, bundled), of this origin */
export function webThreads(url: string, disk: DiskFiles): MakeThread {
  let next = 16;
  return () => {
    const owner = next;
    next = next + 1 < 2 ** 29 ? next + 1 : 16;
    return makeThread(url, disk, owner);
  };
}

function makeThread(url: string, disk: DiskFiles, owner: number): Thread {
  const worker = new Worker(url, { name: `coracle thread ${owner}` });
  const { arena } = disk.files;
  const setup: ThreadSetup = { disk: arena.memory, owner };
  worker.postMessage(setup);
  let exited: ((error: Error | undefined) => void) | undefined;
  let isOver = false;
  const over = (error: Error | undefined) => {
    if (isOver) return;
    isOver = true;
    arena.abandon(owner);
    exited?.(error);
  };
  worker.onerror = (event) => {
    // It would be the engine's own error otherwise.
    event.preventDefault();
    // It may run on, with its work undone.
    worker.terminate();
    over(new Error(event.message || `the thread's script ${url} could not be loaded`));
  };
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => {
      worker.onmessage = ({ data }: { readonly data: unknown }) => listener(data);
    },
    onExit: (listener) => {
      exited = listener;
    },
    terminate: async () => {
      worker.terminate();
      over(undefined);
      await Promise.resolve();
    },
  };
}
