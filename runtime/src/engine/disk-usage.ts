// GET /system/df: what images, containers and volumes take, each counted only when asked for.

import type { ContainerSummary } from '../spec/api/containers.ts';
import type { ImageSummary } from '../spec/api/images.ts';
import type { BuildCacheRecord } from '../spec/api/system.ts';
import type { Volume } from '../spec/api/volumes.ts';
import { EngineError } from '../spec/errors.ts';
import { noFilters } from '../spec/filters.ts';
import type { BuildCacheEntry, Builds } from '../spec/engine/builds.ts';
import type { Containers } from '../spec/engine/containers.ts';

const kinds = ['container', 'image', 'volume', 'build-cache'] as const;

export interface UsageSources {
  readonly containers: Containers;
  readonly images: { usage(): Promise<{ readonly layersSize: number; readonly images: readonly ImageSummary[] }> };
  readonly builds: Pick<Builds, 'cache'>;
  readonly volumes: { usage(): Promise<readonly Volume[]> };
}

export interface DiskUsage {
  readonly LayersSize?: number;
  readonly Images?: readonly ImageSummary[];
  readonly Containers?: readonly ContainerSummary[];
  readonly Volumes?: readonly Volume[];
  readonly BuildCache?: readonly BuildCacheRecord[];
}

/** @param types empty for all @throws EngineError invalidParameter for a type that is none */
export async function diskUsage(sources: UsageSources, types: readonly string[]): Promise<DiskUsage> {
  const unknown = types.find((type) => !kinds.some((kind) => kind === type));
  if (unknown !== undefined) throw new EngineError('invalidParameter', `unknown object type: ${unknown}`);
  const wants = (kind: (typeof kinds)[number]): boolean => types.length === 0 || types.includes(kind);
  return {
    ...(wants('image') ? await imageUsage(sources) : {}),
    ...(wants('container')
      ? { Containers: await sources.containers.list({ all: true, size: true, filters: noFilters }) }
      : {}),
    ...(wants('volume') ? { Volumes: await sources.volumes.usage() } : {}),
    ...(wants('build-cache') ? { BuildCache: (await sources.builds.cache()).map(cacheRecord) } : {}),
  };
}

function cacheRecord(entry: BuildCacheEntry): BuildCacheRecord {
  return {
    ID: entry.id.replace(/^sha256:/, '').slice(0, 25),
    Type: { step: 'regular', mount: 'exec.cachemount', context: 'source.local' }[entry.kind],
    Description: entry.description,
    InUse: entry.inUse,
    Shared: false,
    Size: entry.size,
    CreatedAt: new Date(entry.createdAtMs).toISOString(),
    LastUsedAt: new Date(entry.lastUsedAtMs).toISOString(),
    UsageCount: 1,
  };
}

async function imageUsage(sources: UsageSources): Promise<DiskUsage> {
  const { layersSize, images } = await sources.images.usage();
  return { LayersSize: layersSize, Images: images };
}
