// The program of the daemon, from its sources; the build's is `bin/entry.mjs`.

import { main } from './start.ts';

await main();
