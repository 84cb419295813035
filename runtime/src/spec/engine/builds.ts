// What the engine offers about builds, as the API calls it. `builder/` implements it.

import type { AuthConfig } from '../api/images.ts';
import type { HostConfig } from '../api/containers.ts';
import type { Filters } from '../filters.ts';
import type { Descriptor } from '../manifest.ts';
import type { BuildOutput, CacheSource, CacheTarget, ExportForm } from './build-outputs.ts';
import type { Cancellable } from './containers.ts';

export interface Builds {
  /**
   * Begins a build. Rejects before the first event when nothing could be begun: a Dockerfile with a fault, a context that cannot
   * be read. Later faults end the events with one of kind `failed`; an abort ends the build and leaves nothing.
   * @throws EngineError invalidParameter in a build's words
   */
  build(request: BuildRequest): Promise<BuildHandle>;
  /**
   * Says which contents are not here of a folder that a client lists: those that are new, or not as they were when it listed the
   * folder last. Nothing is asked of the client that it has sent before.
   * @param lines as `listingLine` makes them, each ended by a newline; parents first, each path once
   * @throws EngineError invalidParameter for a listing that is not right
   */
  offerContext(offer: ContextOffer, lines: AsyncIterable<Uint8Array>): Promise<OfferedContext>;
  /**
   * Takes the contents that were missing, as files of a tar by their paths.
   * @throws EngineError notFound for an offer that is not known, invalidParameter for other contents than were asked for
   */
  supplyContext(id: string, tar: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
  /** Newest first. */
  list(): Promise<readonly BuildRecord[]>;
  /** By id or a prefix of it. @throws EngineError notFound */
  inspect(ref: string): Promise<BuildRecord>;
  remove(ref: string): Promise<void>;
  /** Ends a running build. */
  cancel(ref: string): Promise<void>;
  /**
   * Makes an image without a name of what a step ended with, for a shell; the caller removes it.
   * @throws EngineError notFound for a step that is not there, or whose files are not kept any more
   */
  stepImage(ref: string, options: StepImageOptions): Promise<{ readonly Id: string }>;
  /**
   * The result of a build that has an output of type `export`, once it is done.
   * @throws EngineError notFound when it is not kept any more, conflict while the build runs
   */
  export(ref: string, form: ExportForm, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Takes in a cache for the next build that names it: an OCI image layout as a tar, as `export` gives it.
   * @throws EngineError invalidParameter for a damaged archive
   */
  bringCache(tar: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<{ readonly Id: string }>;
  /** What is kept for builds to come: results of steps, cache mounts, contexts. */
  cache(): Promise<readonly BuildCacheEntry[]>;
  /** Docker's `POST /build/prune`. */
  prune(
    filters: Filters,
    options: { readonly all: boolean; readonly keepBytes?: number },
  ): Promise<{ readonly CachesDeleted: readonly string[] | null; readonly SpaceReclaimed: number }>;
}

export interface StepImageOptions {
  /** Absent: the one that failed, else the last. */
  readonly step?: number;
  /** Of a command that failed: not what it had made by then, but what it began with. */
  readonly isBefore: boolean;
}

/** What a step may be allowed beyond its sandbox, in BuildKit's words. */
export type Entitlement = (typeof entitlements)[number];

export const entitlements = ['network.host', 'security.insecure'] as const;

export interface ContextOffer {
  /** 64 hexadecimal digits, the same for the same folder of the same client, and for no other. */
  readonly key: string;
  /** The folder, for people. */
  readonly description: string;
  /** The client's time before it looked at the first entry, in nanoseconds since 1970. */
  readonly takenNs: bigint;
}

export interface OfferedContext {
  /** For the one build that it is for, which has to begin within ten minutes. */
  readonly id: string;
  /** Lines of the listing whose contents are to be sent, from 0. */
  readonly missing: readonly number[];
}

export interface BuildRequest extends Cancellable {
  readonly context: ContextSource;
  /** Path in the context; `Dockerfile` by default. */
  readonly dockerfile: string;
  /** Only for the record. */
  readonly origin?: BuildOrigin;
  /** Text of a Dockerfile that is not in the context. */
  readonly dockerfileText?: string;
  /** Names that the image gets, each with its tag. */
  readonly tags: readonly string[];
  readonly target: string;
  /** Absent value: taken from the builder's environment by the client, so not given. */
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Named contexts: `name` -> image or address. */
  readonly namedContexts: Readonly<Record<string, string>>;
  /** Named contexts that are folders of the client: `name` -> id of what it offered. */
  readonly namedFolders?: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  /** Names of stages that are built without the cache. */
  readonly noCacheFilter: readonly string[];
  readonly pull: boolean;
  readonly platform?: string;
  /** Network of RUN: `default`, `none`, `host`, or the name of one. */
  readonly network: string;
  /** Limits and the like for RUN: ExtraHosts, ShmSize, Ulimits, Memory, Cpu…, CgroupParent. */
  readonly hostConfig: HostConfig;
  readonly auth: Readonly<Record<string, AuthConfig>>;
  /** Secret id -> content. Never kept. */
  readonly secrets: Readonly<Record<string, Uint8Array>>;
  /** Agent id -> path of a socket on this machine. */
  readonly sshAgents: Readonly<Record<string, string>>;
  /** Asked for what `auth`, `secrets` and `sshAgents` have not, when the build comes to need it. */
  readonly session?: BuildSession;
  /** Seconds since 1970 for every time in the image, for the same bytes from the same input. */
  readonly sourceDateEpoch?: number;
  /** What its steps may do beyond a sandbox, as far as the engine lets clients allow it; absent: use the host's network. */
  readonly entitlements?: readonly Entitlement[];
  /** Finds faults and findings, builds nothing. */
  readonly checkOnly: boolean;
  /** Absent or empty: an image in the store. */
  readonly outputs?: readonly BuildOutput[];
  /** Asked in this order, after the engine's own cache. One that cannot be read is a warning. */
  readonly cacheFrom?: readonly CacheSource[];
  readonly cacheTo?: readonly CacheTarget[];
}

/** A client that waits to be asked. */
export interface BuildSession {
  /** undefined where it has none of that id. */
  secret(id: string): Promise<Uint8Array | undefined>;
  /** Path of a socket on this machine, there as long as the build; undefined where the client has no such agent. */
  sshAgent(id: string, access: SocketAccess): Promise<string | undefined>;
  /** @param domain of a registry, `docker.io` for Docker Hub */
  credentials(domain: string): Promise<AuthConfig | undefined>;
}

export interface SocketAccess {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type ContextSource =
  /** A tar, plain or compressed. */
  | { readonly kind: 'tar'; readonly bytes: AsyncIterable<Uint8Array> }
  /** What a client offered, whole by now. */
  | { readonly kind: 'offered'; readonly id: string }
  /** A git repository, an http address of a tar or of a Dockerfile. */
  | { readonly kind: 'remote'; readonly address: string }
  | { readonly kind: 'none' };

/** Where a build comes from on its client's machine: absolute paths, as the client has them. */
export interface BuildOrigin {
  readonly folder: string;
  readonly dockerfile: string;
}

export interface BuildHandle {
  readonly id: string;
  /** From the beginning; ends after `finished` or `failed`. */
  readonly events: AsyncIterable<BuildEvent>;
}

export type BuildEvent =
  | { readonly kind: 'planned'; readonly steps: readonly StepPlan[] }
  | { readonly kind: 'started'; readonly step: number; readonly atMs: number }
  /** Progress of a pull or a download. */
  | { readonly kind: 'progress'; readonly step: number; readonly message: Readonly<Record<string, unknown>> }
  | { readonly kind: 'output'; readonly step: number; readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly kind: 'ended'; readonly step: number; readonly result: StepResult }
  | { readonly kind: 'warning'; readonly message: string; readonly step?: number }
  | WorkEvent
  | FinishedEvent
  | { readonly kind: 'failed'; readonly message: string; readonly step?: number; readonly exitCode?: number };

/** What a build does beside its steps: reading caches, writing them, pushing. */
export interface WorkEvent {
  readonly kind: 'work';
  /** The same for all events of one work. */
  readonly id: string;
  /** `pushing registry.example.com/web:2` */
  readonly name: string;
  readonly state: 'started' | 'done' | 'failed';
  readonly atMs: number;
  readonly message?: string;
}

export interface FinishedEvent {
  readonly kind: 'finished';
  /** `sha256:…` of the image's configuration, whether it was put in the store or not. */
  readonly imageId: string;
  readonly tags: readonly string[];
  /** Of the image that was pushed, else of the one in the store. */
  readonly manifest?: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;
}

/** A step: one instruction of a stage that is needed, in the order of the file. */
export interface StepPlan {
  readonly step: number;
  readonly stage: number;
  readonly stageName?: string;
  /** The instruction in one line, variables filled in. */
  readonly text: string;
  readonly source: SourceRange;
  /** Steps whose results it needs. */
  readonly needs: readonly number[];
}

/** Lines of the Dockerfile, from 1; the end is included. */
export interface SourceRange {
  readonly startLine: number;
  readonly endLine: number;
}

export interface StepResult {
  readonly state: 'done' | 'cached' | 'failed' | 'cancelled';
  /** Of `cached`: the cache that had it, where it was not the engine's own. */
  readonly cachedFrom?: string;
  /** Why there was no result in the cache. Absent where there was. */
  readonly miss?: MissReason;
  readonly durationMs: number;
  /** Bytes of the layer that it made, unpacked; absent for one that makes none. */
  readonly layerSize?: number;
  /** Snapshot that it ended with; of a failed RUN, the one before. */
  readonly snapshot?: string;
  readonly exitCode?: number;
  readonly message?: string;
}

export interface MissReason {
  readonly kind:
    | 'first-build'
    | 'instruction-changed'
    | 'argument-changed'
    | 'files-changed'
    | 'base-changed'
    | 'step-before'
    | 'no-cache'
    | 'removed';
  /** A sentence for people. */
  readonly message: string;
  /** Paths, names of arguments, digests: what changed. */
  readonly changed?: readonly string[];
}

export interface BuildRecord {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly durationMs?: number;
  /** Path of the Dockerfile in the context. */
  readonly dockerfile: string;
  readonly origin?: BuildOrigin;
  /** The Dockerfile's text, as it was built. */
  readonly dockerfileText: string;
  readonly target: string;
  readonly tags: readonly string[];
  readonly imageId?: string;
  readonly message?: string;
  readonly steps: readonly StepRecord[];
}

export interface StepRecord extends StepPlan {
  /** Milliseconds since 1970; absent for one that was not begun. */
  readonly startedAtMs?: number;
  /** Absent for one that was not begun, or that runs. */
  readonly result?: StepResult;
  /** The end of what it wrote; left out of lists. */
  readonly output?: string;
}

export interface BuildCacheEntry {
  readonly id: string;
  readonly kind: 'step' | 'mount' | 'context';
  readonly description: string;
  readonly size: number;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly inUse: boolean;
}
