// The program of `coracle registry`, from its sources; the build's is `bin/entry.mjs`.

import { main } from './program.ts';

await main(process.argv.slice(2));
