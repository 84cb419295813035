// By which names of runtimes people mean WebAssembly: ours, and those of containerd's shims that Docker's documentation has.

import type { Placement } from '../../../../wasm/src/processes/contract.ts';
import { EngineError } from '../../spec/errors.ts';
import type { ImageFacts } from '../runner.ts';

export const wasmRuntime = 'wasm';
/** All processes of its containers share threads with those of other containers. */
const wasmLightRuntime = 'wasm-light';
/** Each process of its containers has a thread of its own. */
const wasmThreadsRuntime = 'wasm-threads';

export const wasmRuntimes: readonly string[] = [wasmRuntime, wasmLightRuntime, wasmThreadsRuntime];

const shims = /^io\.containerd\.(?:wasmtime|wasmedge|wasmer|wamr)\.v\d{1,3}$/;
/** They run applications in forms of their own, not programs of WASI. */
const otherShims = /^io\.containerd\.(spin|slight|lunatic|wws)\.v\d{1,3}$/;

/** For those who look at a record. */
export function isWasmRuntime(name: string): boolean {
  return wasmRuntimes.includes(name) || shims.test(name);
}

/** @param runtime of a container's settings */
export function placementOf(runtime: string | null | undefined): Placement {
  if (runtime === wasmLightRuntime) return 'shared';
  return runtime === wasmThreadsRuntime ? 'own' : 'auto';
}

/**
 * Whether a container is to be run as WebAssembly, crun's annotations of containers included: because its user says so, or because its image is and nobody says otherwise.
 * @throws EngineError invalidParameter for shims that are known and not supported
 */
export function choosesWasm(asked: string, { isWasm, annotations }: ImageFacts): boolean {
  const other = otherShims.exec(asked)?.[1];
  if (other !== undefined) {
    throw new EngineError(
      'invalidParameter',
      `unknown or invalid runtime name: ${asked}: applications of ${other} are not supported; ` +
        `${wasmRuntime} (or io.containerd.wasmtime.v1 and its like) runs programs for WASI`,
    );
  }
  if (asked !== '') return isWasmRuntime(asked);
  const said = (name: string, words: readonly string[]) =>
    Object.hasOwn(annotations, name) && words.includes(annotations[name] ?? '');
  return (
    isWasm ||
    said('run.oci.handler', ['wasm', 'wasm-smart']) ||
    said('module.wasm.image/variant', ['compat', 'compat-smart'])
  );
}
