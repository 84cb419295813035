// The engine's program: what the extension carries, else what was built beside it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A Node and the daemon's bundle. @throws Error when this extension carries no engine */
export function engineProgram(extensionFolder: string): readonly string[] {
  const places = [
    [join(extensionFolder, 'engine/bin/node'), join(extensionFolder, 'engine/coracle-daemon.mjs')],
    [join(extensionFolder, '../node_modules/.bin/node'), join(extensionFolder, '../runtime/dist/coracle-daemon.mjs')],
  ];
  const found = places.find((paths) => paths.every((path) => existsSync(path)));
  if (found === undefined) throw new Error(`there is no engine in ${extensionFolder}`);
  return found;
}
