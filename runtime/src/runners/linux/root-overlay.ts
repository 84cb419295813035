// Roots as overlays: the image's layers below, a writable layer of the container's own above. The kernel mounts them where it
// lets us, fuse-overlayfs where it does not (without root on an older kernel, on a file system that cannot hold a writable
// layer). Both keep the writable layer in the same form, so that nobody need know which it was.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, constants, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Kernel } from '../../host/kernel.ts';
import { EngineError } from '../../spec/errors.ts';
import type { RootSpec } from '../runner.ts';
import type { RootMountOptions, RootStorage } from './root-storage.ts';

/** What is mounted above what. */
interface Overlay {
  /** Top first; at least one. */
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly volatile: boolean;
}

type Mount = (overlay: Overlay, target: string) => Promise<void>;

export function kernelOverlay(kernel: Kernel): RootStorage {
  return new OverlayStorage('overlay2', kernel, mountByKernel(kernel));
}

/** @param program path of fuse-overlayfs */
export function fuseOverlay(kernel: Kernel, program: string): RootStorage {
  return new OverlayStorage('fuse-overlayfs', kernel, mountByProgram(program));
}

class OverlayStorage implements RootStorage {
  readonly driver: RootStorage['driver'];
  readonly #kernel: Kernel;
  readonly #mount: Mount;

  constructor(driver: RootStorage['driver'], kernel: Kernel, mount: Mount) {
    this.driver = driver;
    this.#kernel = kernel;
    this.#mount = mount;
  }

  /** The top of the writable layer has the owner and mode of the image's. */
  async create(root: RootSpec): Promise<void> {
    const upper = upperOf(root);
    mkdirSync(upper, { recursive: true, mode: 0o755 });
    mkdirSync(workOf(root), { recursive: true, mode: 0o700 });
    const stat = statSync(root.layers[0] ?? '/');
    chownSync(upper, stat.uid, stat.gid);
    chmodSync(upper, stat.mode & 0o7777);
    await Promise.resolve();
  }

  async mount(root: RootSpec, target: string, options: RootMountOptions): Promise<void> {
    forgetVolatile(workOf(root));
    const volatile = options.volatile === true;
    await this.#mount({ lowers: root.layers, upper: upperOf(root), work: workOf(root), volatile }, target);
  }

  openChanges(root: RootSpec): ReturnType<RootStorage['openChanges']> {
    return this.#kernel.openTree({ root: upperOf(root) });
  }

  directories(root: RootSpec): Readonly<Record<string, string>> {
    return {
      LowerDir: root.layers.join(':'),
      MergedDir: `${root.scratch}/merged`,
      UpperDir: upperOf(root),
      WorkDir: workOf(root),
    };
  }
}

/** Directory of the writable layer. */
function upperOf(root: RootSpec): string {
  return `${root.scratch}/diff`;
}

function workOf(root: RootSpec): string {
  return `${root.scratch}/work`;
}

/** A volatile overlay leaves a mark that forbids the next mount, though it was unmounted in order. Who made it so took the risk. */
function forgetVolatile(work: string): void {
  const mark = `${work}/work/incompat/volatile`;
  if (existsSync(mark)) rmSync(`${work}/work/incompat`, { recursive: true, force: true });
}

function mountByKernel(kernel: Kernel): Mount {
  // Who may not set `trusted.` attributes has overlayfs keep its own in `user.`.
  const attributes = kernel.rights.isMachineRoot ? '' : ',userxattr';
  return async ({ lowers, upper, work, volatile }, target) => {
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
  };
}

function mountByProgram(program: string): Mount {
  return async ({ lowers, upper, work, volatile }, target) => {
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
