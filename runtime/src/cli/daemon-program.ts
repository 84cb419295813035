// Which program the command line starts as the engine.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** This Node and the daemon's entry beside ours: bundled, or as sources. @throws Error when it is not there */
export function daemonProgram(): readonly string[] {
  const here = import.meta.dirname;
  const places = [
    join(here, 'coracle-daemon.mjs'),
    join(here, '../coracle-daemon.mjs'),
    join(here, '../daemon/main.ts'),
  ];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`the engine's program is not beside the command line in ${here}`);
  return [process.execPath, found];
}
