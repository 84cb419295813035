// Folders that outlive the steps that mount them. Each is known by its id and by what it began with; a step sees no more of it than
// the folder itself, so that nothing in it is a path that somebody could turn into a link meanwhile.

import type { Host } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import { KeyedQueue } from '../../spec/queue.ts';
import type { RunMount } from '../contract.ts';
import type { Keys } from '../keys.ts';

export type CacheMount = Extract<RunMount, { readonly type: 'cache' }>;

export interface CacheMountsDeps {
  readonly host: Pick<Host, 'files' | 'clock'>;
  readonly kernel: Pick<Kernel, 'removeTree'>;
  readonly keys: Keys;
  /** `<data-root>/builds/cache-mounts`. */
  readonly directory: string;
}

export interface HeldCache extends AsyncDisposable {
  /** On the host. */
  readonly path: string;
}

export interface KnownCache {
  /** Of its folder. */
  readonly name: string;
  readonly id: string;
  readonly size: number;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly inUse: boolean;
}

export class CacheMounts {
  readonly #deps: CacheMountsDeps;
  /** Folders in use -> by how many. */
  readonly #users = new Map<string, number>();
  readonly #lines = new KeyedQueue();
  /** Makes one folder after the other. */
  readonly #making = new KeyedQueue();

  constructor(deps: CacheMountsDeps) {
    this.#deps = deps;
  }

  /**
   * Gives a folder to a step until the disposal. One that is `locked` is waited for.
   * @param origin identity of what it begins with; empty for nothing
   * @param fill puts that into the new folder
   */
  async hold(
    mount: CacheMount,
    origin: string,
    fill: (path: string) => Promise<void>,
    signal: AbortSignal,
  ): Promise<HeldCache> {
    const { id, source, sharing } = mount;
    const base = this.#deps.keys.digest([id, origin, source]).slice('sha256:'.length, 'sha256:'.length + 32);
    if (sharing === 'locked') return await this.#locked(base, mount, fill, signal);
    const name = sharing === 'private' ? this.#free(base) : base;
    this.#use(name, 1);
    try {
      return await this.#open(name, mount, fill, () => this.#use(name, -1));
    } catch (error) {
      this.#use(name, -1);
      throw error;
    }
  }

  async all(): Promise<readonly KnownCache[]> {
    const { host, directory } = this.#deps;
    const found: KnownCache[] = [];
    for (const name of await host.files.list(directory)) {
      const path = `${directory}/${name}`;
      const stat = await host.files.stat(`${path}/id`);
      if (stat === undefined) continue;
      const [id = '', created = ''] = (await host.files.readText(`${path}/id`)).split('\n');
      found.push({
        name,
        id,
        size: await host.files.treeSize(`${path}/files`),
        createdAtMs: Number(created) || stat.mtimeMs,
        lastUsedAtMs: (await host.files.stat(`${path}/used`))?.mtimeMs ?? stat.mtimeMs,
        inUse: this.#users.has(name),
      });
    }
    return found;
  }

  /** Removes folders that nobody has used since. */
  async collect(sinceMs: number): Promise<void> {
    const { host, directory } = this.#deps;
    for (const name of await host.files.list(directory)) {
      const used =
        (await host.files.stat(`${directory}/${name}/used`)) ?? (await host.files.stat(`${directory}/${name}`));
      if (used !== undefined && used.mtimeMs < sinceMs) await this.remove(name);
    }
  }

  /** Removes a folder that nobody uses. @returns whether it did */
  async remove(name: string): Promise<boolean> {
    if (this.#users.has(name)) return false;
    return await this.#making.run(name, async () => {
      if (this.#users.has(name)) return false;
      await this.#deps.kernel.removeTree(`${this.#deps.directory}/${name}`);
      return true;
    });
  }

  async #locked(
    name: string,
    mount: CacheMount,
    fill: (path: string) => Promise<void>,
    signal: AbortSignal,
  ): Promise<HeldCache> {
    const turn = Promise.withResolvers<HeldCache>();
    const done = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => turn.reject(signal.reason), { once: true });
    this.#use(name, 1);
    void this.#lines
      .run(name, async () => {
        signal.throwIfAborted();
        turn.resolve(await this.#open(name, mount, fill, () => done.resolve()));
        await done.promise;
      })
      .catch((error: unknown) => turn.reject(error))
      .finally(() => this.#use(name, -1));
    return await turn.promise;
  }

  async #open(
    name: string,
    mount: CacheMount,
    fill: (path: string) => Promise<void>,
    release: () => void,
  ): Promise<HeldCache> {
    const path = await this.#making.run(name, () => this.#make(name, mount, fill));
    return {
      path,
      [Symbol.asyncDispose]: async () => {
        await this.#deps.host.files.writeAtomic(`${this.#deps.directory}/${name}/used`, '', { durable: false });
        release();
      },
    };
  }

  /** The folder is whole once its `id` is there. */
  async #make(name: string, mount: CacheMount, fill: (path: string) => Promise<void>): Promise<string> {
    const { host, kernel, directory } = this.#deps;
    const folder = `${directory}/${name}`;
    const path = `${folder}/files`;
    if ((await host.files.stat(`${folder}/id`)) !== undefined) return path;
    await kernel.removeTree(folder);
    await host.files.makeDirectory(folder, { recursive: true, mode: 0o711 });
    await host.files.makeDirectory(path);
    await fill(path);
    await host.files.chown(path, mount.uid, mount.gid);
    await host.files.chmod(path, mount.mode);
    const text = `${mount.id.replaceAll('\n', ' ')}\n${host.clock.now()}\n`;
    await host.files.writeAtomic(`${folder}/id`, text, { durable: false });
    return path;
  }

  /** The first of a row of folders that nobody uses. */
  #free(base: string): string {
    let name = base;
    for (let number = 1; this.#users.has(name); number++) name = `${base}-${number}`;
    return name;
  }

  #use(name: string, change: number): void {
    const count = (this.#users.get(name) ?? 0) + change;
    if (count > 0) this.#users.set(name, count);
    else this.#users.delete(name);
  }
}
