// The only seam between the engine and a kind of sandbox. `runners/linux` runs OCI runtimes; the lightweight mode will be
// the second implementation, and one test suite runs against both. Docker's own words (Config, HostConfig) cross this seam
// unchanged, so that each runner refuses by name what it cannot honour.

import type { ContainerConfig, HostConfig, ProcessConfig } from '../spec/api/containers.ts';
import type { Bytes } from '../host/host.ts';
import type { ShimLog, Tree } from '../host/kernel.ts';

export interface Runner {
  /** `linux` or `wasm`. */
  readonly kind: string;
  /**
   * The runtime by which a container will be run, for its record.
   * @param asked what the user said, '' for nothing
   * @throws EngineError invalidParameter for one that is known and not supported
   */
  chooseRuntime(asked: string, image: ImageFacts): string;
  /**
   * Checks what a container asks for before anything is made.
   * @returns warnings for the create answer (a limit that the host cannot hold)
   * @throws EngineError invalidParameter or notImplemented naming the field
   */
  check(config: ContainerConfig, hostConfig: HostConfig): Promise<readonly string[]>;
  /** Makes what is the container's own below `scratch`, which is there: an empty writable layer, or a copy of the image. On
   * failure a part of it is. */
  createRoot(root: RootSpec): Promise<void>;
  /** Nothing is written below `scratch` from now on: it is about to be moved, to be removed where it is then. */
  leaveRoot(root: RootSpec): Promise<void>;
  /** Removes `scratch` with the writable layer and all else in it; the sandbox must be destroyed. Absent is no error. */
  removeRoot(root: RootSpec): Promise<void>;
  /** Opens the container's files; works whether it runs or not. `binds` are its volumes, shown at their targets. */
  openRoot(root: RootSpec, binds: readonly SandboxMount[]): Promise<Tree>;
  /** Mounts the container's root on the host, as long as the disposal has not come; works whether it runs or not. */
  mountRoot(root: RootSpec, options: { readonly isVolatile: boolean }): Promise<MountedRoot>;
  /** Opens what differs from the image alone, for a walk from its root: whiteouts as overlayfs keeps them (character device 0/0,
   * `trusted.overlay.opaque` or `user.overlay.opaque` = y). */
  openChanges(root: RootSpec): Promise<Changes>;
  /** How the root is put together, as `inspect` shows it. */
  describeRoot(root: RootSpec): RootDescription;
  /** A namespace for the network, pinned; the networks room puts interfaces into it. @returns its path */
  createNetns(root: RootSpec): Promise<string>;
  /** Mounts the root and makes the shim. Nothing runs yet: attach, then `run`. On failure nothing is left. */
  prepare(spec: SandboxSpec): Promise<Sandbox>;
  /** After a restart of the daemon: the sandbox when its shim still lives, its exit when it left one, `undefined` when
   * there is nothing (the machine was restarted). Also finds running execs. */
  restore(root: RootSpec, spec: RestoreSpec): Promise<Restored | undefined>;
  /** Ids of containers that have anything left in the exec-root. */
  leftovers(): Promise<readonly string[]>;
  /** Ends and removes all that is left of `id` in the exec-root: processes, mounts, cgroups, namespaces. */
  purge(id: string): Promise<void>;
}

/** To be walked from its root. */
export interface Changes extends Pick<Tree, 'walk'>, AsyncDisposable {
  /** What the layers show at a path, whose links are not followed. Absent: their directories can be looked into. */
  below?(path: string): Promise<BelowStat | undefined>;
}

