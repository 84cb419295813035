// All containers, by id and by name, and their documents on disk. Names are reserved before the first await of a create,
// so that two requests never get the same one.

import type { Files } from '../host/host.ts';
import type { RootSpec } from '../runners/runner.ts';
import { messageOf } from '../spec/errors.ts';
import { isFullId } from '../spec/ids.ts';
import type { Logger } from '../spec/logger.ts';
import { KeyedQueue } from '../spec/queue.ts';
import { Container } from './container.ts';
import { ambiguousPrefix, nameInUse, noSuchContainer } from './errors.ts';
import { parseLogSize } from './log-options.ts';
import type { ContainerRecord } from './record.ts';
import { parseRecordFile, RecordFiles } from './record-file.ts';

/** Directories with this prefix are on their way out. */
const removedPrefix = '.removed-';

export class ContainerStore {
  readonly #files: Files;
  readonly #records: RecordFiles;
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #keeps: boolean;
  readonly #byId = new Map<string, Container>();
  /** Name -> id; also of containers that are being made. */
  readonly #names = new Map<string, string>();
  readonly #making = new Set<Container>();
  readonly #writes = new KeyedQueue();
  #deletions: Promise<void> = Promise.resolve();

  /** @param keeps false: records are kept in memory only, and what an earlier engine left is removed */
  constructor(files: Files, directory: string, logger: Logger, keeps = true) {
    this.#files = files;
    this.#records = new RecordFiles(files);
    this.#directory = directory;
    this.#logger = logger;
    this.#keeps = keeps;
  }

  /** Reads what is on disk; directories without a record are removed, those with a newer schema left alone. */
  async load(): Promise<void> {
    await this.#files.makeDirectory(this.#directory, { recursive: true, mode: 0o710 });
    for (const name of await this.#files.list(this.#directory)) {
      const directory = `${this.#directory}/${name}`;
      // Of what was not written durably a machine that lost its power may have kept the name alone.
      const bytes = (await this.#files.stat(`${directory}/container.json`))?.size ?? 0;
      if (!isFullId(name) || bytes === 0) {
        this.#deleteLater(directory, (path) => this.#files.remove(path));
        continue;
      }
      try {
        this.add(new Container(parseRecordFile(await this.#files.readText(`${directory}/container.json`), name)));
      } catch (error) {
        this.#logger.error('a container cannot be read and is left out', { container: name, error: messageOf(error) });
      }
    }
    await this.#deletions;
  }

  /** As it is now; what comes or goes later does not change the list. */
  all(): readonly Container[] {
    return [...this.#byId.values()];
  }

  /** All, and those whose files are only being made: they use their image and volumes already. */
  users(): readonly Container[] {
    return [...this.#byId.values(), ...this.#making];
  }

  /** Says that its files are being made, until it is added or the disposal. */
  make(container: Container): Disposable {
    this.#making.add(container);
    return { [Symbol.dispose]: () => void this.#making.delete(container) };
  }

  get(id: string): Container | undefined {
    return this.#byId.get(id);
  }

  add(container: Container): void {
    this.#making.delete(container);
    this.#byId.set(container.id, container);
    this.#names.set(container.name, container.id);
  }

  /**
   * By full id, name (with or without slash) or a prefix of the id that only one has.
   * @throws EngineError notFound, or invalidParameter when several have the prefix
   */
  find(ref: string): Container {
    const exact = this.#byId.get(ref);
    if (exact !== undefined) return exact;
    const holder = this.#names.get(ref.startsWith('/') ? ref.slice(1) : ref);
    const named = holder === undefined ? undefined : this.#byId.get(holder);
    if (named !== undefined) return named;
    if (!/^[0-9a-f]{1,64}$/.test(ref)) throw noSuchContainer(ref);
    let found: Container | undefined;
    for (const [id, container] of this.#byId) {
      if (!id.startsWith(ref)) continue;
      if (found !== undefined) throw ambiguousPrefix(ref);
      found = container;
    }
    if (found === undefined) throw noSuchContainer(ref);
    return found;
  }

  isNameTaken(name: string): boolean {
    return this.#names.has(name);
  }

  /** @throws EngineError conflict naming the holder */
  reserveName(name: string, id: string): void {
    const holder = this.#names.get(name);
    if (holder !== undefined && holder !== id) throw nameInUse(name, holder);
    this.#names.set(name, id);
  }

  /** Gives a name up; of another holder it is left alone. */
  releaseName(name: string, id: string): void {
    if (this.#names.get(name) === id) this.#names.delete(name);
  }

  directoryOf(id: string): string {
    return `${this.#directory}/${id}`;
  }

  rootOf(container: Container, layers: readonly string[]): RootSpec {
    const { Runtime: runtime, StorageOpt: options } = container.record.hostConfig;
    const size = options?.['size'];
    return {
      id: container.id,
      layers,
      scratch: this.directoryOf(container.id),
      ...(runtime ? { runtime } : {}),
      ...(size === undefined ? {} : { limitBytes: parseLogSize(size) }),
    };
  }

  /** Writes the record, as it is now; writes of one container are in order. `durable` waits for the disk. */
  save(
    container: Container,
    {
      durable = false,
      record = container.record,
    }: { readonly durable?: boolean; readonly record?: ContainerRecord } = {},
  ): Promise<void> {
    if (!this.#keeps) return Promise.resolve();
    const path = `${this.directoryOf(container.id)}/container.json`;
    const isNew = this.#making.has(container);
    return this.#writes.run(container.id, () => this.#records.write(path, record, { durable, isNew }));
  }

  /** As `save`, where nobody can be told of a failure: it is logged, and the next save may succeed. */
  saveQuietly(container: Container, record: ContainerRecord = container.record): void {
    if (container.removing) return;
    this.save(container, { record }).catch((error: unknown) => {
      this.#logger.warn('the state of a container was not saved', {
        container: container.id,
        error: messageOf(error),
      });
    });
  }

  /** Forgets the container, and moves its directory out of sight; the files go after this has resolved. */
  async drop(container: Container, removeRoot: (scratch: string) => Promise<void>): Promise<void> {
    await this.#writes.idle(container.id);
    this.#records.forget(container.id);
    const hidden = `${this.#directory}/${removedPrefix}${container.id}`;
    await this.#files.rename(this.directoryOf(container.id), hidden);
    this.#byId.delete(container.id);
    this.releaseName(container.name, container.id);
    this.#deleteLater(hidden, removeRoot);
  }

  /** Resolves when all files of removed containers are gone. */
  settled(): Promise<void> {
    return this.#deletions;
  }

  #deleteLater(directory: string, remove: (directory: string) => Promise<void>): void {
    this.#deletions = this.#deletions.then(async () => {
      try {
        await remove(directory);
      } catch (error) {
        this.#logger.warn('files of a removed container are left', { directory, error: messageOf(error) });
      }
    });
  }
}
