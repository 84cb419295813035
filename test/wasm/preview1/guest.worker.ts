// The thread of a program.

import { parentPort, workerData } from 'node:worker_threads';
import { Namespace } from '../../../wasm/src/mounts/namespace.ts';
import { Process } from '../../../wasm/src/preview1/process.ts';
import { run } from '../../../wasm/src/preview1/run.ts';
import type { CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import { runComponent } from '../../../wasm/src/preview2/run.ts';
import { nodeRealm, sealThread } from '../../../runtime/src/host/node/realm.ts';
import { openFiles } from './guest.ts';

const { memory, program, argv, env, stdio } = workerData as {
  readonly memory: WebAssembly.Memory;
  readonly program: Uint8Array | CompiledComponent;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly stdio: readonly [number, number, number];
};
sealThread();
const files = openFiles(memory);
files.arena.enter();
const process = Process.create(Namespace.of(files), { argv, env, stdio });
files.arena.leave();
let end: number | string;
try {
  end =
    program instanceof Uint8Array
      ? run(new WebAssembly.Module(program), process)
      : await runComponent(program, process, { makeRealm: nodeRealm });
} catch (error) {
  end = String(error);
}
files.arena.enter();
process.closeAll();
files.arena.leave();
parentPort?.postMessage(end);
