// Linux containers and those of WebAssembly side by side: each is its own runner's, by the name of the runtime in its record.

import type { ContainerConfig, HostConfig } from '../spec/api/containers.ts';
import type { ImageFacts, RootSpec, Runner, SandboxMount, SandboxSpec } from './runner.ts';
import { choosesWasm, isWasmRuntime } from './wasm/runtime-name.ts';

export class RunnerByRuntime implements Runner {
  readonly kind = 'linux';
  readonly #linux: Runner;
  readonly #wasm: Runner;

  constructor(linux: Runner, wasm: Runner) {
    this.#linux = linux;
    this.#wasm = wasm;
  }

  chooseRuntime(asked: string, image: ImageFacts): string {
    return (choosesWasm(asked, image) ? this.#wasm : this.#linux).chooseRuntime(asked, image);
  }

  check(config: ContainerConfig, hostConfig: HostConfig): Promise<readonly string[]> {
    return this.#named(hostConfig.Runtime ?? '').check(config, hostConfig);
  }

  createRoot(root: RootSpec): Promise<void> {
    return this.#of(root).createRoot(root);
  }

  leaveRoot(root: RootSpec): Promise<void> {
    return this.#of(root).leaveRoot(root);
  }

  removeRoot(root: RootSpec): Promise<void> {
    return this.#of(root).removeRoot(root);
  }

  openRoot(root: RootSpec, binds: readonly SandboxMount[]): ReturnType<Runner['openRoot']> {
    return this.#of(root).openRoot(root, binds);
  }

  mountRoot(root: RootSpec, options: { readonly isVolatile: boolean }): ReturnType<Runner['mountRoot']> {
    return this.#of(root).mountRoot(root, options);
  }

  openChanges(root: RootSpec): ReturnType<Runner['openChanges']> {
    return this.#of(root).openChanges(root);
  }

  describeRoot(root: RootSpec): ReturnType<Runner['describeRoot']> {
    return this.#of(root).describeRoot(root);
  }

  createNetns(root: RootSpec): Promise<string> {
    return this.#of(root).createNetns(root);
  }

  prepare(spec: SandboxSpec): ReturnType<Runner['prepare']> {
    return this.#of(spec.root).prepare(spec);
  }

  restore(root: RootSpec, spec: Parameters<Runner['restore']>[1]): ReturnType<Runner['restore']> {
    return this.#of(root).restore(root, spec);
  }

  async leftovers(): Promise<readonly string[]> {
    return [...(await this.#linux.leftovers()), ...(await this.#wasm.leftovers())];
  }

  /** Only one of them has anything. */
  async purge(id: string): Promise<void> {
    await this.#wasm.purge(id);
    await this.#linux.purge(id);
  }

  #of({ runtime }: RootSpec): Runner {
    return this.#named(runtime ?? '');
  }

  #named(runtime: string): Runner {
    return isWasmRuntime(runtime) ? this.#wasm : this.#linux;
  }
}
