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
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined || found.size > mostFileBytes) return undefined;
      // A small one of Node's lies in a buffer of many.
      return decodeYields(new Uint8Array(readFileSync(path)), module);
    },
  };
}
