// Volumes of the local driver, for the API and for containers.

import { EngineError } from '../spec/errors.ts';
import { booleanFilter, checkFilterKeys, matchesLabels, type Filters } from '../spec/filters.ts';
import { randomId } from '../spec/ids.ts';
import type { Logger } from '../spec/logger.ts';
import { nameFilter } from '../spec/patterns.ts';
import { KeyedQueue } from '../spec/queue.ts';
import type { Volume, VolumeCreateRequest } from '../spec/api/volumes.ts';
import type { EventSink } from '../spec/engine/system.ts';
import type { Volumes, VolumeSource, VolumeUsers } from '../spec/engine/volumes.ts';
import type { Host } from '../host/host.ts';
import type { Kernel, Tree } from '../host/kernel.ts';
import { isMounted, VolumeMounts } from './mounts.ts';
import { anonymousLabel, checkRequest } from './request.ts';
import { VolumeStore, type VolumeRecord } from './store.ts';

export interface VolumesOptions {
  readonly host: Host;
  readonly kernel: Pick<Kernel, 'mount' | 'unmount' | 'removeTree' | 'spread' | 'openTree'>;
  readonly events: EventSink;
  readonly logger: Logger;
  /** `<data-root>/volumes` */
  readonly root: string;
  /** Which containers use a volume; asked at each removal, never kept. */
  readonly users: VolumeUsers;
}

/** What a view of a volume's files is called among its users. */
const viewPrefix = 'files:';

/** A volume's file tree and what may be done with it; the shape of what `files/roots.ts` asks for. */
export interface OpenedVolume extends AsyncDisposable {
  readonly tree: Tree;
  checkWritable(realPath: string): void;
  beforeRemoval(end: () => Promise<void>): Disposable;
}

export function createVolumes(options: VolumesOptions): LocalVolumes {
  return new LocalVolumes(options);
}

export class LocalVolumes implements Volumes, VolumeSource {
  readonly #host: Host;
  readonly #events: EventSink;
  readonly #users: VolumeUsers;
  readonly #kernel: Pick<Kernel, 'openTree'>;
  readonly #store: VolumeStore;
  readonly #mounts: VolumeMounts;
  /** Volume -> how to end what looks at its files for long. */
  readonly #beforeRemoval = new Map<string, Set<() => Promise<void>>>();
  #views = 0;
  readonly #records = new Map<string, VolumeRecord>();
  /** Volume -> the last operation on it; operations on one volume follow each other. */
  readonly #queue = new KeyedQueue();

  constructor(options: VolumesOptions) {
    this.#host = options.host;
    this.#events = options.events;
    this.#users = options.users;
    this.#kernel = options.kernel;
    this.#store = new VolumeStore(options.host, options.kernel, options.root, options.logger);
    this.#mounts = new VolumeMounts(options.kernel, this.#store);
  }

