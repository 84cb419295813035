// The program `coracle`. Kept tiny: it turns the compile cache on and loads the rest, so that a start costs little more
// than Node's own.

import { enableCompileCache } from 'node:module';

enableCompileCache();
const { main } = await import('./app.ts');
await main(process.argv.slice(2));
