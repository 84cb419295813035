// What the transpiler made of components, kept on disk by what they are: a component is transpiled once, whichever container and whichever
// engine runs it.

import type { Host } from '../../host/host.ts';
import { transpilerVersion, type ComponentParts, type ComponentSource } from '../../../../wasm/src/preview2/parts.ts';
import { decodeParts, encodeParts } from './component-file.ts';

export interface ComponentsDeps {
  readonly host: Pick<Host, 'files' | 'codec'>;
  /** Its own; made when it is needed. */
  readonly folder: string;
  /** @throws UnsupportedComponent */
  readonly transpile: (bytes: Uint8Array) => Promise<ComponentParts>;
}

/** Files that are kept; the oldest go. */
const most = 200;

export class Components implements ComponentSource {
  readonly #deps: ComponentsDeps;
  readonly #folder: string;
  readonly #underWay = new Map<string, Promise<ComponentParts>>();

  constructor(deps: ComponentsDeps) {
    this.#deps = deps;
    this.#folder = `${deps.folder}/${transpilerVersion}`;
  }

  /** @throws UnsupportedComponent, EngineError */
  async partsOf(bytes: Uint8Array): Promise<ComponentParts> {
    const hasher = this.#deps.host.codec.hasher('sha256');
    hasher.update(bytes);
    const digest = hasher.hex();
    const underWay = this.#underWay.get(digest) ?? this.#make(digest, bytes);
    this.#underWay.set(digest, underWay);
    try {
      return await underWay;
    } finally {
      this.#underWay.delete(digest);
    }
  }

  async #make(digest: string, bytes: Uint8Array): Promise<ComponentParts> {
    const { files } = this.#deps.host;
    const path = `${this.#folder}/${digest}`;
    if ((await files.stat(path)) !== undefined) {
      const kept = decodeParts(await files.read(path));
      if (kept !== undefined) return kept;
    }
    const parts = await this.#deps.transpile(bytes);
    await this.#makeRoom();
    await files.writeAtomic(path, encodeParts(parts));
    return parts;
  }

  async #makeRoom(): Promise<void> {
    const { files } = this.#deps.host;
    await files.makeDirectory(this.#folder, { recursive: true });
    for (const other of await files.list(this.#deps.folder)) {
      if (other !== transpilerVersion) await files.remove(`${this.#deps.folder}/${other}`);
    }
    const paths = (await files.list(this.#folder)).map((name) => `${this.#folder}/${name}`);
    if (paths.length < most) return;
    const times = await Promise.all(
      paths.map(async (path) => ({ path, mtimeMs: (await files.stat(path))?.mtimeMs ?? 0 })),
    );
    const oldest = times.toSorted((a, b) => a.mtimeMs - b.mtimeMs).slice(0, paths.length - most + 1);
    await Promise.all(oldest.map(({ path }) => files.remove(path)));
  }
}
