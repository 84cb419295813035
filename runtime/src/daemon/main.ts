// The program of the daemon. Kept tiny: it turns the compile cache on and loads the rest, so that a second start skips
// compiling. The cache is code that will be executed: it lies in the user's own folder, never in a shared one like /tmp.

import module from 'node:module';

const { HOME, XDG_CACHE_HOME } = process.env;
// A service of the system has no home.
module.enableCompileCache(`${XDG_CACHE_HOME || (HOME ? `${HOME}/.cache` : '/var/cache')}/coracle`);
const { main } = await import('./start.ts');
await main();
