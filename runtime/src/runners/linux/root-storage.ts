// How roots are put together of layers on this host, and which way is taken: overlays where they can be mounted, whole copies
// where they cannot. A container keeps to the form it was made in, so that none is lost when another way is chosen.

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import type { Kernel, Tree } from '../../host/kernel.ts';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import type { RootSpec } from '../runner.ts';
import { canHoldUpper } from './probe.ts';
import { copies, isCopied } from './root-copies.ts';
import { fuseOverlay, kernelOverlay } from './root-overlay.ts';

/** Docker's names, the best first. */
export type RootDriver = 'overlay2' | 'fuse-overlayfs' | 'vfs';

export interface RootMountOptions {
  /** Never wait for the disk: for roots that are thrown away at the end. */
  readonly volatile?: boolean;
}

export interface RootStorage {
  readonly driver: RootDriver;
  /** Makes what is the container's own below its `scratch`, which is there. On failure a part of it may be. */
  create(root: RootSpec): Promise<void>;
  /** Mounts it. @param target a directory that is there */
  mount(root: RootSpec, target: string, options: RootMountOptions): Promise<void>;
  /** What differs from the layers, in the form of an overlay's upper directory. */
  openChanges(root: RootSpec): Promise<Tree>;
  /** What `inspect` shows of it. */
  directories(root: RootSpec): Readonly<Record<string, string>> | null;
}

export interface RootStorageOptions {
  readonly kernel: Kernel;
  /** Where writable layers will lie. */
  readonly dataRoot: string;
  /** Folders that programs are looked for in. */
  readonly searchPath: readonly string[];
  /** The only one to be used; absent: the best that works. */
  readonly storageDriver?: RootDriver | undefined;
  readonly logger: Logger;
}

/**
 * Finds out what this host allows. With root it is the kernel's own, which then is not even asked.
 * @throws EngineError unavailable when the driver asked for does not work here
 */
export async function chooseRootStorage(options: RootStorageOptions): Promise<RootStorages> {
  mkdirSync(options.dataRoot, { recursive: true });
  const { storageDriver: wanted, kernel, logger } = options;
  if (wanted === 'vfs') return new RootStorages(copies(kernel), options);
  try {
    return new RootStorages(await findOverlay(options), options);
  } catch (error) {
    if (wanted !== undefined || !(error instanceof EngineError)) throw error;
    logger.warn('containers get whole copies of their images: slow, and more disk', { reason: error.message });
    return new RootStorages(copies(kernel), options, error.message);
  }
}

/** The way for containers that are made from now on, and those of containers that are there. */
export class RootStorages {
  readonly main: RootStorage;
  /** Why it is copies, when nobody asked for them. */
  readonly refusal: string | undefined;
  readonly #copies: RootStorage;
  readonly #overlay: RootStorage;

  constructor(main: RootStorage, options: RootStorageOptions, refusal?: string) {
    this.main = main;
    this.refusal = refusal;
    this.#copies = main.driver === 'vfs' ? main : copies(options.kernel);
    this.#overlay = main.driver === 'vfs' ? lateOverlay(options) : main;
  }

  of(root: RootSpec): RootStorage {
    return isCopied(root) ? this.#copies : this.#overlay;
  }
}

/** Of containers that were made when overlays were taken. How they can be mounted is found out when one is. */
function lateOverlay(given: RootStorageOptions): RootStorage {
  const options = { ...given, storageDriver: undefined };
  const form = kernelOverlay(options.kernel);
  let found: Promise<RootStorage> | undefined;
  const mount: RootStorage['mount'] = async (root, target, how) => {
    found ??= findOverlay(options);
    let storage: RootStorage;
    try {
      storage = await found;
    } catch (error) {
      const message = `container ${root.id} was made with an overlay as its storage driver: ${messageOf(error)}`;
      throw new EngineError('unavailable', message, { cause: error });
    }
    await storage.mount(root, target, how);
  };
  return {
    driver: form.driver,
    create: (root) => form.create(root),
    mount,
    openChanges: (root) => form.openChanges(root),
    directories: (root) => form.directories(root),
  };
}

/** @throws EngineError unavailable when there is none, or not the one that is asked for */
async function findOverlay(options: RootStorageOptions): Promise<RootStorage> {
  const { kernel, dataRoot, storageDriver: wanted, logger } = options;
  const overlay = kernelOverlay(kernel);
  if (wanted === 'fuse-overlayfs') return await findFuse(options, 'the settings ask for fuse-overlayfs');
  if (kernel.rights.isMachineRoot && canHoldUpper(dataRoot)) return overlay;
  const refusal = await tryOut(overlay, kernel, dataRoot);
  if (refusal === undefined) return overlay;
  const reason = `the kernel does not mount roots of containers here: ${refusal}`;
  if (wanted === 'overlay2')
    throw new EngineError('unavailable', `${reason}. Ask for no storage driver, or for another.`);
  const fuse = await findFuse(options, reason);
  logger.info('roots of containers are mounted by fuse-overlayfs', { reason: refusal });
  return fuse;
}

/** @param reason why it is looked for */
async function findFuse({ kernel, dataRoot, searchPath }: RootStorageOptions, reason: string): Promise<RootStorage> {
  const program = searchPath.map((folder) => `${folder}/fuse-overlayfs`).find((path) => existsSync(path));
  if (program === undefined) {
    throw new EngineError('unavailable', `${reason}, and fuse-overlayfs is not installed`);
  }
  const fuse = fuseOverlay(kernel, program);
  const refusal = await tryOut(fuse, kernel, dataRoot);
  if (refusal === undefined) return fuse;
  throw new EngineError('unavailable', `${reason}, and fuse-overlayfs does not work: ${refusal}`);
}

/** Mounts a root of nothing. @returns why that is not possible */
async function tryOut(storage: RootStorage, kernel: Kernel, dataRoot: string): Promise<string | undefined> {
  const folder = `${dataRoot}/tmp/try-${process.pid}`;
  const [lower, target] = [`${folder}/lower`, `${folder}/mounted`];
  const root = { id: 'trial', layers: [lower], scratch: folder };
  for (const path of [lower, target]) mkdirSync(path, { recursive: true });
  try {
    await storage.create(root);
    await storage.mount(root, target, {});
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    await kernel.unmount(target, { lazy: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
