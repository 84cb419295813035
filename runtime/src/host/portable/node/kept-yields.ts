// Modules that another engine has made to take turns, as a thread finds them.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeYields,
  mostFileBytes,
  nameOfModule,
  type KeptYields,
} from '../../../../../wasm/src/binary/kept-yields.ts';

export function nodeKeptYields(folder: string): KeptYields {
  return {
    find(module) {
      const path = join(folder, nameOfModule(module));
      const file = readIfThere(path);
      return file === undefined
        ? undefined
        : decodeYields(file, module, (one, other) => Buffer.compare(one, other) === 0);
    },
  };
}

/** The engine makes room whenever it likes. */
function readIfThere(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    if (statSync(path).size > mostFileBytes) return undefined;
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
