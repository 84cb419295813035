// Copies in this process, between folders of their own and registries on loopback: `await using lab = await openLab()`.

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { createRegistry } from '../../runtime/src/registry/registry.ts';
import type { Arrival } from '../../runtime/src/registry/upload.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { type CopyRequest, copyImage, copyTags } from '../../runtime/src/transfer/copy.ts';
import { parseLocation } from '../../runtime/src/transfer/location.ts';
import type { TransferDeps } from '../../runtime/src/transfer/open.ts';
import type { Watcher } from '../../runtime/src/transfer/parts.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

export type Wishes = Partial<Omit<CopyRequest, 'from' | 'to'>> & { readonly signal?: AbortSignal };

export interface Lab extends AsyncDisposable {
  readonly path: string;
  /** @returns the digest */
  copy(from: string, to: string, wishes?: Wishes): Promise<string>;
  /** @returns tag and digest of each */
  copyTags(from: string, to: string): Promise<readonly string[]>;
  /** How blobs arrived, by their digests, in the last copy. */
  readonly arrivals: Map<string, Arrival>;
}

export async function openLab(): Promise<Lab> {
  const folder = await makeTempFolder();
  const host = createNodeHost();
  const registry = createRegistry({
    host,
    logger: silentLogger,
    config: () => ({ insecureRegistries: [], mirrors: [] }),
  });
  const arrivals = new Map<string, Arrival>();
  const watcher: Watcher = {
    moved: () => undefined,
    arrived: ({ digest }, arrival) => arrivals.set(digest, arrival),
    waits: () => undefined,
  };
  const deps: TransferDeps = {
    host,
    registries: { source: registry, target: registry },
    authFor: () => Promise.resolve(undefined),
    engine: () => Promise.reject(new Error('there is no engine')),
    input: () => process.stdin,
    output: () => Promise.reject(new Error('standard output is the reporter’s')),
    async writeFile(path, tar) {
      await writeFile(path, tar);
    },
    temporary: () => mkdtemp(join(folder.path, 'kept-')),
    platform: { os: 'linux', architecture: 'amd64' },
  };
  const usual = { platforms: [], all: false, referrers: false, preserveDigests: false };
  const request = (from: string, to: string, wishes: Wishes = {}): CopyRequest => ({
    ...usual,
    ...wishes,
    from: parseLocation(from),
    to: parseLocation(to),
  });
  return {
    path: folder.path,
    arrivals,
    async copy(from, to, wishes = {}) {
      arrivals.clear();
      const signal = wishes.signal ?? new AbortController().signal;
      return await copyImage(deps, request(from, to, wishes), watcher, signal);
    },
    async copyTags(from, to) {
      const told: string[] = [];
      const each = (tag: string, digest: string): unknown => told.push(`${tag} ${digest}`);
      await copyTags(deps, request(from, to), { watcher, each, signal: new AbortController().signal });
      return told;
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const oci = 'application/vnd.oci.image';
export const types = {
  manifest: `${oci}.manifest.v1+json`,
  index: `${oci}.index.v1+json`,
  config: `${oci}.config.v1+json`,
  layer: `${oci}.layer.v1.tar+gzip`,
};

/** Writes image layouts by hand, not by what is under test. */
export class LayoutWriter {
  readonly path: string;
  readonly #entries: object[] = [];

  constructor(path: string) {
    this.path = path;
  }

  async blob(content: Uint8Array | string | object, mediaType: string): Promise<Descriptor> {
    const isBytes = typeof content === 'string' || content instanceof Uint8Array;
    const bytes = Buffer.from(isBytes ? content : JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    await mkdir(join(this.path, 'blobs/sha256'), { recursive: true });
    await writeFile(join(this.path, 'blobs/sha256', hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  }

  /** An image of a platform with layers of random bytes. @param subject what it is about */
  async image(architecture: string, sizes: readonly number[] = [3000], more: object = {}): Promise<Descriptor> {
    const layers = await Promise.all(sizes.map((size) => this.blob(randomBytes(size), types.layer)));
    const diffIds = layers.map(({ digest }) => digest);
    const about = { os: 'linux', architecture, rootfs: { type: 'layers', diff_ids: diffIds } };
    const config = await this.blob(about, types.config);
    const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers, ...more };
    return await this.blob(manifest, types.manifest);
  }

  async index(architectures: readonly string[]): Promise<Descriptor> {
    const manifests: object[] = [];
    for (const architecture of architectures) {
      manifests.push({ ...(await this.image(architecture)), platform: { os: 'linux', architecture } });
    }
    return await this.blob({ schemaVersion: 2, mediaType: types.index, manifests }, types.index);
  }

  /** Gives it a name, and writes the layout's index. */
  async name(descriptor: object, name: string | undefined): Promise<void> {
    const annotations = name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } };
    this.#entries.push({ ...descriptor, ...annotations });
    await writeFile(join(this.path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: this.#entries }));
    await writeFile(join(this.path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  }
}
