// The runner of Linux containers: prepares roots, mounts, namespaces and documents, and lets a shim execute an OCI runtime.
// What a container looks like is in `spec-builder.ts`; what it does while it runs in `sandbox.ts`.

import { mkdirSync } from 'node:fs';
import type { Host } from '../../host/host.ts';
import type { Kernel, Tree } from '../../host/kernel.ts';
import type { ContainerConfig, HostConfig } from '../../spec/api/containers.ts';
import type { Logger } from '../../spec/logger.ts';
import type {
  MountedRoot,
  Restored,
  RestoreSpec,
  RootDescription,
  RootSpec,
  Runner,
  Sandbox,
  SandboxExit,
  SandboxMount,
  SandboxSpec,
} from '../runner.ts';
import { checkSettings } from './check.ts';
import { settleBoth, startContainerShim } from './container-shim.ts';
import { DocumentWriter } from './document-writer.ts';
import { existingInit } from './init-path.ts';
import { hasOwnPidNamespace } from './namespaces.ts';
import type { RuntimeSpec } from './oci-runtime-spec.ts';
import { MoveWarmer } from './move-warmer.ts';
import { probeHost, type HostFacts } from './probe.ts';
import { groupPath, processGroup, type ProcessGroup } from './process-group.ts';
import { purgeContainer, restoreContainer } from './recover.ts';
import { RootMounts } from './root-mounts.ts';
import { chooseRootStorage, type RootDriver, type RootMountOptions, type RootStorages } from './root-storage.ts';
import { RunFolder } from './run-folder.ts';
import { Runtimes, type Runtime, type RuntimeConfig } from './runtimes.ts';
import { LinuxSandbox } from './sandbox.ts';
import { SeccompCache } from './seccomp-cache.ts';
import { withRelease } from '../released-tree.ts';
import type { ShimControl } from './shim-connection.ts';
import { ShimProcess } from './shim-process.ts';
import { killShim } from './exec.ts';

export interface LinuxRunnerOptions {
  readonly host: Host;
  readonly kernel: Kernel;
  /** Folder on a tmpfs for what lives as long as the machine runs. */
  readonly execRoot: string;
  /** Folder on the disk below which containers have their writable layers. */
  readonly dataRoot: string;
  /** What puts roots together; absent: the best that works here. */
  readonly storageDriver?: RootDriver | undefined;
  /** Folders that programs are looked for in. */
  readonly searchPath: readonly string[];
  readonly runtimes: Readonly<Record<string, RuntimeConfig>>;
  readonly defaultRuntime: string;
  /** Absolute path of the control group above the containers'. */
  readonly cgroupParent: string;
  /** Binaries for `Init`, statically linked; the first that exists is taken. */
  readonly initPaths?: readonly string[];
  readonly logger: Logger;
}

/** Probes the machine and seals the default runtime. */
export async function createLinuxRunner(options: LinuxRunnerOptions): Promise<LinuxRunner> {
  const { kernel, execRoot } = options;
  const facts = probeHost(kernel.rights);
  RunFolder.checkLength(execRoot);
  const runtimes = new Runtimes(options.runtimes, options.defaultRuntime, { kernel, execRoot, cgroups: facts.cgroups });
  for (const name of ['c', 'e', 'seccomp', ...runtimes.configured.map((runtime) => `r/${runtime.name}`)]) {
    // Programs in images may be set-user-ID: nobody else gets near them.
    mkdirSync(`${execRoot}/${name}`, { recursive: true, mode: 0o700 });
  }
  const storages = await chooseRootStorage(options);
  const runner = new LinuxRunner(options, facts, runtimes, storages);
  await runtimes.get('').seal();
  return runner;
}

