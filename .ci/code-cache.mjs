// Writes what V8 makes of scripts beside them: `node .ci/code-cache.mjs SCRIPT...`. All functions are compiled, also those that
// no start calls; taken over as a whole they cost less than compiling a few.

import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { constants, Script } from 'node:vm';

for (const path of process.argv.slice(2)) {
  // V8 refuses code that was made under other flags, so they are as ever when it is written.
  setFlagsFromString('--no-lazy');
  const script = new Script(readFileSync(path, 'latin1'), {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  setFlagsFromString('--lazy');
  writeFileSync(path.replace(/\.cjs$/, '.cache'), script.createCachedData());
}
