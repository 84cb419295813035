// What becomes of the result of a build, and which caches it shares with others.

import type { Descriptor } from '../manifest.ts';

/** How layers of ours are packed on their way out; those that came packed stay as they are. */
export type LayerCompression = 'none' | 'gzip' | 'zstd';

export type BuildOutput =
  /** An image under the build's tags. `store` false leaves it out of this engine's images; `push` sends it to the registries of its tags. */
  | {
      readonly type: 'image';
      readonly store?: boolean;
      readonly push?: boolean;
      readonly compression?: LayerCompression;
    }
  /** Kept for `Builds.export` for ten minutes after the build. */
  | { readonly type: 'export' };

/** How a result leaves the engine. */
export type ExportForm =
  /** The files, as `docker export` has them. */
  | { readonly type: 'tar' }
  /** What `docker load` reads, or an OCI image layout. `names` are in place of the build's tags. */
  | { readonly type: 'docker' | 'oci'; readonly names?: readonly string[]; readonly compression?: LayerCompression }
  /** What the cache knows of the build, as an OCI image layout: of the result's own steps (`min`), or of all (`max`). */
  | { readonly type: 'cache'; readonly mode: CacheMode };

export type CacheMode = 'min' | 'max';

export type CacheSource =
  /** A cache that was exported to a registry, or an image there with an inline one. */
  | { readonly type: 'registry'; readonly reference: string }
  /** An image that is here, with an inline cache; what is none is passed over. */
  | { readonly type: 'image'; readonly reference: string }
  /** One that was brought by `Builds.bringCache`; results count for builds that name `name` again. It is gone with the build. */
  | { readonly type: 'brought'; readonly id: string; readonly name: string }
  /** One that the client has, by its manifest. What `blob` gives is checked against the descriptor. */
  | {
      readonly type: 'content';
      /** For messages. */
      readonly name: string;
      readonly manifest: () => Promise<Uint8Array>;
      readonly blob: (descriptor: Descriptor) => AsyncIterable<Uint8Array>;
    };

export type CacheTarget =
  /** In the configuration of the image, for the steps that it stands on. */
  | { readonly type: 'inline' }
  | {
      readonly type: 'registry';
      readonly reference: string;
      readonly mode: CacheMode;
      /** A failure is a warning then. */
      readonly ignoreError: boolean;
    };
