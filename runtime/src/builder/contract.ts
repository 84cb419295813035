// What the parts of the builder say to each other. `plan` evaluates a Dockerfile to operations, `keys` gives each one its cache
// key, `sources` are files that are copied, `steps` do the work, `solve` puts them in order, `records` and `cache` remember.

import type { Mount } from '../spec/api/containers.ts';
import type { CacheSource, LayerCompression } from '../spec/engine/build-outputs.ts';
import type { SourceRange } from '../spec/engine/builds.ts';
import type { Digest } from '../spec/digest.ts';
import type { Descriptor } from '../spec/manifest.ts';
import type { OciContainerConfig, OciHistory, OciImageConfig } from '../spec/oci.ts';
import type { TarEntry } from '../spec/tar/header.ts';

/** A root file system as layers, bottom first; those of images and of steps alike are in the store of images. */
export interface Snapshot {
  /** Name under which the cache and `builds shell` know it. */
  readonly key: string;
  readonly layers: readonly LayerRef[];
  /** When the last step of it was carried out, however often the cache had it since; undefined for a base image alone. */
  readonly createdAtMs?: number;
}

export interface LayerRef {
  readonly diffId: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
}

/** An instruction with all variables filled in. Operations of a stage follow each other; `index` counts through all stages. */
export type Operation = FromOperation | RunOperation | CopyOperation | ConfigOperation;

interface Common {
  readonly index: number;
  readonly stage: number;
  /** In one line, as progress shows it. */
  readonly text: string;
  readonly source: SourceRange;
  /** The configuration of an image after it. */
  readonly config: OciContainerConfig;
  /** What it adds to the image's history; FROM adds nothing. */
  readonly history: OciHistory | undefined;
  /** Whether the cache may be asked. */
  readonly usesCache: boolean;
}

export interface FromOperation extends Common {
  readonly kind: 'from';
  readonly base: Base;
}

export type Base =
  | { readonly kind: 'scratch' }
  /** `last` is the index of that stage's last operation. */
  | { readonly kind: 'stage'; readonly stage: number; readonly last: number }
  | { readonly kind: 'image'; readonly image: BaseImage };

/** An image that was resolved, and pulled where it had to be, before planning. */
export interface BaseImage {
  /** As the Dockerfile means it, normalised. */
  readonly reference: string;
  /** `sha256:…` of its configuration. */
  readonly id: string;
  readonly config: OciImageConfig;
  readonly layers: readonly LayerRef[];
}

export interface RunOperation extends Common {
  readonly kind: 'run';
  readonly argv: readonly string[];
  /** Script that is put into a file and run by its own `#!` line, for a heredoc that has one; `argv` is its path then. */
  readonly script: string | undefined;
  /** `NAME=value`: of the image, and ARGs that are in scope. */
  readonly env: readonly string[];
  /** Names in `env` that only proxies of the build gave: they do not count in the cache. */
  readonly proxies: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly mounts: readonly RunMount[];
  readonly network: 'default' | 'none' | 'host';
  readonly security: 'sandbox' | 'insecure';
  /** The stage is of WebAssembly, by its base image or by the platform that is built for. */
  readonly isWasm: boolean;
}

export type RunMount =
  | {
      readonly type: 'bind';
      readonly target: string;
      readonly from: Origin;
      readonly source: string;
      readonly writable: boolean;
    }
  | {
      readonly type: 'cache';
      readonly target: string;
      readonly id: string;
      readonly sharing: 'shared' | 'private' | 'locked';
      readonly from: Origin | undefined;
      readonly source: string;
      readonly readOnly: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly size: number | undefined }
  | {
      readonly type: 'secret';
      readonly id: string;
      /** Undefined where it is a variable only. */
      readonly target: string | undefined;
      readonly env: string | undefined;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly type: 'ssh';
      readonly id: string;
      readonly target: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** Where files come from. */
export type Origin =
  | { readonly kind: 'context'; readonly name: string | undefined }
  | { readonly kind: 'stage'; readonly stage: number; readonly last: number }
  | { readonly kind: 'image'; readonly image: BaseImage };

/** COPY and ADD. */
export interface CopyOperation extends Common {
  readonly kind: 'copy';
  readonly from: Origin;
  readonly sources: readonly CopySource[];
  /** Absolute, cleaned, `WORKDIR` joined. */
  readonly destination: string;
  /** Whether it was written with a slash at its end, or there are several sources: it is a directory. */
  readonly intoDirectory: boolean;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  /** ADD: whether archives are unpacked; undefined means local ones are and fetched ones are not. COPY: false. */
  readonly unpack: boolean | undefined;
  readonly checksum: string | undefined;
  readonly keepGitDir: boolean;
}

export type CopySource =
  /** A path or a pattern in `from`. */
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'inline'; readonly name: string; readonly text: string }
  | { readonly kind: 'http'; readonly address: string }
  | { readonly kind: 'git'; readonly address: string; readonly ref: string; readonly folder: string };

/** Everything that only changes the configuration: ENV, LABEL, WORKDIR (which makes its folder too), USER, CMD … */
export interface ConfigOperation extends Common {
  readonly kind: 'config';
  /** WORKDIR: the folder that must be there afterwards. */
  readonly makesFolder: string | undefined;
}

