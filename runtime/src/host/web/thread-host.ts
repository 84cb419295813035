// What processes have of a browser, on whichever thread they run.

import type { ThreadHost } from '../../../../wasm/src/processes/thread.ts';
import type { DiskFiles } from './disk-files.ts';
import { webHostFiles } from './host-files.ts';
import { webRealm } from './realm.ts';
import { webStorage } from './storage.ts';

/** @param disk that of the thread */
export function webThreadHost(disk: DiskFiles): ThreadHost {
  const host = {
    storage: webStorage(disk),
    host: webHostFiles(disk),
    makeRealm: webRealm,
    // No clock of a browser tells what a thread has used: the time that it was there for its program.
    cpuMs: () => performance.now(),
    rest: breather(),
  };
  return host;
}

/** Resolves once what has come meanwhile was heard: a timer of a browser takes milliseconds. */
function breather(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel() as unknown as {
    readonly port1: { onmessage: (() => void) | null };
    readonly port2: { postMessage(message: undefined): void };
  };
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(undefined);
    });
}
