// What the images room is given, and what it offers beside the API's own `Images`.

import type { Bytes, Host } from '../host/host.ts';
import type { Kernel } from '../host/kernel.ts';
import type { Registry } from '../registry/registry.ts';
import type { ImageSummary } from '../spec/api/images.ts';
import type { ImageSource, Images } from '../spec/engine/images.ts';
import type { ImageGate } from '../spec/engine/trust.ts';
import type { EventSink, StoreReport } from '../spec/engine/system.ts';
import type { Logger } from '../spec/logger.ts';
import type { Platform } from '../spec/platform.ts';
import type { BuildOptions, BuildStore } from './build-images.ts';

/** A container whose files stand on an image. */
export interface ImageUser {
  readonly containerId: string;
  readonly running: boolean;
}

export interface ImagesDeps {
  readonly host: Host;
  readonly kernel: Pick<Kernel, 'openTree' | 'removeTree' | 'rights' | 'spread' | 'syncFiles'>;
  readonly registry: Registry;
  readonly events: EventSink;
  readonly logger: Logger;
  /** The data root; `blobs/`, `layers/`, `images.json`, `oci-layout`, `index.json` and `tmp/images/` in it are ours. */
  readonly root: string;
  /** Of this host: what is pulled when nobody says otherwise. */
  readonly platform: Platform;
  /** What it runs besides, in order: taken of an index that has nothing for `platform`. */
  readonly otherPlatforms?: readonly Platform[];
  /** Images that come with the engine, by full reference: archives as `load` takes them. Pulling one reads that, and asks nobody. */
  readonly shipped?: ReadonlyMap<string, () => Bytes>;
  /** The containers of an image, in any state. */
  usersOfImage(imageId: string): readonly ImageUser[] | Promise<readonly ImageUser[]>;
  /** Asked what may be here; absent: all. */
  readonly gate?: ImageGate;
  /** Held while contents stream in or out: what has served is collected early. */
  readonly limitBuffers?: () => Disposable;
}

export interface ImagesRoom extends Images, ImageSource {
  /**
   * Removes what an interrupted run left behind. To be called once the containers are known, before anything is served:
   * what they stand on is kept.
   */
  recover(): Promise<void>;
  /** Lets go of layers that only a removed container still needed. Cheap when there is nothing to do. */
  collect(): Promise<void>;
  /** Resolves when all images are on disk; what comes later, a machine that goes down may forget. */
  settle(): Promise<void>;
  /** The image part of `/system/df`. */
  usage(): Promise<ImagesUsage>;
  /** Walks the whole store, hashes every blob, and says what does not hold together. */
  check(): Promise<ImagesReport>;
  /** What a build works with; one for each build. */
  openBuild(options: BuildOptions): BuildStore;
  /** How many images there are, for `/info`. */
  count(): number;
}

export interface ImagesUsage {
  /** Bytes of all unpacked layers, each counted once. */
  readonly layersSize: number;
  readonly images: readonly ImageSummary[];
}

export interface ImagesReport {
  readonly problems: StoreReport['problems'];
  readonly checked: { readonly blobs: number; readonly layers: number; readonly images: number };
}
