// What was made of programs once, kept on disk for the next time: a folder for each version of what makes it.

import type { Files } from '../../host/host.ts';

/** Files that are kept; the oldest go. */
const most = 200;

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

  async read(name: string): Promise<Uint8Array | undefined> {
    const path = `${this.folder}/${name}`;
    return (await this.#files.stat(path)) === undefined ? undefined : await this.#files.read(path);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.#makeRoom();
    await this.#files.writeAtomic(`${this.folder}/${name}`, bytes);
  }

  async #makeRoom(): Promise<void> {
    await this.#files.makeDirectory(this.folder, { recursive: true });
    for (const other of await this.#files.list(this.#parent)) {
      if (`${this.#parent}/${other}` !== this.folder) await this.#files.remove(`${this.#parent}/${other}`);
    }
    const paths = (await this.#files.list(this.folder)).map((name) => `${this.folder}/${name}`);
    if (paths.length < most) return;
    const times = await Promise.all(
      paths.map(async (path) => ({ path, mtimeMs: (await this.#files.stat(path))?.mtimeMs ?? 0 })),
    );
    const oldest = times.toSorted((a, b) => a.mtimeMs - b.mtimeMs).slice(0, paths.length - most + 1);
    await Promise.all(oldest.map(({ path }) => this.#files.remove(path)));
  }
}
