// The files of a noun as the API offers them, over the trees that it opens: one file per verb, put together here.

import type { Files } from '../spec/engine/files.ts';
import { copy, makeDirectory, remove, rename, write } from './change-files.ts';
import { createReadableFiles } from './read-files.ts';
import type { FileRoots } from './roots.ts';
import { watch } from './watch.ts';

export function createFiles(roots: FileRoots): Files {
  return {
    ...createReadableFiles(roots),
    write: (ref, path, content, options) => write(roots, ref, path, content, options),
    makeDirectory: (ref, path) => makeDirectory(roots, ref, path),
    rename: (ref, from, to, options) => rename(roots, ref, from, to, options),
    copy: (ref, from, to, options) => copy(roots, ref, from, to, options),
    remove: (ref, path, options) => remove(roots, ref, path, options),
    watch: (ref, path, options) => watch(roots, ref, path, options),
  };
}
