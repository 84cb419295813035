// What the lightweight mode takes of this machine: threads of Node, files on its disk, its sockets.

import { cpus, totalmem } from 'node:os';
import { ProcessHost } from '../../../wasm/src/processes/open.ts';
import type { WasmParts } from '../engine/runners.ts';
import type { Host } from '../host/host.ts';
import type { Kernel } from '../host/kernel.ts';
import { hostSockets } from '../host/node/sockets.ts';
import { nodeThreads, threadEntry } from '../host/node/threads.ts';
import { transpilerThread } from '../host/node/transpiler-thread.ts';
import { Layers } from '../host/portable/layers.ts';
import { UserNetwork } from '../host/portable/network/user-network.ts';
import { nodeDisk } from '../host/portable/node/disk.ts';
import { nodeHostFiles } from '../host/portable/node/host-files.ts';
import { nodeStorage } from '../host/portable/node/storage.ts';
import { createWritableRoots } from '../host/portable/roots.ts';
import { Transpiler } from '../host/portable/transpiler.ts';
import { Components } from '../runners/wasm/components.ts';
import { YieldsKeeper } from '../runners/wasm/kept-yields.ts';
import type { Logger } from '../spec/logger.ts';

/** Threads that wait for programs which have one alone, and as many more as are kept after a crowd. */
const readyThreads = 2;
const mostReadyThreads = 32;

export interface LightweightOptions {
  readonly host: Host;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly networks: UserNetwork;
  /** For what is made of programs, each made when it is needed. */
  readonly folders: { readonly components: string; readonly yields: string };
}

/** The network of an engine's containers of WebAssembly. @param hasNativeMembers the host reaches other containers by their addresses */
export function openUserNetwork(hasNativeMembers: boolean): UserNetwork {
  return new UserNetwork({ sockets: hostSockets, hasNativeMembers });
}

/** What is begun is put on `stack`; roots are saved at its end. */
export function lightweightParts(
  { host, kernel, logger, networks, folders }: LightweightOptions,
  stack: AsyncDisposableStack,
): WasmParts {
  const disk = nodeDisk();
  const random = (size: number) => host.random(size);
  const layers = new Layers({ disk, kernel, random });
  const roots = stack.use(createWritableRoots({ disk, kernel, layers, random, logger, hostFiles: nodeHostFiles() }));
  const yields = new YieldsKeeper(host.files, folders.yields, logger);
  const transpiler = stack.use(new Transpiler(transpilerThread));
  const processes = stack.use(
    new ProcessHost({
      storage: nodeStorage(),
      machine: { memoryBytes: totalmem(), cpus: cpus().length },
      host: nodeHostFiles(),
      components: new Components({
        host,
        folder: folders.components,
        transpile: (bytes, inTurns) => transpiler.transpile(bytes, inTurns),
      }),
      keepYields: (made) => yields.keep(made),
      threads: {
        makeThread: nodeThreads(threadEntry(), { keptYields: yields.folder }),
        ready: readyThreads,
        mostReady: mostReadyThreads,
      },
      onBroken: (words) => logger.error('a container of WebAssembly is broken', { error: words }),
    }),
  );
  const warmUp = () => {
    processes.warm();
    // What is behind it is loaded when it is first asked.
    performance.now();
  };
  const machine = { cpuCount: cpus().length, memoryTotal: totalmem(), systemCpuNs };
  return { kernel, roots, processes, networks, machine, warmUp };
}

/** All that the processors have done since the machine was started, idling included. */
function systemCpuNs(): bigint {
  const ms = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.idle + times.irq, 0);
  return BigInt(Math.round(ms)) * 1_000_000n;
}
