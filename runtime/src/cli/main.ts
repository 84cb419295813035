// The program `coracle`, from its sources; the build's is `bin/entry.mjs`.

import { main } from './app.ts';

await main(process.argv.slice(2));
