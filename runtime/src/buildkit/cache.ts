// What the engine keeps for builds to come, as BuildKit's clients list and prune it.

import type { BuildCacheEntry, Builds } from '../spec/engine/builds.ts';
import { EngineError } from '../spec/errors.ts';
import type { Filters } from '../spec/filters.ts';
import { type Methods, streaming, unary } from './grpc/server.ts';
import { timestampOf } from './messages/common.ts';
import { diskUsageRequest, diskUsageResponse, pruneRequest, usageRecord } from './messages/control.ts';

const service = '/moby.buildkit.v1.Control';

const recordTypes: Readonly<Record<BuildCacheEntry['kind'], string>> = {
  step: 'regular',
  mount: 'exec.cachemount',
  context: 'source.local',
};

export function cacheMethods({ builds }: { readonly builds: Builds }): Methods {
  return {
    [`${service}/DiskUsage`]: unary(diskUsageRequest, diskUsageResponse, async ({ filter }) => {
      const isWanted = wantedBy(filter);
      return { record: (await builds.cache()).filter(isWanted).map(recordOf) };
    }),
    [`${service}/Prune`]: streaming(pruneRequest, usageRecord, async function* (request) {
      const before = new Map((await builds.cache()).map((entry) => [entry.id, entry] as const));
      const { CachesDeleted } = await builds.prune(filtersOf(request.filter, request.keepDuration), {
        all: request.all,
        ...keptOf(request),
      });
      for (const id of CachesDeleted ?? []) {
        const entry = before.get(id);
        if (entry !== undefined) yield recordOf(entry);
      }
    }),
  };
}

function recordOf({ id, kind, description, size, createdAtMs, lastUsedAtMs, inUse }: BuildCacheEntry) {
  return {
    id,
    mutable: kind !== 'step',
    inUse,
    size,
    createdAt: timestampOf(createdAtMs),
    lastUsedAt: timestampOf(lastUsedAtMs),
    usageCount: 1,
    description,
    recordType: recordTypes[kind],
    shared: false,
  };
}

/** The limits of BuildKit bound what is left; of several the smallest counts. */
function keptOf(given: {
  readonly reservedSpace: number;
  readonly maxUsedSpace: number;
  readonly minFreeSpace: number;
}) {
  if (given.minFreeSpace > 0) {
    throw new EngineError('notImplemented', '--min-free-space is not supported: use --max-used-space');
  }
  const limits = [given.reservedSpace, given.maxUsedSpace].filter((limit) => limit > 0);
  return limits.length === 0 ? {} : { keepBytes: Math.min(...limits) };
}

/** `id==abc`, `type==regular`, several joined by commas. @throws EngineError invalidParameter */
function clausesOf(filters: readonly string[]): readonly (readonly [name: string, value: string])[] {
  return filters
    .flatMap((filter) => filter.split(','))
    .filter((clause) => clause !== '')
    .map((clause) => {
      const [, name, quoted, plain = quoted] = /^(id|type)==(?:"([^"]*)"|([^"]*))$/.exec(clause) ?? [];
      if (name !== undefined && plain !== undefined) return [name, plain] as const;
      const words = `the filter ${JSON.stringify(clause)} is not known here: use id or type`;
      throw new EngineError('invalidParameter', words);
    });
}

function wantedBy(filters: readonly string[]): (entry: BuildCacheEntry) => boolean {
  const clauses = clausesOf(filters);
  return ({ id, kind }) =>
    clauses.every(([name, value]) => (name === 'id' ? id.startsWith(value) : recordTypes[kind] === value));
}

/** @param keepNs what was used in so many nanoseconds stays */
function filtersOf(filters: readonly string[], keepNs: number): Filters {
  const all = new Map<string, string[]>();
  for (const [name, value] of clausesOf(filters)) all.set(name, [...(all.get(name) ?? []), value]);
  if (keepNs > 0) all.set('until', [`${Math.ceil(keepNs / 1e6)}ms`]);
  return all;
}
