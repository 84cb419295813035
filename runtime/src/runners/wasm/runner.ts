// The runner of containers of WebAssembly: their roots in memory over shared layers, their programs in threads of this process. They end
// with it; what they had written is there as it was last saved.

import { MountError } from '../../../../wasm/src/mounts/prepare.ts';
import type { Processes, ProgramSpec } from '../../../../wasm/src/processes/contract.ts';
import type { ProcessHost } from '../../../../wasm/src/processes/open.ts';
import type { GuestNetwork } from '../../../../wasm/src/sockets/contract.ts';
import type { Host } from '../../host/host.ts';
import type { Kernel, Tree } from '../../host/kernel.ts';
import type { WritableRoots } from '../../host/portable/contract.ts';
import type { UserNetwork } from '../../host/portable/network/user-network.ts';
import type { ContainerConfig, HostConfig } from '../../spec/api/containers.ts';
import { messageOf } from '../../spec/errors.ts';
import { randomId } from '../../spec/ids.ts';
import type { Logger } from '../../spec/logger.ts';
import type {
  ImageFacts,
  MountedRoot,
  NetworkCounters,
  Changes,
  RootDescription,
  RootSpec,
  Runner,
  Sandbox,
  SandboxMount,
  SandboxSpec,
} from '../runner.ts';
import { startFailure } from '../start-sentence.ts';
import { checkWasmSettings } from './check.ts';
import { limitsOf } from './limits.ts';
import { LogWriter } from './log-writer.ts';
import { mountsOf } from './mounts.ts';
import { networkOptions } from './network-options.ts';
import { WasmProcess } from './process.ts';
import { choosesWasm, placementOf, wasmRuntime } from './runtime-name.ts';
import { type MachineUse, noSize, WasmSandbox } from './sandbox.ts';
import { Users, withHome } from './user.ts';
import { workingDirectory } from './working-directory.ts';

export interface WasmRunnerOptions {
  readonly host: Host;
  readonly kernel: Pick<Kernel, 'openTree' | 'removeTree'>;
  readonly roots: WritableRoots;
  /** Makes the processes of a container; one for the whole engine. */
  readonly processes: Pick<ProcessHost, 'open'>;
  readonly networks: Pick<UserNetwork, 'create' | 'open' | 'remove' | 'counters'>;
  readonly machine: MachineUse;
  /** Begins what the first start would wait for: threads. */
  readonly warmUp?: (() => void) | undefined;
  readonly logger: Logger;
}

export function createWasmRunner(options: WasmRunnerOptions): Runner {
  return new WasmRunner(options);
}

class WasmRunner implements Runner {
  readonly kind = 'wasm';
  readonly #options: WasmRunnerOptions;
  readonly #users = new Users();
  readonly #sandboxes = new Map<string, WasmSandbox>();
  /** Network of a container, from its making to the end of its sandbox. */
  readonly #networks = new Map<string, string>();

  constructor(options: WasmRunnerOptions) {
    this.#options = options;
  }

  chooseRuntime(asked: string, image: ImageFacts): string {
    // What cannot be run as WebAssembly is told when it is checked, and when it is started.
    choosesWasm(asked, image);
    return asked === '' ? wasmRuntime : asked;
  }

  async check(config: ContainerConfig, hostConfig: HostConfig): Promise<readonly string[]> {
    return await Promise.resolve(checkWasmSettings(config, hostConfig));
  }

  async createRoot(root: RootSpec): Promise<void> {
    await this.#options.roots.create(root, { limitBytes: root.limitBytes });
  }

  async leaveRoot(root: RootSpec): Promise<void> {
    await this.#options.roots.forget(root);
  }

  async removeRoot(root: RootSpec): Promise<void> {
    await this.#options.roots.remove(root);
  }

  async openRoot(root: RootSpec, binds: readonly SandboxMount[]): Promise<Tree> {
    await using opened = await this.#options.roots.open(root);
    const shown = binds.filter(({ type }) => type === 'bind');
    return await opened.tree(shown.map(({ source, target, readOnly }) => ({ source, target, readOnly })));
  }

  /** What is in memory cannot be mounted on a host: a copy of it is there for so long. */
  async mountRoot(root: RootSpec): Promise<MountedRoot> {
    const { kernel, host } = this.#options;
    const path = `${root.scratch}/mounted-${randomId((size) => host.random(size)).slice(0, 12)}`;
    await using undo = new AsyncDisposableStack();
    undo.defer(() => kernel.removeTree(path));
    await host.files.makeDirectory(path, { mode: 0o755 });
    {
      await using source = await this.openRoot(root, []);
      await using target = await kernel.openTree({ root: path });
      for await (const entry of source.walk('', { oneFileSystem: true })) {
        if (entry.path !== '') await target.put(entry, entry.content);
      }
      await target.flush();
    }
    const held = undo.move();
    return { path, [Symbol.asyncDispose]: () => held.disposeAsync() };
  }

  async openChanges(root: RootSpec): Promise<Changes> {
    return await this.#options.roots.changes(root);
  }

  describeRoot(): RootDescription {
    return { driver: wasmRuntime, directories: null };
  }

