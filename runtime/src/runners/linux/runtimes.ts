// The configured OCI runtimes: how each is called, where it keeps its state, and what it needs on this host.

import { basename } from 'node:path';
import type { Kernel } from '../../host/kernel.ts';
import { EngineError } from '../../spec/errors.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import type { RunFolder } from './run-folder.ts';

export interface RuntimeConfig {
  readonly path: string;
  readonly args: readonly string[];
}

type Flavour = 'crun' | 'runc' | 'other';

/** Names under which clients ask for Docker's own runtime. */
const aliases: Readonly<Record<string, string>> = { 'io.containerd.runc.v2': 'runc' };

export class Runtime {
  readonly name: string;
  readonly config: RuntimeConfig;
  readonly stateRoot: string;
  readonly #kernel: Kernel;
  readonly #cgroups: CgroupLayout;
  readonly #flavour: Flavour;
  #sealed: Promise<string> | undefined;

  constructor(name: string, config: RuntimeConfig, context: RuntimeContext) {
    this.name = name;
    this.config = config;
    this.stateRoot = `${context.execRoot}/r/${name}`;
    this.#kernel = context.kernel;
    this.#cgroups = context.cgroups;
    this.#flavour = flavourOf(config.path);
  }

  /** crun takes a compiled system call filter. */
  get takesCompiledSeccomp(): boolean {
    return this.#flavour === 'crun';
  }

  /** crun calls setdomainname(2); the others can only write the sysctl, which takes root of the machine. */
  get takesDomainname(): boolean {
    return this.#flavour === 'crun';
  }

  /** crun lets the program of an exec go before its terminal has a size. */
  get sizesLate(): boolean {
    return this.#flavour === 'crun';
  }

  get recursiveReadOnly(): boolean {
    return this.#flavour !== 'other';
  }

  /**
   * crun refuses a hybrid host whose version 2 tree owns controllers: that tree is hidden from it. runc does without control
   * groups where the kernel refuses them, not where a mount of ours lies over them: that is taken away from it.
   */
  get hidePath(): string | undefined {
    const { mode, unified, unifiedControllers } = this.#cgroups;
    if (this.#flavour === 'runc' && mode === 'none') return '/sys/fs/cgroup';
    const refuses = this.#flavour === 'crun' && mode === 'hybrid' && unifiedControllers.length > 0;
    return refuses ? unified : undefined;
  }

  /** crun wants to be told that there are no control groups for it. */
  get groupArgs(): readonly string[] {
    return this.#flavour === 'crun' && this.#cgroups.mode === 'none' ? ['--cgroup-manager=disabled'] : [];
  }

  /** What to remove once a container has ended; empty when only the runtime itself knows. */
  removePaths(id: string): readonly string[] {
    return this.#flavour === 'other' ? [] : [`${this.stateRoot}/${id}`];
  }

  async runArgv(folder: RunFolder, id: string, terminal: boolean): Promise<readonly string[]> {
    const console = terminal ? ['--console-socket', folder.console] : [];
    const options = ['--detach', '--pid-file', folder.pidFile, '--bundle', folder.path, ...console];
    return [...(await this.#base(folder)), 'run', ...options, id];
  }

  async execArgv(folder: RunFolder, id: string, terminal: boolean): Promise<readonly string[]> {
    const console = terminal ? ['--console-socket', folder.console] : [];
    const options = ['--detach', '--pid-file', folder.pidFile, '--process', folder.process, ...console];
    return [...(await this.#base(folder)), 'exec', ...options, id];
  }

  async deleteArgv(folder: RunFolder, id: string): Promise<readonly string[]> {
    return [...(await this.#base(folder)), 'delete', '--force', id];
  }

  /** A sealed copy starts faster, and no container can overwrite it. */
  seal(): Promise<string> {
    this.#sealed ??=
      this.#flavour === 'other' ? Promise.resolve(this.config.path) : this.#kernel.sealBinary(this.config.path);
    return this.#sealed;
  }

  async #base(folder: RunFolder): Promise<readonly string[]> {
    return [await this.seal(), ...this.config.args, ...this.groupArgs, '--root', this.stateRoot, '--log', folder.log];
  }
}

export interface RuntimeContext {
  readonly kernel: Kernel;
  readonly execRoot: string;
  readonly cgroups: CgroupLayout;
}

export class Runtimes {
  readonly #byName: ReadonlyMap<string, Runtime>;
  readonly #fallback: string;

  constructor(configs: Readonly<Record<string, RuntimeConfig>>, fallback: string, context: RuntimeContext) {
    this.#byName = new Map(Object.entries(configs).map(([name, config]) => [name, new Runtime(name, config, context)]));
    this.#fallback = fallback;
  }

  get configured(): readonly Runtime[] {
    return [...this.#byName.values()];
  }

  /** Names that a client may ask for. */
  get names(): readonly string[] {
    const also = Object.entries(aliases).flatMap(([alias, name]) => (this.#byName.has(name) ? [alias] : []));
    return [...this.#byName.keys(), ...also];
  }

  /** By name, the default for an empty one. @throws EngineError invalidParameter */
  get(name: string): Runtime {
    const wanted = name === '' ? this.#fallback : (aliases[name] ?? name);
    const runtime = this.#byName.get(wanted);
    if (runtime === undefined) {
      throw new EngineError('invalidParameter', `unknown or invalid runtime name: ${name || wanted}`);
    }
    return runtime;
  }
}

function flavourOf(path: string): Flavour {
  const name = basename(path);
  if (name.startsWith('crun')) return 'crun';
  return name.startsWith('runc') ? 'runc' : 'other';
}
