// The root that is copied into, as far as a copy has to know it: what is at its destination already. Folders are listed once, since
// most of what is copied is not there.

import type { Tree, TreeEntry } from '../../host/kernel.ts';
import { EngineError } from '../../spec/errors.ts';
import { baseName, joinPath, parentPath } from '../sources/entry-tree.ts';

/** As the kernel. */
const maximumLinks = 40;

export class ParentView {
  readonly #tree: Tree | undefined;
  readonly #names = new Map<string, ReadonlySet<string> | undefined>();

  constructor(tree: Tree | undefined) {
    this.#tree = tree;
  }

  /** A path without links in it, as far as it is there. @throws EngineError invalidParameter where a file is in its way */
  async resolve(path: string): Promise<string> {
    const rest = path.split('/').filter((part) => part !== '' && part !== '.');
    let at = '';
    let links = 0;
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      if (part === '..') {
        at = parentPath(at);
        continue;
      }
      const entry = await this.lstat(joinPath(at, part));
      if (entry?.type !== 'symlink') {
        at = joinPath(at, part);
        if (entry !== undefined && entry.type !== 'directory' && rest.length > 0) throw notFolder(at);
        continue;
      }
      if (++links > maximumLinks)
        throw new EngineError('invalidParameter', `${path}: too many levels of symbolic links`);
      if (entry.linkName.startsWith('/')) at = '';
      rest.unshift(...entry.linkName.split('/').filter((one) => one !== '' && one !== '.'));
    }
    return at;
  }

  /** @param path without links on the way */
  async lstat(path: string): Promise<TreeEntry | undefined> {
    if (this.#tree === undefined) return undefined;
    if (path !== '' && !(await this.#list(parentPath(path)))?.has(baseName(path))) return undefined;
    return this.#tree.stat(`/${path}`);
  }

  async #list(folder: string): Promise<ReadonlySet<string> | undefined> {
    if (this.#names.has(folder)) return this.#names.get(folder);
    const isFolder = (await this.lstat(folder))?.type === 'directory';
    const names = this.#tree !== undefined && isFolder ? await namesIn(this.#tree, folder) : undefined;
    this.#names.set(folder, names);
    return names;
  }
}

async function namesIn(tree: Tree, folder: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const { name } of tree.list(`/${folder}`)) names.add(name);
  return names;
}

export function notFolder(path: string): EngineError {
  return new EngineError('invalidParameter', `cannot copy to non-directory: /${path}`);
}
