// The thread of a program with sockets.

import { parentPort, workerData } from 'node:worker_threads';
import { FileSystem } from '../../../wasm/src/files/file-system.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { Namespace } from '../../../wasm/src/mounts/namespace.ts';
import type { Host } from '../../../wasm/src/preview1/host.ts';
import { Process } from '../../../wasm/src/preview1/process.ts';
import { run } from '../../../wasm/src/preview1/run.ts';
import type { CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import { runComponent } from '../../../wasm/src/preview2/run.ts';
import { nodeRealm } from '../../../runtime/src/host/node/realm.ts';
import { coracleSocketCalls } from '../../../wasm/src/preview1/socket-calls.ts';
import type { Ask } from '../../../wasm/src/preview1/sockets.ts';

const { memory, program, argv, stdio } = workerData as {
  readonly memory: WebAssembly.Memory;
  readonly program: WebAssembly.Module | CompiledComponent;
  readonly argv: readonly string[];
  readonly stdio: readonly [number, number, number];
};
const files = FileSystem.open(Arena.open(memory));
files.arena.enter();
const process = Process.create(Namespace.of(files), { argv, env: [], stdio });
files.arena.leave();
const ask: Ask = (request) => parentPort?.postMessage(request);
let end: number | string;
try {
  const more = new Map([['coracle_1', (host: Host) => coracleSocketCalls(host, ask)]]);
  end =
    program instanceof WebAssembly.Module
      ? run(program, process, { ask, more })
      : await runComponent(program, process, { makeRealm: nodeRealm, ask });
} catch (error) {
  end = String(error);
}
files.arena.enter();
process.closeAll();
files.arena.leave();
parentPort?.postMessage(end);
