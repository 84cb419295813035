// What a thread of an engine in a browser runs.

import { serveProcesses } from '../../../../wasm/src/processes/thread.ts';
import { UnsupportedComponent } from '../../../../wasm/src/preview2/parts.ts';
import { DiskFiles } from './disk-files.ts';
import { webHostFiles } from './host-files.ts';
import { webStorage } from './storage.ts';
import type { ThreadSetup } from './threads.ts';

const scope = globalThis as unknown as {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
};

scope.onmessage = ({ data }) => {
  const { disk: memory, owner } = data as ThreadSetup;
  const disk = DiskFiles.open(memory, owner);
  serveProcesses(
    {
      post: (message) => scope.postMessage(message),
      onMessage: (listener) => {
        scope.onmessage = (event) => listener(event.data);
      },
    },
    {
      storage: webStorage(disk),
      host: webHostFiles(disk),
      makeRealm: () => {
        throw new UnsupportedComponent('components of WebAssembly are not run in a browser yet');
      },
      // No clock of a browser tells what a thread has used: the time that it was there for its program.
      cpuMs: () => performance.now(),
    },
  );
};
