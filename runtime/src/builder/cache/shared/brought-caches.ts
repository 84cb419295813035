// Caches that clients bring along: an OCI image layout as a tar, kept until a build has asked it, or for a while.

import type { Bytes, Host } from '../../../host/host.ts';
import { EngineError } from '../../../spec/errors.ts';
import { randomId } from '../../../spec/ids.ts';
import { type Descriptor, maximumManifestSize, parseManifest } from '../../../spec/manifest.ts';
import { concat } from '../../../spec/bytes.ts';
import type { MemoryTree } from '../../sources/memory-tree.ts';
import { spoolTar } from '../../sources/spooled-tree.ts';
import type { AskedCache } from './import.ts';

const keepMs = 10 * 60_000;
const most = 16;

interface Brought {
  readonly tree: MemoryTree;
  readonly sinceMs: number;
}

export interface BroughtDeps {
  readonly host: Host;
  /** Made when it is not there; emptied at the engine's start. */
  readonly folder: string;
}

export class BroughtCaches {
  readonly #deps: BroughtDeps;
  readonly #brought = new Map<string, Brought>();

  constructor(deps: BroughtDeps) {
    this.#deps = deps;
  }

  /** @throws EngineError invalidParameter for a damaged archive, system when the disk is full */
  async add(tar: Bytes, signal: AbortSignal): Promise<{ readonly Id: string }> {
    const { host, folder } = this.#deps;
    await this.collect();
    await host.files.makeDirectory(folder, { recursive: true, mode: 0o700 });
    const id = randomId((size) => host.random(size)).slice(0, 25);
    const tree = await spoolTar(host, tar, { path: `${folder}/${id}`, isUnpacked: false, signal });
    this.#brought.set(id, { tree, sinceMs: host.clock.now() });
    return { Id: id };
  }

  /**
   * As a source of one build, which lets go of it by the disposal.
   * @throws EngineError notFound when it is not here any more
   */
  take(id: string, name: string): AsyncDisposable & { readonly source: AskedCache } {
    const brought = this.#brought.get(id);
    if (brought === undefined) throw new EngineError('notFound', `cache ${name} is not here any more: send it again`);
    this.#brought.delete(id);
    const { tree } = brought;
    return {
      source: {
        type: 'content',
        name,
        manifest: () => manifestIn(tree),
        blob: (descriptor) => blobIn(tree, descriptor),
      },
      [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose](),
    };
  }

  /** Lets go of what no build has asked for. */
  async collect(): Promise<void> {
    const oldest = this.#deps.host.clock.now() - keepMs;
    for (const [id, { sinceMs, tree }] of this.#brought) {
      if (sinceMs > oldest && this.#brought.size < most) continue;
      this.#brought.delete(id);
      await tree[Symbol.asyncDispose]();
    }
  }
}

/** Of several the last: who writes a cache over an older one names it last. @throws EngineError invalidParameter */
async function manifestIn(tree: MemoryTree): Promise<Uint8Array> {
  const index = parseManifest(await readFile(tree, 'index.json'));
  const descriptor = index.kind === 'index' ? index.manifests.at(-1) : undefined;
  if (descriptor === undefined) throw new EngineError('invalidParameter', 'index.json names no cache');
  return await readFile(tree, blobPath(descriptor));
}

async function readFile(tree: MemoryTree, path: string): Promise<Uint8Array> {
  const entry = await tree.lstat(path);
  if (entry?.type !== 'file') throw new EngineError('invalidParameter', `${path} is missing`);
  if (entry.size > maximumManifestSize) throw new EngineError('invalidParameter', `${path} is larger than 4 MiB`);
  const parts: Uint8Array[] = [];
  for await (const part of entry.read()) parts.push(part);
  return concat(parts);
}

async function* blobIn(tree: MemoryTree, descriptor: Descriptor): AsyncGenerator<Uint8Array, void, undefined> {
  const path = blobPath(descriptor);
  const entry = await tree.lstat(path);
  if (entry?.type !== 'file') throw new EngineError('invalidParameter', `${path} is missing`);
  yield* entry.read();
}

function blobPath({ digest }: Descriptor): string {
  return `blobs/${digest.replace(':', '/')}`;
}
