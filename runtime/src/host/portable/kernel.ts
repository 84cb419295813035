// The Kernel of an engine without Linux: file trees are folders with an index and a pack, made and read in this process. What
// concerns networks is somebody else's, and processes of a kernel there are none.

import { EngineError } from '../../spec/errors.ts';
import type { Kernel, KernelRights, TreeRoot } from '../kernel.ts';
import type { Disk } from './disk.ts';
import { Folders } from './folders.ts';

/** What of a kernel is about networks. */
export type NetworkKernel = Pick<
  Kernel,
  | 'createNetns'
  | 'createBridge'
  | 'deleteLink'
  | 'attachVeth'
  | 'setDefaultRoutes'
  | 'sysctl'
  | 'nft'
  | 'endFlows'
  | 'startProxy'
  | 'stopProxy'
>;

export interface PortableKernelOptions {
  readonly disk: Disk;
  readonly random: (size: number) => Uint8Array;
  readonly network: NetworkKernel;
  /** A folder of files of the host themselves, as volumes are. */
  readonly openHostFolder: (path: string) => ReturnType<Kernel['openTree']>;
  /** Whether a folder is one of these; all others hold an index and a pack. */
  readonly isHostFolder: (path: string) => boolean;
}

/** In files that only we keep all ids exist, and devices are but numbers. */
const all = [{ first: 0, outside: 0, count: 2 ** 32 - 1 }];
const rights: KernelRights = { isMachineRoot: true, ids: { uids: all, gids: all } };

export function createPortableKernel({
  disk,
  random,
  network,
  isHostFolder,
  openHostFolder,
}: PortableKernelOptions): Kernel {
  const folders = new Folders(disk, random);
  const openTree = async ({ root, overlay, binds, copyOf, joinPid }: TreeRoot) => {
    const isPlain = [overlay, copyOf, joinPid].every((part) => part === undefined) && (binds ?? []).length === 0;
    if (!isPlain) throw unsupported('opening a tree of several parts');
    return folders.has(root) || !isHostFolder(root) ? folders.openTree(root) : await openHostFolder(root);
  };
  return {
    ...network,
    rights,
    openTree,
    removeTree: (path) => disk.remove(path),
    clearFolder: async (path, options) => {
      if (options?.kept !== undefined) throw unsupported('keeping a mount');
      await disk.remove(path);
    },
    copyLayers: () => refuse('copying layers'),
    // A hint, for file systems that this cannot tell it to.
    spread: async () => {},
    syncFiles: (path) => disk.sync(path),
    mount: () => refuse('mounting'),
    // What is not mounted is no error.
    unmount: async () => {},
    startShim: () => refuse('starting a shim'),
    sealBinary: () => refuse('sealing a binary'),
    [Symbol.asyncDispose]: async () => {},
  };
}

function unsupported(what: string): EngineError {
  return new EngineError('notImplemented', `${what} is not possible without Linux`);
}

function refuse(what: string): Promise<never> {
  return Promise.reject(unsupported(what));
}
