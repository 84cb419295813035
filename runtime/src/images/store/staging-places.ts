// Where layers are staged, and stay, since a rename moves no inode: in several regions of the disk, in turn. Without a journal ext4
// passes, for each new file, over all inodes nearby that were freed in the last minutes: where layers were just removed, making a thousand
// files took 350 ms of a processor instead of 10. The file system puts a spread folder where there are fewest, which is often the same region.

import type { Files, Host } from '../../host/host.ts';
import { randomId } from '../../spec/ids.ts';

/** What ext4 keeps together unless told otherwise: 16 groups of 8192 inodes. */
const inodesPerRegion = 131_072;

/** They come to lie in half as many regions. */
const candidates = 32;

/** What their names begin with. */
export const placePrefix = 'place-';

export class StagingPlaces {
  readonly #files: Files;
  readonly #random: Host['random'];
  readonly #folder: string;
  #places: Promise<readonly string[]> | undefined;
  #turn = 0;

  /** @param folder there when a place is asked for first; the file system was told to spread what is in it */
  constructor(files: Files, random: Host['random'], folder: string) {
    this.#files = files;
    this.#random = random;
    this.#folder = folder;
  }

  /** A folder that nobody looks into, in another region than the one given before. @throws EngineError of the file system */
  async next(): Promise<string> {
    this.#places ??= this.#make();
    try {
      const places = await this.#places;
      return places[this.#turn++ % places.length] ?? this.#folder;
    } catch (error) {
      this.#places = undefined;
      throw error;
    }
  }

  /** All are there before the first is judged: the file system counts them when it looks where there are fewest. */
  async #make(): Promise<readonly string[]> {
    const places = new Map<number, string>();
    const others: string[] = [];
    for (let made = 0; made < candidates; made++) {
      const path = `${this.#folder}/${placePrefix}${randomId(this.#random).slice(0, 16)}`;
      await this.#files.makeDirectory(path, { recursive: true, mode: 0o700 });
      const region = Math.floor(((await this.#files.stat(path))?.ino ?? 0) / inodesPerRegion);
      if (places.has(region)) others.push(path);
      else places.set(region, path);
    }
    await Promise.all(others.map((path) => this.#files.remove(path)));
    return [...places.values()];
  }
}