/** What a whole build does. Operations that the target does not need are not in it. */
export interface Plan {
  readonly operations: readonly Operation[];
  /** Names of arguments that triggers of base images declare. */
  readonly triggerArguments: readonly string[];
  /** Index of the operation whose result is the image. */
  readonly result: number;
}

/**
 * What lies in a context or a root, as COPY sees it. `path` is relative to the source's root, without a slash at either end; a name of
 * several hard links is a `file` like any other, with the same `inode`.
 */
export interface SourceEntry extends TarEntry {
  readonly type: 'file' | 'directory' | 'symlink' | 'fifo' | 'character' | 'block';
  /** What the names of one file have in common; undefined for a file with one name. */
  readonly inode: string | undefined;
  /** `sha256:…` of a file's content, computed once. */
  digest(): Promise<string>;
  /** A file's content. */
  read(): AsyncIterable<Uint8Array>;
}

/** Files that can be copied: a context after its ignore file, a stage, an image. Links are resolved inside. */
export interface FileSource extends AsyncDisposable {
  /**
   * What a path or a pattern matches, in order of their paths. A pattern may match nothing.
   * @throws EngineError notFound for a path that is not there, in a build's words; says so when an ignore rule is why
   */
  match(pattern: string, exclude: readonly string[]): Promise<readonly Matched[]>;
  /** One entry as it is; links on the way to it are followed, the last is not. */
  find(path: string): Promise<SourceEntry | undefined>;
}

export interface Matched {
  /** The path that the pattern matched; its last part is the name that it gets in a folder. */
  readonly name: string;
  /** Where it is when links are followed: entries have their paths below it. */
  readonly root: string;
  /** The root first, folders before what they hold. */
  readonly entries: readonly SourceEntry[];
}

/** The build's view of images: what is in the store, and putting in more. All of it is held by one lease until the build ends. */
export interface BuildImages {
  /** @throws EngineError notFound when it is not here */
  find(reference: string, platform: string | undefined): Promise<BaseImage | undefined>;
  pull(
    reference: string,
    platform: string | undefined,
    report: (message: Readonly<Record<string, unknown>>) => void,
    signal: AbortSignal,
  ): Promise<BaseImage>;
  /** An uncompressed layer tar with OCI whiteouts, put on a stack of layers. An empty one is undefined. */
  addLayer(
    below: readonly LayerRef[],
    tar: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<LayerRef | undefined>;
  /** Whether layers are in the store still; they are held from then on. */
  hold(layers: readonly LayerRef[]): Promise<boolean>;
  /** Bytes of the top layer's files. */
  layerSize(layers: readonly LayerRef[]): number;
  /** Where the layers are unpacked, top first; the last is the engine's own, which lies below all and belongs to no image. */
  directories(layers: readonly LayerRef[]): Promise<readonly string[]>;
  /**
   * Makes the image and its names, at the very end.
   * @param pushed digest of the manifest that the registries of the tags have
   * @returns `sha256:…` of its configuration, and its manifest
   */
  register(
    config: OciImageConfig,
    layers: readonly LayerRef[],
    tags: readonly string[],
    pushed?: Digest,
  ): Promise<Pick<Bundle, 'id' | 'manifest'>>;
  /**
   * Brings the layer of a cache into the store, on top of others; it is held from then on.
   * @throws EngineError invalidParameter for what is not what its digests say
   */
  takeLayer(
    below: readonly LayerRef[],
    layer: LayerRef,
    blob: (descriptor: Descriptor) => AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void>;
  /** A cache or an image at its registry. */
  cacheContent(reference: string, signal: AbortSignal): CacheContent;
  /** A document with layers, ready to leave the engine. @param options.platform undefined for what is no image */
  bundle(
    config: { readonly bytes: Uint8Array; readonly mediaType: string },
    layers: readonly LayerRef[],
    options: {
      readonly compression: LayerCompression;
      readonly platform: string | undefined;
      /** Ends the packing. */
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<Bundle>;
}

/** An image, or a cache in the form of one, outside of the store. */
export interface Bundle {
  /** `sha256:…` of its configuration. */
  readonly id: string;
  readonly manifest: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;
  /** @throws EngineError in the registry's words */
  push(name: string, signal: AbortSignal): Promise<void>;
  archive(formats: readonly ('docker' | 'oci')[], names: readonly string[]): AsyncIterable<Uint8Array>;
}

/** Where a cache is read from; nothing is checked yet. */
export type CacheContent = Pick<Extract<CacheSource, { readonly type: 'content' }>, 'manifest' | 'blob'>;

/** Runs a step on a snapshot. */
export interface StepRunner {
  /**
   * Runs the command and gives the layer of what it changed.
   * @throws StepFailure when it ends with another status than 0
   */
  run(spec: StepSpec): Promise<LayerRef | undefined>;
}

export interface StepSpec {
  readonly snapshot: Snapshot;
  readonly operation: RunOperation;
  /** What the operation's mounts are on the host. */
  readonly mounts: readonly Mount[];
  /** `NAME=value` for the process alone, beside the operation's own. */
  readonly env: readonly string[];
  /** What it gives is waited for before more is read of the command. */
  readonly output: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => Promise<void> | undefined;
  readonly signal: AbortSignal;
}
