// How a root is put together of layers on this host: by the kernel's overlayfs where it lets us, by fuse-overlayfs where it
// does not (without root on an older kernel, on a file system that cannot hold a writable layer). Both keep the writable layer
// in the same form, so that images and `diff` need not know which it was.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Kernel } from '../../host/kernel.ts';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import { canHoldUpper } from './probe.ts';

/** Docker's names. */
export type RootDriver = 'overlay2' | 'fuse-overlayfs';

export interface RootLayers {
  /** Directories that are not changed, top first; at least one. */
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  /** Never wait for the disk. */
  readonly volatile: boolean;
}

export interface RootStorage {
  readonly driver: RootDriver;
  /** Mounts a root. @param target a directory that is there */
  mount(layers: RootLayers, target: string): Promise<void>;
}

export interface RootStorageOptions {
  readonly kernel: Kernel;
  /** Where writable layers will lie. */
  readonly dataRoot: string;
  /** Folders that programs are looked for in. */
  readonly searchPath: readonly string[];
  readonly logger: Logger;
}

/**
 * Finds out what this host allows. With root it is the kernel's own, which then is not even asked.
 * @throws EngineError unavailable when there is no way to mount a root
 */
export async function chooseRootStorage(options: RootStorageOptions): Promise<RootStorage> {
  const { kernel, dataRoot, searchPath, logger } = options;
  mkdirSync(dataRoot, { recursive: true });
  const overlay = kernelOverlay(kernel);
  if (kernel.rights.isMachineRoot && canHoldUpper(dataRoot)) return overlay;
  const refusal = await tryOut(overlay, kernel, dataRoot);
  if (refusal === undefined) return overlay;
  const program = searchPath.map((folder) => `${folder}/fuse-overlayfs`).find((path) => existsSync(path));
  if (program === undefined) throw unavailable(refusal, 'Install fuse-overlayfs.');
  const fuse = fuseOverlay(program);
  const second = await tryOut(fuse, kernel, dataRoot);
  if (second !== undefined) throw unavailable(refusal, `fuse-overlayfs does not work either: ${second}`);
  logger.info('roots of containers are mounted by fuse-overlayfs', { reason: refusal });
  return fuse;
}

function unavailable(refusal: string, advice: string): EngineError {
  return new EngineError('unavailable', `the kernel does not mount roots of containers here: ${refusal}. ${advice}`);
}

/** Mounts a root of nothing. @returns why that is not possible */
async function tryOut(storage: RootStorage, kernel: Kernel, dataRoot: string): Promise<string | undefined> {
  const folder = `${dataRoot}/tmp/try-${process.pid}`;
  const at = (name: string): string => `${folder}/${name}`;
  for (const name of ['lower', 'upper', 'work', 'root']) mkdirSync(at(name), { recursive: true });
  try {
    const layers = { lowers: [at('lower')], upper: at('upper'), work: at('work'), volatile: false };
    await storage.mount(layers, at('root'));
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    await kernel.unmount(at('root'), { lazy: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

function kernelOverlay(kernel: Kernel): RootStorage {
  // Who may not set `trusted.` attributes has overlayfs keep its own in `user.`.
  const attributes = kernel.rights.isMachineRoot ? '' : ',userxattr';
  return {
    driver: 'overlay2',
    async mount({ lowers, upper, work, volatile }, target) {
      const relative = relativeLowers(lowers);
      // Links between layers, and metadata without data, are for overlays' own use: an image must not bring them along.
      const parts = [
        `lowerdir=${relative.lowers.join(':')}`,
        `upperdir=${escape(upper)}`,
        `workdir=${escape(work)}`,
        `index=off,metacopy=off,redirect_dir=nofollow${attributes}`,
        ...(volatile ? ['volatile'] : []),
      ];
      await kernel.mount({
        source: 'overlay',
        target,
        type: 'overlay',
        data: parts.join(','),
        ...(relative.cwd === undefined ? {} : { cwd: relative.cwd }),
      });
    },
  };
}

function fuseOverlay(program: string): RootStorage {
  return {
    driver: 'fuse-overlayfs',
    async mount({ lowers, upper, work, volatile }, target) {
      accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
      const parts = [
        `lowerdir=${lowers.map(escape).join(':')}`,
        `upperdir=${escape(upper)}`,
        `workdir=${escape(work)}`,
        ...(volatile ? ['volatile'] : []),
      ];
      // It leaves a process behind that ends with the mount, whatever becomes of this one.
      const child = spawn(program, ['-o', parts.join(','), target], {
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true,
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
      const [status] = (await once(child, 'exit')) as [number | null];
      child.stderr.destroy();
      if (status !== 0) throw new EngineError('system', `fuse-overlayfs: ${said.trim() || `exit status ${status}`}`);
    },
  };
}

/** All options must fit one page: layers that lie side by side are named relative to their common folder. */
function relativeLowers(layers: readonly string[]): { readonly cwd?: string; readonly lowers: readonly string[] } {
  const common = dirname(dirname(layers[0] ?? ''));
  const prefix = `${common}/`;
  if (common === '/' || !layers.every((layer) => layer.startsWith(prefix))) return { lowers: layers.map(escape) };
  return { cwd: common, lowers: layers.map((layer) => escape(layer.slice(prefix.length))) };
}

/** Colons and commas part the options. */
function escape(path: string): string {
  return path.replace(/[\\:,]/g, (character) => `\\${character}`);
}
