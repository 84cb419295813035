// Files of this machine as a layer of an image: programs with the libraries that they are linked with, folders, and what a test adds.

import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

const epoch = new Date(0);

/** Where the loader looks for what a program is linked with, the loader itself among it; none for one that is static. */
export function librariesOf(program: string): string[] {
  try {
    const lines = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n');
    return lines.flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  } catch {
    return []; // ldd ends so for what is linked with nothing.
  }
}

/** Paths in an image, without the first slash; nothing is put in twice. */
export class HostLayer {
  readonly #tar = pack();
  readonly #names = new Set<string>();

  /** @param to where it is in the image */
  program(path: string, to = path.slice(1)): void {
    this.file(path, to);
    for (const library of librariesOf(path)) this.file(library);
  }

  file(path: string, to = path.slice(1)): void {
    const real = realpathSync(path);
    this.text(to, readFileSync(real), statSync(real).mode & 0o777);
  }

  /** @param takes whether a file or folder, by its path below the folder, comes along */
  folder(path: string, to: string, takes: (name: string) => boolean): void {
    for (const name of readdirSync(path).toSorted().filter(takes)) this.#entry(join(path, name), join(to, name), takes);
  }

  text(name: string, content: string | Uint8Array, mode = 0o644): void {
    if (this.#isNew(name)) this.#tar.entry({ name, mode, mtime: epoch }, Buffer.from(content));
  }

  directory(name: string, uid = 0): void {
    if (this.#isNew(name)) {
      this.#tar.entry({ name, type: 'directory', mode: 0o755, uid, gid: uid, mtime: epoch });
    }
  }

  link(name: string, linkname: string): void {
    if (this.#isNew(name)) this.#tar.entry({ name, type: 'symlink', linkname, mtime: epoch });
  }

  /** @returns the layer's tar; nothing can be added after */
  async tar(): Promise<Uint8Array> {
    this.#tar.finalize();
    return await buffer(this.#tar);
  }

  #entry(path: string, to: string, takes: (name: string) => boolean): void {
    const stat = lstatSync(path);
    if (stat.isDirectory()) this.folder(path, to, takes);
    else if (stat.isSymbolicLink()) this.link(to, readlinkSync(path));
    else if (stat.isFile()) this.file(path, to);
  }

  #isNew(name: string): boolean {
    if (this.#names.has(name)) return false;
    this.#names.add(name);
    return true;
  }
}
