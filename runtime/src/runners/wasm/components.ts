// What the transpiler made of components, kept on disk by what they are: a component is transpiled once, whichever container and whichever
// engine runs it.

import type { Host } from '../../host/host.ts';
import { transpilerVersion, type ComponentParts, type ComponentSource } from '../../../../wasm/src/preview2/parts.ts';
import { decodeParts, encodeParts } from './component-file.ts';
import { KeptFiles } from './kept-files.ts';

export interface ComponentsDeps {
  readonly host: Pick<Host, 'files' | 'codec'>;
  /** Its own; made when it is needed. */
  readonly folder: string;
  /** @throws UnsupportedComponent */
  readonly transpile: ComponentSource['partsOf'];
}

export class Components implements ComponentSource {
  readonly #deps: ComponentsDeps;
  readonly #kept: KeptFiles;
  readonly #underWay = new Map<string, Promise<ComponentParts>>();

  constructor(deps: ComponentsDeps) {
    this.#deps = deps;
    this.#kept = new KeptFiles(deps.host.files, deps.folder, transpilerVersion);
  }

  /** @throws UnsupportedComponent, EngineError */
  async partsOf(bytes: Uint8Array, inTurns = false): Promise<ComponentParts> {
    const hasher = this.#deps.host.codec.hasher('sha256');
    hasher.update(bytes);
    const digest = `${hasher.hex()}${inTurns ? '-turns' : ''}`;
    const underWay = this.#underWay.get(digest) ?? this.#make(digest, bytes, inTurns);
    this.#underWay.set(digest, underWay);
    try {
      return await underWay;
    } finally {
      this.#underWay.delete(digest);
    }
  }

  async #make(digest: string, bytes: Uint8Array, inTurns: boolean): Promise<ComponentParts> {
    const file = await this.#kept.read(digest);
    const kept = file === undefined ? undefined : decodeParts(file);
    if (kept !== undefined) return kept;
    const parts = await this.#deps.transpile(bytes, inTurns);
    await this.#kept.write(digest, encodeParts(parts));
    return parts;
  }
}
