// Coracle's own calls about builds, as they are on the wire.

import type { HostConfig } from './containers.ts';
import type { AuthConfig } from './images.ts';
import type { BuildOutput, CacheSource, CacheTarget } from '../engine/build-outputs.ts';
import type { BuildEvent, BuildOrigin, Entitlement } from '../engine/builds.ts';

/** What a build is asked for; absent fields are as `docker build` has them. */
export interface BuildOptions {
  readonly dockerfile?: string;
  /** Text of a Dockerfile that is not in the context. */
  readonly dockerfileText?: string;
  /** Address of a context that the engine fetches itself. */
  readonly remote?: string;
  /** Id of a context that was offered. */
  readonly context?: string;
  /** Where it comes from on this machine, for the record. */
  readonly origin?: BuildOrigin;
  readonly tags?: readonly string[];
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly namedContexts?: Readonly<Record<string, string>>;
  /** Name -> id of a context that was offered. */
  readonly namedFolders?: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  readonly noCacheFilter?: readonly string[];
  readonly pull?: boolean;
  readonly platform?: string;
  readonly network?: string;
  /** What steps may do beyond a sandbox; absent: nothing but what `network` says. */
  readonly entitlements?: readonly Entitlement[];
  readonly extraHosts?: readonly string[];
  readonly shmSize?: number;
  readonly limits?: BuildLimits;
  readonly auth?: Readonly<Record<string, AuthConfig>>;
  /** Id -> content in base64. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Id -> path of a socket on the engine's machine. */
  readonly sshAgents?: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly sourceDateEpoch?: number;
  readonly checkOnly?: boolean;
  /** Absent: an image in the store. */
  readonly outputs?: readonly BuildOutput[];
  readonly cacheFrom?: readonly WireCacheSource[];
  readonly cacheTo?: readonly CacheTarget[];
}

/** For the container of each RUN, in docker's words. */
export type BuildLimits = Pick<
  HostConfig,
  | 'Memory'
  | 'MemorySwap'
  | 'CpuShares'
  | 'CpuPeriod'
  | 'CpuQuota'
  | 'CpusetCpus'
  | 'CpusetMems'
  | 'CgroupParent'
  | 'Ulimits'
>;

export type WireCacheSource = Exclude<CacheSource, { readonly type: 'content' }>;

/** First line of `POST /coracle/v1/contexts`; the listing follows. */
export interface ContextOfferHead {
  readonly key: string;
  readonly description: string;
  /** Nanoseconds since 1970, as text: JSON's numbers do not hold them. */
  readonly takenNs: string;
}

/** An event as it is on the wire: bytes are base64, and the build's id comes first. */
export type WireBuildEvent =
  | { readonly kind: 'begun'; readonly id: string }
  | Exclude<BuildEvent, { kind: 'output' }>
  | (Omit<Extract<BuildEvent, { kind: 'output' }>, 'bytes'> & { readonly bytes: string });