export interface BelowStat {
  readonly isDirectory: boolean;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type Restored =
  | { readonly state: 'running'; readonly sandbox: Sandbox; readonly pid: number }
  | { readonly state: 'exited'; readonly exit: SandboxExit; readonly sandbox: Sandbox };

export interface RestoreSpec {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
}

export interface RootSpec {
  readonly id: string;
  /** Directories of the image's layers, top first; at least one, since the engine's own lies below every image. */
  readonly layers: readonly string[];
  /** Directory of this container on disk; the runner keeps the writable layer below it. */
  readonly scratch: string;
  /** Name of the runtime in the container's record; absent: the default. */
  readonly runtime?: string | undefined;
  /** Bytes that the container may write, where that is limited (`--storage-opt size=`). */
  readonly limitBytes?: number | undefined;
}

export interface ImageFacts {
  /** What it runs is WebAssembly. */
  readonly isWasm: boolean;
  /** Of the container: `run.oci.handler` and `module.wasm.image/variant` choose as well. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface MountedRoot extends AsyncDisposable {
  /** Its directory on the host. What is a link in it leads out of it: to be resolved by a tree that `openRoot` gives. */
  readonly path: string;
}

export interface RootDescription {
  /** Docker's name of the storage driver. */
  readonly driver: string;
  /** By Docker's names; null where it shows none. */
  readonly directories: Readonly<Record<string, string>> | null;
}

export interface SandboxMount {
  readonly type: 'bind' | 'tmpfs';
  /** Absolute host path; empty for tmpfs. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
  /** Propagation: `rprivate` (default), `rshared`, `rslave` … */
  readonly propagation?: string;
  /** OCI mount options beyond these (tmpfs: `size=…`, `mode=…`; bind: `nosuid` …). */
  readonly options?: readonly string[];
  readonly recursive?: boolean;
}

export interface SandboxSpec {
  readonly root: RootSpec;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** Entrypoint and Cmd joined. */
  readonly argv: readonly string[];
  /** `KEY=value`, image and user merged, PATH and HOSTNAME and TERM added. */
  readonly env: readonly string[];
  readonly hostname: string;
  readonly domainname: string;
  /** Volumes, binds, tmpfs, /etc/hosts, /etc/hostname, /etc/resolv.conf, /dev/init …; parents before children. */
  readonly mounts: readonly SandboxMount[];
  /** Path of a pinned network namespace, or the host's network. */
  readonly network: { readonly netns: string } | 'host';
  /** Namespaces of other processes, for PidMode and IpcMode `container:…`. */
  readonly joinPid?: number;
  readonly joinIpcPid?: number;
  readonly log: ShimLog;
  /** What it writes need not be on disk after a power cut. */
  readonly isVolatile: boolean;
  /** Name of a configured runtime. */
  readonly runtime: string;
}

/** One container from `prepare` to `destroy`. */
export interface Sandbox {
  /** Nothing of it outlives this process; absent where it does. */
  readonly endsWithEngine?: true;
  /** Starts the first process. @throws EngineError invalidParameter with moby's text and `exitCode` 126/127 (`StartFailure`) */
  run(): Promise<{ readonly pid: number }>;
  /** Settles when the first process has ended and its output is in the log. Never rejects. */
  readonly exited: Promise<SandboxExit>;
  /** Output from this moment on and a way in. Before `run` nothing is missed. */
  attach(streams: AttachStreams): Promise<SandboxStdio>;
  /** @throws EngineError conflict when it does not run */
  signal(signal: number): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  resize(rows: number, columns: number): Promise<void>;
  /** New limits for a running container. Fields absent stay. */
  update(hostConfig: HostConfig): Promise<void>;
  stats(): Promise<SandboxStats>;
  /** Process ids on the host, of all processes in the container; without `table`, whose pids are the container's own. */
  processes(): Promise<readonly number[]>;
  /** The processes as `ps` would show them, where the host's `ps` knows none of them. @param words arguments for `ps`
   * @throws EngineError invalidParameter for those it has no answer to */
  table?(words: readonly string[]): Promise<ProcessTable>;
  exec(spec: ExecSpec): Promise<SandboxProcess>;
  /** Execs that still run, found again by `restore`: exec id -> process. */
  readonly execs: ReadonlyMap<string, SandboxProcess>;
  /** Opens 127.0.0.11 in the network namespace and relays DNS to the daemon's socket. Idempotent. */
  openDns(daemonSocket: string): Promise<void>;
  /** Kills what is left, unmounts, removes cgroups, network namespace and exec-root directory. Idempotent. */
  destroy(): Promise<void>;
}

export interface ProcessTable {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface SandboxExit {
  readonly code: number;
  readonly oomKilled: boolean;
  readonly finishedAtNs: bigint;
}

/** `invalidParameter` with the exit code that docker users know (126 not executable, 127 not found, else 128). Carried as
 * the EngineError's `cause`. */
export interface StartFailure {
  readonly exitCode: number;
  readonly text: string;
}

export interface AttachStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Gives a socket of this process, if there is one at that moment, that the runner may write the output to without further ado; `output` then yields nothing and
   * ends when that has ended. A runner that cannot ignores it. */
  readonly outputFd?: (() => number | undefined) | undefined;
}

export interface SandboxStdio {
  /** Docker frames without a terminal, raw bytes with one; ends with the container's output. Leaving early detaches. */
  readonly output: Bytes;
  write(chunk: Uint8Array): Promise<void>;
  endInput(): Promise<void>;
  /** Leaves; the container runs on. Idempotent. */
  close(): void;
}

export interface ExecSpec {
  readonly execId: string;
  readonly process: ProcessConfig;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly privileged: boolean;
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly consoleSize?: { readonly rows: number; readonly columns: number };
}

/** A further process in the container. `run` must be called once; attach before it misses nothing. */
export interface SandboxProcess {
  run(): Promise<{ readonly pid: number }>;
  readonly exited: Promise<SandboxExit>;
  attach(streams: AttachStreams): Promise<SandboxStdio>;
  resize(rows: number, columns: number): Promise<void>;
  signal(signal: number): Promise<void>;
}

/** Counters as the kernel gives them; the containers room makes Docker's stats object of two samples. */
export interface SandboxStats {
  readonly cpuTotalNs: bigint;
  readonly cpuKernelNs: bigint;
  readonly cpuUserNs: bigint;
  readonly perCpuNs: readonly bigint[];
  readonly onlineCpus: number;
  readonly systemCpuNs: bigint;
  readonly throttling: { readonly periods: number; readonly throttledPeriods: number; readonly throttledNs: bigint };
  readonly memory: {
    readonly usage: number;
    readonly maxUsage: number;
    readonly limit: number;
    readonly failures: number;
    readonly stats: Readonly<Record<string, number>>;
  };
  readonly pids: { readonly current: number; readonly limit: number };
  readonly blkio: readonly {
    readonly major: number;
    readonly minor: number;
    readonly op: string;
    readonly value: number;
  }[];
  readonly networks: Readonly<Record<string, NetworkCounters>>;
}

export interface NetworkCounters {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}
