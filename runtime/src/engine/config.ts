// What the engine is told by whoever builds it. Settings that may change while it runs are read anew each time.

import type { Finding } from '../spec/engine/system.ts';
import type { ImageGate } from '../spec/engine/trust.ts';
import type { Logger } from '../spec/logger.ts';
import type { Rootless } from '../spec/rootless.ts';
import type { Linter } from '../builder/plan/enforced-checks.ts';
import type { Bytes, Host } from '../host/host.ts';
import type { Kernel } from '../host/kernel.ts';
import type { NetworksOptions } from '../networks/create-networks.ts';
import type { LinuxParts } from './linux-runner.ts';
import type { WasmParts } from './runners.ts';

/** What is kept of builds, and what they may ask for. */
export interface BuilderConfig {
  /** Bytes of layers and contexts in the build cache. */
  readonly keepBytes: number;
  /** How long what nobody uses is kept there. */
  readonly keepMs: number;
  /** How long what a command that failed had made. */
  readonly keepFailedMs: number;
  /** Whether clients may allow their steps the network of the host, or to be privileged. */
  readonly networkHost: boolean;
  readonly securityInsecure: boolean;
}

export interface EngineConfig {
  readonly version: string;
  /** `wasm`: containers are WebAssembly only, and nothing is asked of Linux. */
  readonly mode: 'linux' | 'wasm';
  /** Why it is `wasm`, where nobody asked for that. */
  readonly obstacles?: readonly Finding[];
  readonly dataRoot: string;
  readonly execRoot: string;
  /** What puts the roots of containers together; absent: the best that works here. */
  readonly storageDriver?: 'overlay2' | 'fuse-overlayfs' | 'vfs' | undefined;
  readonly bridge: string;
  readonly bip?: string;
  readonly dns: readonly string[];
  readonly defaultRuntime?: string;
  /** Name -> path and arguments, beside those found on PATH. */
  readonly runtimes: Readonly<Record<string, { readonly path: string; readonly runtimeArgs?: readonly string[] }>>;
  /** Where runtimes are looked for. */
  readonly searchPath: readonly string[];
  /** Static init binaries for `--init`, the first that exists is taken. */
  readonly initPaths: readonly string[];
  readonly liveRestore: boolean;
  readonly builder?: Partial<BuilderConfig>;
  /** When an ordinary user runs it: how it got its rights and its network. */
  readonly rootless?: Rootless;
  /** Certificates of registries, as `RegistryDeps` has them. */
  readonly certificateFolders?: readonly string[];
  readonly proxies: { readonly http: string; readonly https: string; readonly no: string };
}

/** What SIGHUP can change. */
export interface LiveSettings {
  readonly debug: boolean;
  readonly labels: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly registryMirrors: readonly string[];
  /** Absent: there can be none. */
  readonly trustPolicy?: TrustPolicyFile;
}

/** A policy of which images may be here (containers-policy.json(5)). */
export interface TrustPolicyFile {
  readonly path: string;
  /** Somebody named it: should it be gone, nothing is admitted. */
  readonly isRequired: boolean;
}

export interface EngineOptions {
  readonly host: Host;
  readonly kernel: Kernel;
  /** What runs native containers; absent: containers are WebAssembly only. */
  readonly linux?: LinuxParts | undefined;
  /** What the lightweight mode stands on; absent: there is none. */
  readonly wasm?: WasmParts | undefined;
  readonly logger: Logger;
  readonly config: EngineConfig;
  readonly live: LiveSettings;
  /** Images that come with the engine, as `ImagesDeps.shipped` has them. */
  readonly shipped?: ReadonlyMap<string, () => Bytes>;
  /** Where shims relay DNS to, and who holds host ports: sockets are Node's. */
  readonly dnsSockets: NetworksOptions['dnsSockets'];
  readonly portHolder: NetworksOptions['portHolder'];
  readonly subnetTurn?: NetworksOptions['subnetTurn'];
  readonly holdBridge?: NetworksOptions['holdBridge'];
  /** Makes what is asked about each image. @param file asked anew each time */
  readonly openGate?: (file: () => TrustPolicyFile | undefined) => ImageGate;
  /** Finds what is wrong with a Dockerfile; for files that want no build then. */
  readonly lint: Linter;
  /** Held while builds work: little memory is taken meanwhile, and given back afterwards. */
  readonly spareMemory?: () => Disposable;
  /** Held while images stream in and out: what has served is collected early. */
  readonly limitBuffers?: () => Disposable;
  /** Runs `ps` on the host. @throws EngineError system with what it said on stderr */
  readonly processTable: (args: readonly string[]) => Promise<string>;
}
