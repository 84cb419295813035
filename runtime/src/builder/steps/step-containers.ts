// What the builder asks of containers: those of its own, which nobody sees and no later engine finds. The engine hands them in.

import type { Containers } from '../../spec/engine/containers.ts';
import type { Tree } from '../../host/kernel.ts';

export interface StepContainers extends Pick<Containers, 'create' | 'attach' | 'start' | 'wait' | 'kill' | 'remove'> {
  /** Gives layers, directories with the top one first and the engine's own last, a name that `create` takes for an image, until
   * the disposal. @param options.isWasm what is run in it is WebAssembly */
  define(name: string, directories: readonly string[], options?: { readonly isWasm: boolean }): Disposable;
  /** What a container that does not run has changed, without the mount points (absolute) that are empty and were not there,
   * and with no later time than `latestNs`; undefined for nothing. */
  openLayer(
    ref: string,
    options: { readonly mountPoints: readonly string[]; readonly latestNs: bigint | undefined },
  ): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Mounts the root on the host until the disposal. */
  mountRoot(ref: string): Promise<AsyncDisposable & { readonly path: string }>;
  /** The files of a container, links resolved inside. */
  openFiles(ref: string): Promise<AsyncDisposable & { readonly tree: Tree }>;
}
