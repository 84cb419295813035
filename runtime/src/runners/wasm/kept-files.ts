// What was made of programs once, kept on disk for the next time: a folder for each version of what makes it.

import type { Files } from '../../host/host.ts';
import { isKind } from '../../spec/errors.ts';

/** Files that are kept, and bytes of all of them; the oldest go. */
const most = 200;
const mostBytes = 2 ** 30;

export class KeptFiles {
  readonly #files: Files;
  readonly #parent: string;
  readonly folder: string;

  /** @param parent its own; made when it is needed @param version what others have made is removed */
  constructor(files: Files, parent: string, version: string) {
    this.#files = files;
    this.#parent = parent;
    this.folder = `${parent}/${version}`;
  }

  /** @returns undefined for what is not there, or not any more */
  async read(name: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#files.read(`${this.folder}/${name}`);
    } catch (error) {
      // Another engine makes room whenever it likes.
      if (isKind(error, 'notFound')) return undefined;
      throw error;
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.#makeRoom(bytes.length);
    await this.#files.writeAtomic(`${this.folder}/${name}`, bytes);
  }

  async #makeRoom(bytes: number): Promise<void> {
    await this.#files.makeDirectory(this.folder, { recursive: true });
    for (const other of await this.#files.list(this.#parent)) {
      if (`${this.#parent}/${other}` !== this.folder) await this.#files.remove(`${this.#parent}/${other}`);
    }
    const paths = (await this.#files.list(this.folder)).map((name) => `${this.folder}/${name}`);
    const stats = await Promise.all(paths.map(async (path) => ({ path, stat: await this.#files.stat(path) })));
    const newestFirst = stats.toSorted((a, b) => (b.stat?.mtimeMs ?? 0) - (a.stat?.mtimeMs ?? 0));
    let all = bytes;
    const tooOld = newestFirst.filter(({ stat }, index) => {
      all += stat?.size ?? 0;
      return index >= most - 1 || all > mostBytes;
    });
    await Promise.all(tooOld.map(({ path }) => this.#files.remove(path)));
  }
}
