// The program `coracle-language-server`. Kept tiny: it turns the compile cache on, where Node has one (22.1 and later), and loads
// the rest, so that an editor's start costs little more than Node's own.

import * as module from 'node:module';

module.enableCompileCache?.();
const { main } = await import('./app.ts');
main(process.argv.slice(2));
