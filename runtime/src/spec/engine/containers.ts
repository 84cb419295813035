// What the engine offers about containers and execs, as the API calls it: Docker's wire shapes in and out, streams as
// async iterables. `containers/` implements it.

import type {
  ContainerConfig,
  ContainerInspectResponse,
  ContainerSummary,
  ContainerTopResponse,
  FilesystemChange,
  HostConfig,
  NetworkingConfig,
} from '../api/containers.ts';
import type { Filters } from '../filters.ts';

export interface Cancellable {
  /** Aborted when the client has gone away. */
  readonly signal?: AbortSignal;
}

export interface Containers {
  create(request: CreateRequest): Promise<{ readonly Id: string; readonly Warnings: readonly string[] }>;
  list(query: ListQuery): Promise<readonly ContainerSummary[]>;
  inspect(ref: string, options: { readonly size: boolean }): Promise<ContainerInspectResponse>;
  /** @throws notModified when it runs already */
  start(ref: string, options: { readonly detachKeys?: string }): Promise<void>;
  /** @throws notModified when it does not run. `timeoutS` absent = the container's own, then 10; -1 = for ever. */
  stop(ref: string, options: StopOptions): Promise<void>;
  restart(ref: string, options: StopOptions): Promise<void>;
  kill(ref: string, options: { readonly signal?: string }): Promise<void>;
  pause(ref: string): Promise<void>;
  unpause(ref: string): Promise<void>;
  rename(ref: string, name: string): Promise<void>;
  update(ref: string, hostConfig: HostConfig): Promise<{ readonly Warnings: readonly string[] }>;
  remove(
    ref: string,
    options: { readonly force: boolean; readonly volumes: boolean; readonly link: boolean },
  ): Promise<void>;
  /** Resolves at once with the container found and the condition accepted; `result` settles when it holds. */
  wait(ref: string, condition: string, options: Cancellable): Promise<{ readonly result: Promise<WaitResult> }>;
  top(ref: string, psArgs: string): Promise<ContainerTopResponse>;
  /** Docker's stats objects, one a second until the container is removed or the signal aborts; `stream: false` gives one. */
  stats(
    ref: string,
    options: { readonly stream: boolean; readonly oneShot: boolean } & Cancellable,
  ): Promise<AsyncIterable<unknown>>;
  changes(ref: string): Promise<readonly FilesystemChange[]>;
  /** The whole root as an uncompressed tar. */
  export(ref: string, options: Cancellable): Promise<AsyncIterable<Uint8Array>>;
  attach(ref: string, options: AttachOptions): Promise<AttachSession>;
  logs(ref: string, options: LogOptions): Promise<LogStream>;
  resize(ref: string, rows: number, columns: number): Promise<void>;
  commit(ref: string, options: CommitOptions): Promise<{ readonly Id: string }>;
  prune(
    filters: Filters,
  ): Promise<{ readonly ContainersDeleted: readonly string[] | null; readonly SpaceReclaimed: number }>;
  statPath(ref: string, path: string): Promise<PathStat>;
  /** A tar of the path. */
  readArchive(
    ref: string,
    path: string,
    options: Cancellable,
  ): Promise<{ readonly stat: PathStat; readonly tar: AsyncIterable<Uint8Array> }>;
  writeArchive(ref: string, path: string, tar: AsyncIterable<Uint8Array>, options: WriteArchiveOptions): Promise<void>;

  execCreate(ref: string, request: ExecCreateRequest): Promise<{ readonly Id: string }>;
  execInspect(execId: string): Promise<unknown>;
  /** Detach: resolves when it runs. Else a session, as with attach. */
  execStart(execId: string, options: ExecStartOptions): Promise<AttachSession | undefined>;
  execResize(execId: string, rows: number, columns: number): Promise<void>;
}

export interface CreateRequest {
  readonly name?: string;
  readonly platform?: string;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networkingConfig: NetworkingConfig;
}

export interface ListQuery {
  readonly all: boolean;
  readonly limit?: number;
  readonly size: boolean;
  readonly filters: Filters;
}

export interface StopOptions {
  readonly signal?: string;
  readonly timeoutS?: number;
}

export interface WaitResult {
  readonly StatusCode: number;
  readonly Error?: { readonly Message: string };
}

export interface OutputTarget {
  /**
   * Asked when the process is connected: a descriptor to which its output may be written past the caller, who then gets
   * none but still sees its end. undefined while the caller has something to write first, or when there is none.
   */
  readonly outputFd?: () => number | undefined;
}

export interface AttachOptions extends Cancellable, OutputTarget {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Replay the log first. */
  readonly logs: boolean;
  /** Stay for live output. */
  readonly stream: boolean;
  readonly detachKeys?: string;
}

/** A live connection to a process's stdio. */
export interface AttachSession {
  readonly tty: boolean;
  /** Docker frames when not `tty`, raw bytes otherwise. Ends with the process or on detach. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Client's bytes for stdin; detach keys are looked for here. */
  write(chunk: Uint8Array): Promise<void>;
  /** The client half-closed. */
  endInput(): Promise<void>;
  /** The client has gone. Idempotent. */
  close(): void;
}

export interface LogOptions extends Cancellable {
  readonly follow: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Unix nanoseconds. */
  readonly sinceNs?: bigint;
  readonly untilNs?: bigint;
  readonly timestamps: boolean;
  /** Lines from the end, counted before the stream filter; absent = all. */
  readonly tail?: number;
  readonly details: boolean;
}

export interface LogStream {
  readonly tty: boolean;
  readonly output: AsyncIterable<Uint8Array>;
}

export interface CommitOptions {
  readonly repo?: string;
  readonly tag?: string;
  readonly comment?: string;
  readonly author?: string;
  readonly pause: boolean;
  readonly changes: readonly string[];
  readonly config?: ContainerConfig;
}

/** What the `X-Docker-Container-Path-Stat` header carries; `mode` has the bits of Go's os.FileMode. */
export interface PathStat {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget: string;
}

export interface WriteArchiveOptions extends Cancellable {
  readonly noOverwriteDirNonDir: boolean;
  readonly copyUidGid: boolean;
}

export interface ExecCreateRequest {
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly DetachKeys?: string;
  readonly Tty?: boolean;
  readonly ConsoleSize?: readonly number[] | null;
  readonly Env?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Privileged?: boolean;
  readonly User?: string;
  readonly WorkingDir?: string;
}

export interface ExecStartOptions extends Cancellable, OutputTarget {
  readonly detach: boolean;
  readonly tty: boolean;
  readonly consoleSize?: { readonly rows: number; readonly columns: number };
}
