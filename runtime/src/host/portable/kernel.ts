// The Kernel of an engine without Linux: file trees are folders with an index and a pack, made and read in this process. Networks
// are in user land (`network/`) and asked there, and processes of a kernel there are none.

import type { HostFiles } from '../../../../wasm/src/mounts/host-files.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Kernel, KernelRights, TreeRoot } from '../kernel.ts';
import type { Disk } from './disk.ts';
import { Folders } from './folders.ts';
import { openHostFolder } from './host-folder.ts';

export interface PortableKernelOptions {
  readonly disk: Disk;
  readonly random: (size: number) => Uint8Array;
  /** Absent where there is no host with folders. */
  readonly hostFiles?: HostFiles | undefined;
  /** Whether an empty folder is for files of the host themselves, as those of volumes are; others get an index and a pack. */
  readonly isHostFolder: (path: string) => boolean;
}

/** In files that only we keep all ids exist, and devices are but numbers. */
const all = [{ first: 0, outside: 0, count: 2 ** 32 - 1 }];
const rights: KernelRights = { isMachineRoot: true, ids: { uids: all, gids: all } };

export function createPortableKernel({ disk, random, isHostFolder, hostFiles }: PortableKernelOptions): Kernel {
  const folders = new Folders(disk, random);
  const openTree = async ({ root, overlay, binds, copyOf, joinPid }: TreeRoot) => {
    const isPlain = [overlay, copyOf, joinPid].every((part) => part === undefined) && (binds ?? []).length === 0;
    if (!isPlain) throw unsupported('opening a tree of several parts');
    const isOurs = folders.has(root) || (!isHostFolder(root) && disk.isEmpty(root));
    return await Promise.resolve(
      isOurs || hostFiles === undefined ? folders.openTree(root) : openHostFolder(hostFiles, root),
    );
  };
  return {
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
    createNetns: () => refuse('making a network namespace'),
    createBridge: () => refuse('making a bridge'),
    deleteLink: () => refuse('removing a bridge'),
    attachVeth: () => refuse('attaching to a bridge'),
    setDefaultRoutes: () => refuse('setting routes'),
    sysctl: () => refuse('setting sysctls'),
    nft: () => refuse('setting a firewall'),
    endFlows: () => refuse('ending flows'),
    startProxy: () => refuse('starting a proxy'),
    stopProxy: () => refuse('ending a proxy'),
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
