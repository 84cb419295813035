// `--cache-from` and `--cache-to`: at registries, in the image, and in folders of this machine, which are brought to the engine and
// fetched from it.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { EngineClient } from '../../client/client.ts';
import { packFolder } from '../../copy/pack.ts';
import type { BuildOptions, WireCacheSource } from '../../spec/api/builds.ts';
import type { CacheTarget } from '../../spec/engine/build-outputs.ts';
import { isEngineError } from '../../spec/errors.ts';
import { type Descriptor, type Index, type Manifest, maximumCacheLayers, parseManifest } from '../../spec/manifest.ts';
import { writeTar } from '../../spec/tar/writer.ts';
import { Fields } from './fields.ts';
import type { Delivery } from './outputs.ts';

type Source =
  Exclude<WireCacheSource, { readonly type: 'brought' }> | { readonly type: 'local'; readonly folder: string };

export interface AskedCaches {
  readonly from: readonly Source[];
  readonly to: NonNullable<BuildOptions['cacheTo']>;
  /** Folders that caches are written to. */
  readonly deliveries: readonly Delivery[];
}

/** @throws Error in words for whom typed it */
export function cachesOf(given: {
  readonly 'cache-from': readonly string[];
  readonly 'cache-to': readonly string[];
}): AskedCaches {
  const targets = given['cache-to'].map(parseTarget);
  return {
    from: given['cache-from'].map(parseSource),
    to: targets.flatMap((target) => ('form' in target ? [] : [target])),
    deliveries: targets.flatMap((target) => ('form' in target ? [target] : [])),
  };
}

function parseSource(spec: string): Source {
  if (!spec.includes('=')) return { type: 'registry', reference: spec };
  const fields = new Fields('--cache-from', spec);
  const type = fields.word('type', ['registry', 'local'] as const);
  if (type === undefined) throw fields.fault('type is required');
  if (type === 'registry') {
    fields.allow('type', 'ref');
    return { type, reference: needed(fields, 'ref') };
  }
  fields.allow('type', 'src');
  return { type, folder: resolve(needed(fields, 'src')) };
}

const modes = ['min', 'max'] as const;

function parseTarget(spec: string): CacheTarget | Delivery {
  if (!spec.includes('=')) return { type: 'registry', reference: spec, mode: 'min', ignoreError: false };
  const fields = new Fields('--cache-to', spec);
  const type = fields.word('type', ['inline', 'registry', 'local'] as const);
  switch (type) {
    case undefined:
      throw fields.fault('type is required');
    case 'inline':
      fields.allow('type');
      return { type };
    case 'registry': {
      fields.allow('type', 'ref', 'mode', 'ignore-error', 'oci-mediatypes', 'image-manifest');
      const ignoreError = fields.flag('ignore-error') ?? false;
      return { type, reference: needed(fields, 'ref'), mode: fields.word('mode', modes) ?? 'min', ignoreError };
    }
    case 'local': {
      fields.allow('type', 'dest', 'mode');
      const path = resolve(needed(fields, 'dest'));
      return { form: { type: 'cache', mode: fields.word('mode', modes) ?? 'min' }, place: { kind: 'folder', path } };
    }
  }
}

function needed(fields: Fields, name: string): string {
  const value = fields.get(name) ?? '';
  if (value === '') throw fields.fault(`${name} is required`);
  return value;
}

/**
 * Brings the caches of folders to the engine.
 * @param tell of a folder that holds none, which is no error: the first build of all has one
 */
export async function bringCaches(
  client: EngineClient,
  sources: readonly Source[],
  options: { readonly tell: (line: string) => void; readonly signal: AbortSignal },
): Promise<readonly WireCacheSource[]> {
  const brought: WireCacheSource[] = [];
  for (const source of sources) {
    if (source.type !== 'local') {
      brought.push(source);
      continue;
    }
    const { folder } = source;
    const files = await filesOf(folder);
    if (files === undefined) {
      options.tell(`WARNING: there is no cache in ${folder}\n`);
      continue;
    }
    const tar = writeTar(
      packFolder(folder, (path) => ({ itself: files.has(path), below: /^blobs(?:$|\/)/.test(path) })),
    );
    brought.push({ type: 'brought', id: await client.builds.bringCache(tar, options.signal), name: folder });
  }
  return brought;
}

/**
 * Paths of what the newest cache in an OCI image layout consists of, as far as they are to be found: the engine says what is wrong
 * with it. Blobs of older ones stay behind.
 * @returns undefined where there is no layout
 */
async function filesOf(folder: string): Promise<ReadonlySet<string> | undefined> {
  const files = new Set(['index.json']);
  const read = async (path: string): Promise<Manifest | Index> =>
    parseManifest(await readFile(join(folder, path)), '', maximumCacheLayers);
  try {
    const index = await read('index.json');
    const newest = index.kind === 'index' ? index.manifests.at(-1) : undefined;
    if (newest === undefined) return files;
    files.add(blobPath(newest));
    const manifest = await read(blobPath(newest));
    if (manifest.kind === 'manifest')
      for (const blob of [manifest.config, ...manifest.layers]) files.add(blobPath(blob));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return files.size === 1 ? undefined : files;
    if (!isEngineError(error)) throw error;
  }
  return files;
}

function blobPath({ digest }: Descriptor): string {
  return `blobs/${digest.replace(':', '/')}`;
}
