// What a thread of an engine in a browser runs.

import { serveProcesses } from '../../../../wasm/src/processes/thread.ts';
import { DiskFiles } from './disk-files.ts';
import { webThreadHost } from './thread-host.ts';
import type { ThreadSetup } from './threads.ts';

const scope = globalThis as unknown as {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
};

scope.onmessage = ({ data }) => {
  const { disk, owner } = data as ThreadSetup;
  serveProcesses(
    {
      post: (message) => scope.postMessage(message),
      onMessage: (listener) => {
        scope.onmessage = (event) => listener(event.data);
      },
    },
    webThreadHost(DiskFiles.open(disk, owner)),
  );
};
