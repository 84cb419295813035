// What a thread is started with where nothing is built: tests run sources.

import { main } from './wasm-thread.ts';

main();
