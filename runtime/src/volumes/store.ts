// Volumes on disk: `<root>/<name>/{volume.json,_data}`. A volume appears and disappears by one rename of its directory, so
// that what begins with a dot is always half-made or half-removed, and everything else whole.

import { EngineError, messageOf } from '../spec/errors.ts';
import { isValidName } from '../spec/ids.ts';
import type { Logger } from '../spec/logger.ts';
import type { Host } from '../host/host.ts';
import type { Kernel } from '../host/kernel.ts';
import { mountPoints } from './mount-options.ts';

export interface VolumeRecord {
  readonly name: string;
  /** RFC 3339, whole seconds. */
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>> | null;
  readonly options: Readonly<Record<string, string>> | null;
  /** Something was copied up into it once. */
  readonly filled: boolean;
}

export class VolumeStore {
  readonly #host: Host;
  readonly #kernel: Pick<Kernel, 'removeTree' | 'spread'>;
  readonly #root: string;
  readonly #logger: Logger;
  #serial = 0;

  constructor(host: Host, kernel: Pick<Kernel, 'removeTree' | 'spread'>, root: string, logger: Logger) {
    this.#host = host;
    this.#kernel = kernel;
    this.#root = root;
    this.#logger = logger;
  }

  dataPath(name: string): string {
    return `${this.#root}/${name}/_data`;
  }

  /** Reads every volume and removes what is half-made. What cannot be read is logged and left alone: it holds data. */
  async load(): Promise<readonly VolumeRecord[]> {
    const { files } = this.#host;
    await files.makeDirectory(this.#root, { recursive: true, mode: 0o711 });
    await this.#kernel.spread(this.#root);
    const records: VolumeRecord[] = [];
    for (const name of await files.list(this.#root)) {
      if (name.startsWith('.')) await this.#sweep(`${this.#root}/${name}`);
      else if (isValidName(name)) records.push(...(await this.#read(name)));
    }
    return records;
  }

  async add(record: VolumeRecord): Promise<void> {
    const { files } = this.#host;
    const draft = this.#hidden('new');
    try {
      await files.makeDirectory(draft, { mode: 0o701 });
      await files.makeDirectory(`${draft}/_data`);
      await files.chmod(`${draft}/_data`, 0o755);
      await files.writeAtomic(`${draft}/volume.json`, JSON.stringify(record), { mode: 0o600 });
      await files.rename(draft, `${this.#root}/${record.name}`);
    } catch (error) {
      await this.#kernel.removeTree(draft);
      throw error;
    }
  }

  async save(record: VolumeRecord): Promise<void> {
    await this.#host.files.writeAtomic(`${this.#root}/${record.name}/volume.json`, JSON.stringify(record), {
      mode: 0o600,
    });
  }

  /** The caller has unmounted the data. @throws EngineError system when something is still mounted below it */
  async remove(name: string): Promise<void> {
    const path = `${this.#root}/${name}`;
    if (await this.hasMounts(path)) throw new EngineError('system', `remove ${path}: device or resource busy`);
    const doomed = this.#hidden('old');
    await this.#host.files.rename(path, doomed);
    // Neither follows links nor crosses mounts, whatever containers have left there.
    await this.#kernel.removeTree(doomed);
  }

  /** True when `path` or anything below it is a mount point. */
  async hasMounts(path: string): Promise<boolean> {
    const points = mountPoints(await this.#host.files.readText('/proc/self/mountinfo'));
    const real = await this.#host.files.realPath(path);
    return points.some((point) => point === real || point.startsWith(`${real}/`));
  }

  #hidden(kind: string): string {
    this.#serial += 1;
    return `${this.#root}/.${kind}-${this.#host.clock.nowNs().toString(36)}-${this.#serial}`;
  }

  async #sweep(path: string): Promise<void> {
    if (await this.hasMounts(path)) {
      this.#logger.warn('half-removed volume has mounts below it, left alone', { path });
      return;
    }
    await this.#kernel.removeTree(path);
  }

  async #read(name: string): Promise<readonly VolumeRecord[]> {
    try {
      const text = await this.#host.files.readText(`${this.#root}/${name}/volume.json`);
      const record = JSON.parse(text) as VolumeRecord;
      if (record.name !== name) throw new EngineError('dataLoss', `volume.json names ${String(record.name)}`);
      return [record];
    } catch (error) {
      this.#logger.warn('volume cannot be read, left alone', { volume: name, reason: messageOf(error) });
      return [];
    }
  }
}
