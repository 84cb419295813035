// What the files room asks of a noun: its file tree, opened.

import type { Tree } from '../host/kernel.ts';

export interface FileRoots {
  /** Opens the files of what `ref` names; each view is a process of its own. @throws EngineError notFound */
  open(ref: string): Promise<OpenFiles>;
}

export interface OpenFiles extends AsyncDisposable {
  readonly tree: Tree;
  /** @throws EngineError forbidden where nothing may be changed, by the path with its links resolved */
  checkWritable(realPath: string): void;
  /** `end` is called, and waited for, before the noun is removed. */
  beforeRemoval(end: () => Promise<void>): Disposable;
}
