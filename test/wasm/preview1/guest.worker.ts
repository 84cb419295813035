// The thread of a program.

import { parentPort, workerData } from 'node:worker_threads';
import { Namespace } from '../../../wasm/src/mounts/namespace.ts';
import { Process } from '../../../wasm/src/preview1/process.ts';
import { run } from '../../../wasm/src/preview1/run.ts';
import { openFiles } from './guest.ts';

const { memory, module, argv, env, stdio } = workerData as {
  readonly memory: WebAssembly.Memory;
  readonly module: Uint8Array;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly stdio: readonly [number, number, number];
};
const files = openFiles(memory);
files.arena.enter();
const program = Process.create(Namespace.of(files), { argv, env, stdio });
files.arena.leave();
let end: number | string;
try {
  end = run(new WebAssembly.Module(module), program);
} catch (error) {
  end = String(error);
}
files.arena.enter();
program.closeAll();
files.arena.leave();
parentPort?.postMessage(end);