export class LinuxRunner implements Runner {
  readonly kind = 'linux';
  readonly facts: HostFacts;
  /** What puts together the roots of containers that are made from now on. */
  readonly rootDriver: RootDriver;
  /** Why it is not a better one, when nobody asked for it. */
  readonly rootRefusal: string | undefined;
  readonly #storages: RootStorages;
  readonly #options: LinuxRunnerOptions;
  readonly #kernel: Kernel;
  readonly #runtimes: Runtimes;
  readonly #roots: RootMounts;
  readonly #initPath: string | undefined;
  readonly #documents: DocumentWriter;
  readonly #warmer: MoveWarmer;
  readonly #sandboxes = new Map<string, LinuxSandbox>();
  /** Containers whose folder is in use though no sandbox is there yet. */
  readonly #starting = new Set<string>();

  constructor(options: LinuxRunnerOptions, facts: HostFacts, runtimes: Runtimes, storages: RootStorages) {
    this.facts = facts;
    this.#options = options;
    this.#kernel = options.kernel;
    this.#runtimes = runtimes;
    this.rootDriver = storages.main.driver;
    this.rootRefusal = storages.refusal;
    this.#storages = storages;
    this.#roots = new RootMounts(storages);
    this.#warmer = new MoveWarmer(facts.cgroups);
    this.#initPath = existingInit(options.initPaths);
    this.#documents = new DocumentWriter({
      kernel: options.kernel,
      facts,
      initPath: this.#initPath,
      seccomp: seccompCache(options, runtimes, facts),
      shmOf: (pid) => this.#shmOf(pid),
    });
  }

  /** Begins to compile the default system call filter; `settled` waits for it. */
  warmUp(): void {
    this.#documents.warmUp();
  }

  /** Waits until all filters that were asked for are compiled. */
  async settled(): Promise<void> {
    await this.#documents.settled();
  }

  chooseRuntime(asked: string): string {
    return asked === '' ? this.#options.defaultRuntime : asked;
  }

  async check(config: ContainerConfig, hostConfig: HostConfig): Promise<readonly string[]> {
    const context = { facts: this.facts, runtimes: this.#runtimes.names, initPath: this.#initPath };
    return await Promise.resolve(checkSettings(config, hostConfig, context));
  }

  async createRoot(root: RootSpec): Promise<void> {
    await this.#storages.main.create(root);
  }

  /** Whoever writes there does so by a mount, which moves with it. */
  leaveRoot(): Promise<void> {
    return Promise.resolve();
  }

  async removeRoot(root: RootSpec): Promise<void> {
    await this.#options.kernel.removeTree(root.scratch);
  }

  async mountRoot(root: RootSpec, { isVolatile }: { readonly isVolatile: boolean }): Promise<MountedRoot> {
    const path = await this.#holdRoot(root, { volatile: isVolatile });
    return { path, [Symbol.asyncDispose]: () => this.#releaseRoot(root) };
  }

  async openRoot(root: RootSpec, binds: readonly SandboxMount[]): Promise<Tree> {
    const path = await this.#holdRoot(root);
    const shown = binds
      .filter((mount) => mount.type === 'bind')
      .map(({ source, target, readOnly }) => ({ source, target, readOnly }));
    try {
      const tree = await this.#kernel.openTree({ root: path, binds: shown });
      return withRelease(tree, () => this.#releaseRoot(root));
    } catch (error) {
      await this.#releaseRoot(root);
      throw error;
    }
  }

  openChanges(root: RootSpec): Promise<Tree> {
    return this.#storages.of(root).openChanges(root);
  }

  describeRoot(root: RootSpec): RootDescription {
    const storage = this.#storages.of(root);
    return { driver: storage.driver, directories: storage.directories(root) };
  }

  async createNetns({ id }: RootSpec): Promise<string> {
    this.#warmer.expectMove();
    const folder = this.#folder(id);
    while (this.#roots.isClosing(id)) await this.#roots.settled(id);
    this.#starting.add(id);
    folder.make(id);
    await this.#kernel.createNetns(folder.netns);
    return folder.netns;
  }

  async prepare(spec: SandboxSpec): Promise<Sandbox> {
    const { root } = spec;
    if (!this.#starting.has(root.id)) this.#warmer.expectMove();
    const folder = this.#folder(root.id);
    const runtime = this.#runtimes.get(spec.runtime || spec.hostConfig.Runtime || '');
    const group = this.#group(root.id, this.#groupPath(spec), hasOwnPidNamespace(spec.hostConfig));
    while (this.#roots.isClosing(root.id)) await this.#roots.settled(root.id);
    this.#starting.add(root.id);
    folder.make(root.id);
    await using undo = new AsyncDisposableStack();
    const mounted = this.#roots.acquire(root, folder, { volatile: spec.isVolatile });
    undo.defer(async () => {
      const holds = await mounted.then(
        () => true,
        () => false,
      );
      await (holds ? this.#release(root, folder) : this.#clean(root.id, folder));
    });
    const shim = startContainerShim(this.#kernel, spec, { folder, runtime, group });
    const written = mounted.then(() => this.#documents.write(spec, { folder, runtime, group }));
    const [control, document] = await settleBoth(shim, written, (connected) => {
      connected.close();
      killShim(folder);
    });
    undo.move();
    return this.#adopt(root, { spec: document, runtime, group, hostConfig: spec.hostConfig, control, argv: spec.argv });
  }

  async restore(root: RootSpec, spec: RestoreSpec): Promise<Restored | undefined> {
    const folder = this.#folder(root.id);
    const found = await restoreContainer(folder, this.#options.execRoot, root.id);
    if (found === undefined) {
      if (folder.exists()) await this.purge(root.id);
      return undefined;
    }
    this.#roots.adopt(root);
    const name = spec.hostConfig.Runtime ?? '';
    // Its runtime may have left the configuration; what runs is looked after all the same.
    const runtime = this.#runtimes.get(this.#runtimes.names.includes(name) ? name : '');
    const group = this.#groupOf(root.id, found.spec);
    const { hostConfig } = spec;
    const sandbox = this.#adopt(root, { ...found, runtime, group, hostConfig, argv: found.spec.process.args });
    if ('exit' in found.state) return { state: 'exited', exit: found.state.exit, sandbox };
    return { state: 'running', sandbox, pid: found.state.pid };
  }

  leftovers(): Promise<readonly string[]> {
    const { execRoot } = this.#options;
    const found = [...RunFolder.list(execRoot, 'c'), ...RunFolder.list(execRoot, 'e')];
    // Made by a daemon that died before it could write whose it is.
    for (const { folder, ids } of found) if (ids.length === 0) folder.remove();
    return Promise.resolve([...new Set(found.flatMap(({ ids }) => ids.slice(0, 1)))]);
  }

  async purge(id: string): Promise<void> {
    const known = this.#sandboxes.get(id);
    if (known !== undefined) {
      await known.destroy();
      return;
    }
    while (this.#roots.isClosing(id)) await this.#roots.settled(id);
    this.#starting.delete(id);
    await purgeContainer(this.#folder(id), {
      id,
      execRoot: this.#options.execRoot,
      kernel: this.#kernel,
      groupOf: (document) => this.#groupOf(id, document),
      statePaths: this.#runtimes.configured.map((runtime) => `${runtime.stateRoot}/${id}`),
    });
  }

  /** Where a container that runs keeps a /dev/shm that others may join. */
  #shmOf(pid: number): string | undefined {
    const owner = [...this.#sandboxes].find(([, sandbox]) => sandbox.pid === pid);
    const folder = owner === undefined ? undefined : this.#folder(owner[0]);
    return folder?.hasShm() ? folder.shm : undefined;
  }

  #folder(id: string): RunFolder {
    return RunFolder.ofContainer(this.#options.execRoot, id);
  }

  #groupPath({ hostConfig, root }: SandboxSpec): string {
    return groupPath(this.facts.cgroups, hostConfig.CgroupParent || this.#options.cgroupParent, root.id);
  }

  /** The group that a document tells of, else the one that the container would have got. */
  #groupOf(id: string, document: RuntimeSpec | undefined): ProcessGroup {
    const path = document?.linux.cgroupsPath ?? groupPath(this.facts.cgroups, this.#options.cgroupParent, id);
    const ownPids = document?.linux.namespaces.some(({ type, path: shared }) => type === 'pid' && shared === undefined);
    return this.#group(id, path, ownPids ?? false);
  }

  #group(id: string, path: string, ownPids: boolean): ProcessGroup {
    const firsts = () => this.#sandboxes.get(id)?.firsts ?? [];
    const folder = this.#folder(id);
    const tree = { root: folder.root, ownPids, firsts, first: () => folder.readPid() };
    return processGroup(this.facts.cgroups, path, tree);
  }

  #adopt(root: RootSpec, parts: AdoptParts): LinuxSandbox {
    const folder = this.#folder(root.id);
    const { group, control, argv, state } = parts;
    const lost = () => {
      this.#options.logger.error('shim ended unexpectedly', { container: root.id });
      group.kill();
    };
    const process = new ShimProcess({
      kind: 'container',
      folder,
      argv,
      lost,
      title: `container ${root.id}`,
      size: parts.spec.process.consoleSize,
      ...(control === undefined ? {} : { control }),
      ...(state === undefined ? {} : { state }),
    });
    const sandbox = new LinuxSandbox({
      ...parts,
      id: root.id,
      folder,
      kernel: this.#kernel,
      facts: this.facts,
      warmer: this.#warmer,
      execRoot: this.#options.execRoot,
      process,
      release: () => this.#release(root, folder),
    });
    this.#sandboxes.set(root.id, sandbox);
    this.#starting.delete(root.id);
    return sandbox;
  }

  /** For a container that is over. While others look at its files only its own things go. */
  async #release(root: RootSpec, folder: RunFolder): Promise<void> {
    const isLast = await this.#roots.release(root.id, () => this.#clean(root.id, folder));
    if (!isLast) await this.#clean(root.id, folder, { kept: folder.rootName });
  }

  async #clean(id: string, folder: RunFolder, options?: { readonly kept: string }): Promise<void> {
    await this.#kernel.clearFolder(folder.path, options);
    this.#starting.delete(id);
    this.#sandboxes.delete(id);
  }

  /** For those who only look at the files. @returns the directory that the root is mounted on */
  async #holdRoot(root: RootSpec, options: RootMountOptions = {}): Promise<string> {
    const folder = this.#folder(root.id);
    while (this.#roots.isClosing(root.id)) await this.#roots.settled(root.id);
    folder.make(root.id);
    await this.#roots.acquire(root, folder, options);
    return folder.root;
  }

  /** For those who only looked at the files. */
  async #releaseRoot(root: RootSpec): Promise<void> {
    const folder = this.#folder(root.id);
    await this.#roots.release(root.id, async () => {
      const isUsed = this.#sandboxes.has(root.id) || this.#starting.has(root.id);
      if (isUsed) await this.#kernel.unmount(folder.root, { lazy: true });
      else await this.#kernel.clearFolder(folder.path);
    });
  }
}

interface AdoptParts {
  readonly spec: RuntimeSpec;
  readonly runtime: Runtime;
  readonly group: ProcessGroup;
  readonly hostConfig: HostConfig;
  readonly argv: readonly string[];
  readonly control?: ShimControl;
  readonly state?: { readonly pid: number } | { readonly exit: SandboxExit };
  readonly execs?: ReadonlyMap<string, ShimProcess>;
}

function seccompCache(options: LinuxRunnerOptions, runtimes: Runtimes, facts: HostFacts): SeccompCache | undefined {
  const compiler = runtimes.configured.find((runtime) => runtime.takesCompiledSeccomp);
  if (compiler === undefined) return undefined;
  const { execRoot, logger } = options;
  const { config, groupArgs, hidePath } = compiler;
  const cgroupsPath = groupPath(facts.cgroups, '/', `coracle-seccomp-${process.pid}`);
  return new SeccompCache({ runtime: config.path, groupArgs, cgroupsPath, hidePath, execRoot, logger });
}
