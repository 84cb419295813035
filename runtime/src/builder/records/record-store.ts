// Records of builds, the newest of which are kept: what they did and why, and the files that their steps read. Nothing of it is
// worth waiting for the disk.

import type { Host } from '../../host/host.ts';
import type { BuildRecord, StepResult } from '../../spec/engine/builds.ts';
import type { EventSink } from '../../spec/engine/system.ts';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import { type KeptBuild, readBuild, writeBuild } from './record.ts';

export interface RecordStoreDeps {
  readonly host: Pick<Host, 'files'>;
  readonly logger: Logger;
  /** `records/` and `files/` below it are ours. */
  readonly directory: string;
  /** Told of builds that begin, get on, end and are forgotten, once the records say so. */
  readonly events: EventSink;
}

type Named = Pick<BuildRecord, 'id' | 'tags'>;

/** How many builds are kept. */
const most = 50;

export class RecordStore {
  readonly #deps: RecordStoreDeps;
  readonly #builds = new Map<string, KeptBuild>();
  /** How those that run stand. */
  readonly #running = new Map<string, () => KeptBuild>();
  #loading: Promise<void> | undefined;

  constructor(deps: RecordStoreDeps) {
    this.#deps = deps;
  }

  /** Reads what is on disk, once; a build that runs there was ended by a kill. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** Newest first. */
  all(): readonly KeptBuild[] {
    const builds = [...this.#builds.values()].map((build) => this.#now(build));
    return builds.toSorted((a, b) => b.record.startedAtMs - a.record.startedAtMs);
  }

  /** @throws EngineError notFound, or invalidParameter when several begin so */
  find(ref: string): KeptBuild {
    const exact = this.#builds.get(ref);
    if (exact !== undefined) return this.#now(exact);
    const found = ref === '' ? [] : this.all().filter(({ record }) => record.id.startsWith(ref));
    const [only] = found;
    if (only === undefined) throw new EngineError('notFound', `No such build: ${ref}`);
    if (found.length > 1)
      throw new EngineError('invalidParameter', `Multiple builds found with provided prefix: ${ref}`);
    return only;
  }

  /** Keeps one that runs. Until it is saved with its end, it is asked how it stands whenever somebody wants to see it. */
  async follow(build: () => KeptBuild): Promise<void> {
    const first = build();
    this.#running.set(first.record.id, build);
    await this.save(first);
    this.#tell('start', first.record);
  }

  /** One that runs has got on: a step that did something has ended. */
  stepEnded(build: Named, step: number, { state }: StepResult): void {
    this.#tell('step', build, { step: String(step), state });
  }

  /** Keeps it as it is now. The oldest go. */
  async save(build: KeptBuild): Promise<void> {
    const { host } = this.#deps;
    if (build.record.state !== 'running') this.#running.delete(build.record.id);
    this.#builds.set(build.record.id, build);
    await host.files.makeDirectory(this.#folder('records'), { recursive: true, mode: 0o700 });
    await host.files.writeAtomic(this.#recordPath(build.record.id), writeBuild(build), { durable: false, mode: 0o600 });
    const { state, imageId = '' } = build.record;
    if (state !== 'running')
      this.#tell('complete', build.record, { state, ...(imageId === '' ? {} : { image: imageId }) });
    for (const { record } of this.all().slice(most)) if (record.state !== 'running') await this.remove(record.id);
  }

  async remove(id: string): Promise<void> {
    const gone = this.#builds.get(id);
    this.#builds.delete(id);
    await this.#deps.host.files.remove(this.#recordPath(id));
    const needed = new Set([...this.#builds.values()].flatMap(filesOf));
    for (const digest of gone === undefined ? [] : filesOf(gone)) {
      if (!needed.has(digest)) await this.#deps.host.files.remove(this.#listPath(digest));
    }
    if (gone !== undefined) this.#tell('destroy', gone.record);
  }

  /** Keeps which files a digest stands for, unless they are known. */
  async saveFiles(digest: string, files: ReadonlyMap<string, string>): Promise<void> {
    const { host } = this.#deps;
    const path = this.#listPath(digest);
    if ((await host.files.stat(path)) !== undefined) return;
    await host.files.makeDirectory(this.#folder('files'), { recursive: true, mode: 0o700 });
    await host.files.writeAtomic(path, JSON.stringify([...files]), { durable: false, mode: 0o600 });
  }

  /** undefined where nobody knows any more. */
  async readFiles(digest: string): Promise<ReadonlyMap<string, string> | undefined> {
    const { host } = this.#deps;
    const path = this.#listPath(digest);
    if ((await host.files.stat(path)) === undefined) return undefined;
    const value: unknown = JSON.parse(await host.files.readText(path));
    return Array.isArray(value) ? new Map(value as readonly (readonly [string, string])[]) : undefined;
  }

  #tell(action: string, { id, tags }: Named, more: Readonly<Record<string, string>> = {}): void {
    const [name] = tags;
    this.#deps.events.publish('builder', action, {
      id,
      attributes: { ...(name === undefined ? {} : { name }), ...more },
    });
  }

  #now(build: KeptBuild): KeptBuild {
    return this.#running.get(build.record.id)?.() ?? build;
  }

  async #load(): Promise<void> {
    const { host, logger } = this.#deps;
    const folder = this.#folder('records');
    for (const name of await host.files.list(folder)) {
      if (!name.endsWith('.json')) continue;
      try {
        const build = readBuild(await host.files.readText(`${folder}/${name}`));
        this.#builds.set(build.record.id, { ...build, record: ended(build.record) });
      } catch (error) {
        logger.warn('a build record cannot be read', { record: name, error: messageOf(error) });
      }
    }
  }

  #folder(name: 'records' | 'files'): string {
    return `${this.#deps.directory}/${name}`;
  }

  #recordPath(id: string): string {
    return `${this.#folder('records')}/${id}.json`;
  }

  #listPath(digest: string): string {
    return `${this.#folder('files')}/${digest.replace(/^sha256:/, '')}.json`;
  }
}

function ended(record: BuildRecord): BuildRecord {
  if (record.state !== 'running') return record;
  return { ...record, state: 'failed', message: 'The engine was ended during the build.' };
}

function filesOf({ inputs }: KeptBuild): readonly string[] {
  return Object.values(inputs).flatMap(({ files }) => files ?? []);
}
