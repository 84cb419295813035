// `--cache-from` and `--cache-to`: at registries, in the image, and in folders of this machine, which are brought to the engine and
// fetched from it.

import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { EngineClient } from '../../client/client.ts';
import { packFolder } from '../../copy/pack.ts';
import type { BuildOptions, WireCacheSource } from '../../spec/api/builds.ts';
import type { CacheTarget } from '../../spec/engine/build-outputs.ts';
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
    if (!(await isLayout(folder))) {
      options.tell(`WARNING: there is no cache in ${folder}\n`);
      continue;
    }
    const tar = writeTar(packFolder(folder, (path) => taken(path)));
    brought.push({ type: 'brought', id: await client.builds.bringCache(tar, options.signal), name: folder });
  }
  return brought;
}

/** What an OCI image layout consists of, and nothing else that may lie in the folder. */
function taken(path: string): { readonly itself: boolean; readonly below: boolean } {
  const isOurs = path === 'index.json' || path === 'oci-layout' || /^blobs(?:\/sha256(?:\/[a-f0-9]{64})?)?$/.test(path);
  return { itself: isOurs, below: isOurs };
}

async function isLayout(folder: string): Promise<boolean> {
  try {
    return (await stat(join(folder, 'index.json'))).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
