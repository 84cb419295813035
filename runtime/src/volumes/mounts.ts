// Mounts of volumes whose options name a device: made for the first user, undone after the last. Volumes without options
// are plain directories and need none.

import { EngineError } from '../spec/errors.ts';
import type { Kernel } from '../host/kernel.ts';
import { MS } from '../host/kernel.ts';
import { parseMountOptions } from './mount-options.ts';
import type { VolumeRecord, VolumeStore } from './store.ts';

/** True when the volume is a mount of its own. */
export function isMounted(record: VolumeRecord): boolean {
  return (record.options?.['device'] ?? '') !== '';
}

export class VolumeMounts {
  readonly #kernel: Pick<Kernel, 'mount' | 'unmount'>;
  readonly #store: VolumeStore;
  /** Volume -> ids of those who use it. */
  readonly #users = new Map<string, Set<string>>();

  constructor(kernel: Pick<Kernel, 'mount' | 'unmount'>, store: VolumeStore) {
    this.#kernel = kernel;
    this.#store = store;
  }

  usersOf(name: string): ReadonlySet<string> {
    return this.#users.get(name) ?? new Set();
  }

  /** Idempotent for one user; finds a mount that an earlier daemon made. */
  async mount(record: VolumeRecord, userId: string): Promise<void> {
    const users = this.#users.get(record.name) ?? new Set();
    if (isMounted(record) && users.size === 0 && !(await this.#store.hasMounts(this.#store.dataPath(record.name)))) {
      await this.#attach(record);
    }
    this.#users.set(record.name, users.add(userId));
  }

  async unmount(record: VolumeRecord, userId: string): Promise<void> {
    const users = this.#users.get(record.name);
    if (users?.delete(userId) !== true || users.size > 0) return;
    await this.detach(record);
  }

  /** Whoever used it. */
  async detach(record: VolumeRecord): Promise<void> {
    this.#users.delete(record.name);
    if (isMounted(record)) await this.#kernel.unmount(this.#store.dataPath(record.name), { lazy: true });
  }

  async #attach(record: VolumeRecord): Promise<void> {
    const source = record.options?.['device'] ?? '';
    const type = record.options?.['type'] ?? '';
    const target = this.#store.dataPath(record.name);
    const { flags, data } = parseMountOptions(record.options?.['o'] ?? '');
    const isBind = (flags & MS.BIND) !== 0;
    try {
      await this.#kernel.mount({ source, target, type, flags: isBind ? flags & (MS.BIND | MS.REC) : flags, data });
    } catch (error) {
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new EngineError(
        'system',
        `error while mounting volume '${target}': failed to mount local volume: mount ${source}:${target}, ` +
          `flags: 0x${flags.toString(16)}${data === '' ? '' : `, data: ${data}`}: ${reason}`,
        { cause: error },
      );
    }
    // The kernel takes other flags of a bind mount only in a second step.
    if (!isBind || (flags & ~(MS.BIND | MS.REC)) === 0) return;
    try {
      await this.#kernel.mount({ source, target, type: '', flags: flags | MS.REMOUNT });
    } catch (error) {
      await this.detach(record);
      throw error;
    }
  }
}
