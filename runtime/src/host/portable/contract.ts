// File trees for programs in WebAssembly, which no kernel holds: images' layers, and roots of containers over them.

import type { FilesReference, LayerReference } from '../../../../wasm/src/files/reference.ts';
import type { Tree, TreeEntry, TreeRoot } from '../kernel.ts';

export interface LayerSource {
  /**
   * The files of a layer in memory that threads share; all who open it get the same.
   * @param directory absolute; whatever a kernel's `openTree` gives of it
   * @throws EngineError notFound, dataLoss when what is kept of it is damaged
   */
  open(directory: string): Promise<OpenLayer>;
}

/** Lives until it is disposed; idempotent. */
export interface OpenLayer extends Disposable {
  readonly reference: LayerReference;
  /** Tells its files from those of any other layer, and where they are in it. */
  readonly id: string;
}

/** As `RootSpec` of the runners. */
export interface LayeredRoot {
  /** Directories of the layers, top first. */
  readonly layers: readonly string[];
  /** Directory of the host, which is there, for what is kept of the root. */
  readonly scratch: string;
}

/** To be walked from its root. */
export interface Changes extends Pick<Tree, 'walk'>, AsyncDisposable {
  /** What the layers show at a path, whose links are not followed. */
  below(
    path: string,
  ): Promise<(Pick<TreeEntry, 'mode' | 'uid' | 'gid'> & { readonly isDirectory: boolean }) | undefined>;
}

export interface WritableRoots extends AsyncDisposable {
  /** Says what is to be kept of it. Nothing is read of the layers yet. @param options.limitBytes that its own files may take */
  create(root: LayeredRoot, options: { readonly limitBytes?: number | undefined }): Promise<void>;
  /**
   * The root as it was last saved, or a new one. All who open the same `scratch` get the same one, until the last has disposed
   * it: then it is saved, and what it took of memory is free.
   * @throws EngineError dataLoss when what was saved is damaged, or is of other layers
   */
  open(root: LayeredRoot): Promise<WritableRoot>;
  /** What differs from its layers, as `Runner.openChanges`. */
  changes(root: LayeredRoot): Promise<Changes>;
  /** Nothing is saved any more, whoever has it open: for a root that is about to be moved away and removed. */
  forget(root: Pick<LayeredRoot, 'scratch'>): Promise<void>;
  /** Forgets it, and removes `scratch` with all that is in it. */
  remove(root: Pick<LayeredRoot, 'scratch'>): Promise<void>;
}

/** While it is open it is saved by itself within seconds of a change. */
export interface WritableRoot extends AsyncDisposable {
  /** For threads. */
  readonly reference: FilesReference;
  /** While nothing has ever been changed in it: tells its files from those over other layers. */
  readonly unchanged: string | undefined;
  /** Its files, also while threads work on them; it keeps the root open. @param binds seen at their targets */
  tree(binds: NonNullable<TreeRoot['binds']>): Promise<Tree>;
  /** Resolves when all that was changed before is on disk, as far as the host's page cache. */
  save(): Promise<void>;
}