  /** Reads the volumes from disk; before anything else is called. */
  async load(): Promise<void> {
    for (const record of await this.#store.load()) this.#records.set(record.name, record);
  }

  /** After the containers that still run have mounted theirs again: undoes mounts that nobody needs any more. */
  async settle(): Promise<void> {
    for (const record of this.#records.values()) {
      if (this.#mounts.usersOf(record.name).size === 0) await this.#mounts.detach(record);
    }
  }

  async create(request: VolumeCreateRequest): Promise<Volume> {
    return this.#show((await this.#provide(request)).record);
  }

  async list(filters: Filters): ReturnType<Volumes['list']> {
    checkFilterKeys(filters, ['dangling', 'name', 'driver', 'label']);
    const dangling = booleanFilter(filters, 'dangling');
    const matchesName = await nameFilter(filters.get('name') ?? []);
    const drivers = filters.get('driver') ?? [];
    const found = [...this.#records.values()].filter(
      (record) =>
        matchesName(record.name) &&
        (drivers.length === 0 || drivers.includes('local')) &&
        matchesLabels(filters, record.labels) &&
        (dangling === undefined || dangling === (this.#usersOf(record.name).length === 0)),
    );
    return { Volumes: found.toSorted(byName).map((record) => this.#show(record)), Warnings: null };
  }

  async inspect(name: string): Promise<Volume> {
    return this.#show(this.#get(name));
  }

  async remove(name: string, options: { readonly force: boolean }): Promise<void> {
    if (options.force && !this.#records.has(name)) return;
    await this.#queue.run(name, () => this.#remove(this.#get(name)));
  }

  async prune(filters: Filters): ReturnType<Volumes['prune']> {
    checkFilterKeys(filters, ['label', 'label!', 'all']);
    const all = booleanFilter(filters, 'all') ?? false;
    const VolumesDeleted: string[] = [];
    let SpaceReclaimed = 0;
    for (const { name } of [...this.#records.values()].toSorted(byName)) {
      const reclaimed = await this.#queue.run(name, () => this.#pruneOne(name, all, filters));
      if (reclaimed === undefined) continue;
      VolumesDeleted.push(name);
      SpaceReclaimed += reclaimed;
    }
    this.#events.publish('volume', 'prune', { id: '', attributes: { reclaimed: String(SpaceReclaimed) } });
    return { VolumesDeleted, SpaceReclaimed };
  }

  /** Every volume with its size in bytes and the number of its users, for /system/df. */
  async usage(): Promise<readonly Volume[]> {
    const found: Volume[] = [];
    for (const record of [...this.#records.values()].toSorted(byName)) {
      const Size = isMounted(record) ? -1 : await this.#host.files.treeSize(this.#store.dataPath(record.name));
      found.push({ ...this.#show(record), UsageData: { RefCount: this.#usersOf(record.name).length, Size } });
    }
    return found;
  }

  async ensure(request: VolumeCreateRequest): ReturnType<VolumeSource['ensure']> {
    const { record, created } = await this.#provide(request);
    return { name: record.name, driver: 'local', created };
  }

  async mount(name: string, userId: string): Promise<string> {
    await this.#queue.run(name, () => this.#mounts.mount(this.#get(name), userId));
    return this.#store.dataPath(name);
  }

  async unmount(name: string, userId: string): Promise<void> {
    await this.#queue.run(name, async () => {
      const record = this.#records.get(name);
      if (record !== undefined) await this.#mounts.unmount(record, userId);
    });
  }

  /** The files of a volume, mounted when its options ask for it. @throws EngineError notFound */
  async openFiles(name: string): Promise<OpenedVolume> {
    await using undo = new AsyncDisposableStack();
    const user = `${viewPrefix}${(this.#views += 1)}`;
    const root = await this.mount(name, user);
    undo.defer(() => this.unmount(name, user));
    const tree = await this.#kernel.openTree({ root });
    undo.defer(() => tree[Symbol.asyncDispose]());
    const ends = this.#beforeRemoval.get(name) ?? new Set();
    this.#beforeRemoval.set(name, ends);
    const held = undo.move();
    let ended: Promise<void> | undefined;
    return {
      tree,
      checkWritable: () => undefined,
      beforeRemoval(end) {
        ends.add(end);
        return { [Symbol.dispose]: () => ends.delete(end) };
      },
      [Symbol.asyncDispose]: () => (ended ??= held.disposeAsync()),
    };
  }

  async path(name: string): Promise<string> {
    return this.#store.dataPath(this.#get(name).name);
  }

  async isFresh(name: string): Promise<boolean> {
    const record = this.#get(name);
    return !record.filled && (await this.#host.files.list(this.#store.dataPath(name))).length === 0;
  }

  async markFilled(name: string): Promise<void> {
    await this.#queue.run(name, async () => {
      const record = { ...this.#get(name), filled: true };
      await this.#store.save(record);
      this.#records.set(name, record);
    });
  }

  async removeAnonymous(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.#queue.run(name, async () => {
        const record = this.#records.get(name);
        if (record === undefined || !isAnonymous(record) || this.#usersOf(name).length > 0) return;
        await this.#remove(record);
      });
    }
  }

  async #provide(request: VolumeCreateRequest): Promise<{ readonly record: VolumeRecord; readonly created: boolean }> {
    const { name, labels, options } = checkRequest(request);
    if (name !== '') return this.#queue.run(name, () => this.#add(name, labels, options));
    const fresh = randomId((size) => this.#host.random(size));
    return this.#queue.run(fresh, () => this.#add(fresh, { ...labels, [anonymousLabel]: '' }, options));
  }

  async #add(name: string, labels: VolumeRecord['labels'], options: VolumeRecord['options']) {
    const existing = this.#records.get(name);
    if (existing !== undefined) return { record: existing, created: false };
    const createdAt = new Date(this.#host.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const record: VolumeRecord = { name, createdAt, labels, options, filled: false };
    await this.#store.add(record);
    this.#records.set(name, record);
    this.#events.publish('volume', 'create', { id: name, attributes: { driver: 'local' } });
    return { record, created: true };
  }

  async #remove(record: VolumeRecord): Promise<void> {
    const users = this.#usersOf(record.name);
    if (users.length > 0) {
      throw new EngineError('conflict', `remove ${record.name}: volume is in use - [${users.join(', ')}]`);
    }
    await this.#mounts.detach(record);
    await this.#store.remove(record.name);
    this.#records.delete(record.name);
    // Not waited for: they give the volume back in this very queue.
    for (const end of this.#beforeRemoval.get(record.name) ?? []) void end();
    this.#beforeRemoval.delete(record.name);
    this.#events.publish('volume', 'destroy', { id: record.name, attributes: { driver: 'local' } });
  }

  /** @returns the bytes freed, undefined when the volume stays */
  async #pruneOne(name: string, all: boolean, filters: Filters): Promise<number | undefined> {
    const record = this.#records.get(name);
    if (record === undefined || this.#usersOf(name).length > 0 || !(all || isAnonymous(record))) return undefined;
    if (!matchesLabels(filters, record.labels)) return undefined;
    if (filters.has('label!') && matchesLabels(filters, record.labels, 'label!')) return undefined;
    const size = isMounted(record) ? 0 : await this.#host.files.treeSize(this.#store.dataPath(name));
    await this.#remove(record);
    return size;
  }

  /** Containers that name the volume, and those that have it mounted; who only looks at its files keeps it from nothing. */
  #usersOf(name: string): readonly string[] {
    const mounted = [...this.#mounts.usersOf(name)].filter((user) => !user.startsWith(viewPrefix));
    return [...new Set([...this.#users(name), ...mounted])];
  }

  #get(name: string): VolumeRecord {
    const record = this.#records.get(name);
    if (record === undefined) throw new EngineError('notFound', `get ${name}: no such volume`);
    return record;
  }

  /** Docker's field order. */
  #show(record: VolumeRecord): Volume {
    return {
      CreatedAt: record.createdAt,
      Driver: 'local',
      Labels: record.labels,
      Mountpoint: this.#store.dataPath(record.name),
      Name: record.name,
      Options: record.options,
      Scope: 'local',
    };
  }
}

function isAnonymous(record: VolumeRecord): boolean {
  return Object.hasOwn(record.labels ?? {}, anonymousLabel);
}

function byName(a: VolumeRecord, b: VolumeRecord): number {
  return a.name < b.name ? -1 : 1;
}
