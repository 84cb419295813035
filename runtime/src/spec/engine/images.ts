// What the engine offers about images, as the API calls it. `images/` implements it.

import type {
  ImageDeleteResponseItem,
  ImageHistoryResponseItem,
  ImageInspect,
  ImageSearchResult,
  ImageSummary,
  AuthConfig,
  RemoteManifestText,
} from '../api/images.ts';
import type { ContainerConfig } from '../api/containers.ts';
import type { Filters } from '../filters.ts';
import type { OciImageConfig } from '../oci.ts';
import type { Cancellable } from './containers.ts';

/** One JSON object of a progress stream (`jsonmessage`): status, progressDetail, id, stream, aux, errorDetail … */
export type ProgressMessage = Readonly<Record<string, unknown>>;

export interface Images {
  list(query: {
    readonly all: boolean;
    readonly filters: Filters;
    readonly sharedSize: boolean;
    readonly digests: boolean;
    readonly manifests: boolean;
  }): Promise<readonly ImageSummary[]>;
  /** Repositories of a registry. @throws EngineError invalidParameter; in the registry's words */
  search(request: SearchRequest): Promise<readonly ImageSearchResult[]>;
  inspect(ref: string): Promise<ImageInspect>;
  history(ref: string): Promise<readonly ImageHistoryResponseItem[]>;
  tag(ref: string, target: { readonly repo: string; readonly tag: string }): Promise<void>;
  remove(
    ref: string,
    options: { readonly force: boolean; readonly noPrune: boolean },
  ): Promise<readonly ImageDeleteResponseItem[]>;
  prune(
    filters: Filters,
  ): Promise<{ readonly ImagesDeleted: readonly ImageDeleteResponseItem[] | null; readonly SpaceReclaimed: number }>;
  /**
   * Pulls. Rejects before the first message when nothing could be begun (unknown repository, bad credentials); faults later
   * end the iteration by throwing, and the API puts them into the stream.
   */
  pull(request: PullRequest): Promise<AsyncIterable<ProgressMessage>>;
  /** Sends an image, or all of a repository, to the registry that its name says. Faults come as `pull`'s later ones do. */
  push(request: PushRequest): Promise<AsyncIterable<ProgressMessage>>;
  /** docker-archive or OCI layout, plain, gzip or zstd. */
  load(
    archive: AsyncIterable<Uint8Array>,
    options: { readonly quiet: boolean; readonly platform?: string } & Cancellable,
  ): Promise<AsyncIterable<ProgressMessage>>;
  /** A tar that is both docker-archive and OCI layout. With a platform (`os/arch/variant`) all images must be of it. */
  save(
    refs: readonly string[],
    options: { readonly platform?: string } & Cancellable,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** The archive, or the http(s) address of one. */
  import(source: AsyncIterable<Uint8Array> | string, options: ImportRequest): Promise<AsyncIterable<ProgressMessage>>;
  /** What the registry has under a reference: descriptor and platforms. */
  distribution(ref: string, auth: AuthConfig | undefined, options: Cancellable): Promise<unknown>;
  /** The manifest or index that the registry has under a reference. @throws EngineError in the registry's words */
  remoteManifest(ref: string, auth: AuthConfig | undefined, options: Cancellable): Promise<RemoteManifestText>;
  /** Tags of a repository in its registry, at most 10,000. @throws EngineError in the registry's words */
  remoteTags(repository: string, auth: AuthConfig | undefined, options: Cancellable): Promise<readonly string[]>;
}

export interface SearchRequest extends Cancellable {
  /** A word, for Docker Hub; behind the name of another registry and a slash for that. */
  readonly term: string;
  /** 0 is docker's usual 25. */
  readonly limit: number;
  readonly filters: Filters;
  readonly auth: AuthConfig | undefined;
}

export interface PullRequest extends Cancellable {
  /** `fromImage`, as given. */
  readonly image: string;
  /** Tag or digest, may be empty (then latest, or all tags when `all`). */
  readonly tag: string;
  readonly platform?: string;
  readonly auth?: AuthConfig;
}

export interface PushRequest extends Cancellable {
  /** As given. */
  readonly name: string;
  /** Empty: what the name says, and without a tag there all tags. */
  readonly tag: string;
  readonly auth?: AuthConfig;
}

export interface ImportRequest extends Cancellable {
  readonly repo: string;
  readonly tag: string;
  readonly message: string;
  readonly changes: readonly string[];
  readonly platform?: string;
}

/** What the containers room asks of images; the engine passes `images` in. */
export interface ImageSource {
  /** By name, name@digest, id or id prefix. @throws notFound `No such image: x:latest` */
  resolve(ref: string): Promise<ResolvedImage>;
  /** To be asked before it runs. @param name for the message @throws EngineError forbidden that says which rule of the trust policy refuses it */
  admit(imageId: string, name: string): Promise<void>;
  /** Layer directories, top first, for an image id; the last one is of no image and lies below all. @throws notFound */
  layers(imageId: string): Promise<readonly string[]>;
  /** Makes an image of a new top layer over `parent`. @returns its id; tags it when `repo` is given */
  commit(request: CommitImage): Promise<string>;
}

export interface ResolvedImage {
  /** `sha256:…`, the digest of the config. */
  readonly id: string;
  readonly config: OciImageConfig;
  /** What it runs is WebAssembly, by its platform or by what says so of an image of Linux. */
  readonly isWasm: boolean;
}

export interface CommitImage {
  readonly parent: string;
  /** Uncompressed layer tar with OCI whiteouts. */
  readonly layer: AsyncIterable<Uint8Array>;
  readonly config: ContainerConfig;
  readonly author: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly repo?: string;
  readonly tag?: string;
}