  async createNetns({ id }: RootSpec): Promise<string> {
    const netns = this.#options.networks.create(id);
    this.#networks.set(id, netns);
    return await Promise.resolve(netns);
  }

  async prepare(spec: SandboxSpec): Promise<Sandbox> {
    const { processes: host, logger, machine } = this.#options;
    const { root: rootSpec, hostConfig, config } = spec;
    const { id } = rootSpec;
    const { argv, entry } = programOf(spec.argv);
    await using undo = new AsyncDisposableStack();
    const root = undo.use(await this.#options.roots.open(rootSpec));
    const user = await this.#users.userOf(root, config.User ?? '', hostConfig.GroupAdd ?? []);
    const directory = config.WorkingDir || '/';
    await workingDirectory(root, directory, spec.mounts);
    const network = this.#network(spec);
    const processes = new LateProcesses(() =>
      asMountFailure(() =>
        host.open({
          files: root.reference,
          mounts: mountsOf(spec),
          isReadOnly: hostConfig.ReadonlyRootfs === true,
          network,
          hostname: spec.hostname,
          limits: limitsOf(hostConfig),
          placement: placementOf(hostConfig.Runtime),
        }),
      ),
    );
    const isTerminal = config.Tty === true;
    const stdin = config.OpenStdin === true;
    const { clock, files } = this.#options.host;
    const lost = (error: unknown) => logger.warn('a log was not written', { container: id, error: messageOf(error) });
    const program: ProgramSpec = {
      argv,
      entry,
      env: withHome(spec.env, user),
      workingDirectory: directory,
      uid: user.uid,
      gid: user.gid,
      stdin,
    };
    const first = new WasmProcess({
      kind: 'container',
      title: `container ${id}`,
      argv,
      isTerminal,
      stdin,
      stdinOnce: config.StdinOnce === true,
      log: new LogWriter(files, spec.log, clock, lost),
      nowNs: () => clock.nowNs(),
      prepare: async (size) => {
        const terminal = isTerminal ? { terminal: size ?? sizeOf(hostConfig) } : {};
        return await processes.begin().prepare({ ...program, ...terminal });
      },
    });
    const held = undo.move();
    const sandbox = new WasmSandbox({
      id,
      host: this.#options.host,
      machine,
      processes,
      root,
      first,
      user,
      users: this.#users,
      hostConfig,
      counters: () => this.#countersOf(id),
      release: async () => {
        await held.disposeAsync();
        await this.#forget(id);
      },
    });
    this.#sandboxes.set(id, sandbox);
    return sandbox;
  }

  /** Nothing outlives the engine: whatever ran is over. */
  restore(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  leftovers(): Promise<readonly string[]> {
    return Promise.resolve([...new Set([...this.#sandboxes.keys(), ...this.#networks.keys()])]);
  }

  async purge(id: string): Promise<void> {
    await this.#sandboxes.get(id)?.destroy();
    await this.#forget(id);
  }

  async #forget(id: string): Promise<void> {
    this.#sandboxes.delete(id);
    const netns = this.#networks.get(id);
    this.#networks.delete(id);
    if (netns !== undefined) this.#options.networks.remove(netns);
    await Promise.resolve();
  }

  #network(spec: SandboxSpec): GuestNetwork {
    const { networks, host } = this.#options;
    const name = spec.network === 'host' ? 'host' : spec.network.netns;
    return networks.open(name, networkOptions(host.files, spec));
  }

  #countersOf(id: string): Readonly<Record<string, NetworkCounters>> {
    const netns = this.#networks.get(id);
    if (netns === undefined) return {};
    const counted = Object.entries(this.#options.networks.counters(netns));
    return Object.fromEntries(counted.map(([name, each]) => [name, { ...noFaults, ...each }]));
  }
}

/** Connections lose nothing. */
const noFaults = { rxErrors: 0, rxDropped: 0, txErrors: 0, txDropped: 0 };

/** `path#function` names the exported function that begins, which is `_start` in every program of WASI. */
function programOf(argv: readonly string[]): { readonly argv: readonly string[]; readonly entry: string | undefined } {
  const [path = '', ...rest] = argv;
  const at = path.indexOf('#');
  if (at < 0) return { argv, entry: undefined };
  const name = path.slice(at + 1);
  return { argv: [path.slice(0, at), ...rest], entry: name === '' || name === '_start' ? undefined : name };
}

/** Those of a container come to be with its first program: until then its mounts may be on their way. */
class LateProcesses {
  readonly #open: () => Processes;
  #opened: Processes | undefined;

  constructor(open: () => Processes) {
    this.#open = open;
  }

  get opened(): Processes | undefined {
    return this.#opened;
  }

  /** @throws EngineError for a mount that cannot be made */
  begin(): Processes {
    return (this.#opened ??= this.#open());
  }
}

/** Said as the error of a start. */
function asMountFailure<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof MountError) throw startFailure('container', { exitCode: 127, text: `error ${error.message}` });
    throw error;
  }
}

function sizeOf({ ConsoleSize }: HostConfig): { readonly rows: number; readonly columns: number } {
  const [rows = 0, columns = 0] = ConsoleSize ?? [];
  return rows > 0 ? { rows, columns } : noSize;
}
