// What processes have of a browser, on whichever thread they run.

import type { ThreadHost } from '../../../../wasm/src/processes/thread.ts';
import { breather } from './breather.ts';
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
