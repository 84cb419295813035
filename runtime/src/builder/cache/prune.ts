// What is kept for builds to come, as one list, and the removal of what was not used for longest.

import type { BuildCacheEntry } from '../../spec/engine/builds.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Filters } from '../../spec/filters.ts';
import type { KeptContexts } from '../contexts/kept-contexts.ts';
import type { CacheMounts } from '../mounts/cache-mounts.ts';
import type { StepCache } from './step-cache.ts';

export interface CacheParts {
  readonly steps: StepCache;
  readonly mounts: CacheMounts;
  readonly contexts: KeptContexts;
}

/** Those not used for longest first. */
export async function cacheEntries({ steps, mounts, contexts }: CacheParts): Promise<readonly BuildCacheEntry[]> {
  const ofSteps = steps.all().map(({ key, description, size, createdAtMs, lastUsedAtMs }) => ({
    id: key,
    kind: 'step' as const,
    description,
    size,
    createdAtMs,
    lastUsedAtMs,
    inUse: false,
  }));
  const ofMounts = (await mounts.all()).map(({ name, id, size, createdAtMs, lastUsedAtMs, inUse }) => ({
    id: name,
    kind: 'mount' as const,
    description: id,
    size,
    createdAtMs,
    lastUsedAtMs,
    inUse,
  }));
  const ofContexts = (await contexts.all()).map(({ key, ...rest }) => ({ id: key, kind: 'context' as const, ...rest }));
  return [...ofSteps, ...ofMounts, ...ofContexts].toSorted((a, b) => a.lastUsedAtMs - b.lastUsedAtMs);
}

export interface Pruned {
  readonly CachesDeleted: readonly string[] | null;
  readonly SpaceReclaimed: number;
}

/**
 * @param options.all cache mounts too, which nothing brings back
 * @throws EngineError invalidParameter for a filter that is none
 */
export async function pruneCache(
  parts: CacheParts,
  filters: Filters,
  { all, keepBytes }: { readonly all: boolean; readonly keepBytes?: number },
  nowMs: number,
): Promise<Pruned> {
  const isWanted = wantedBy(filters, nowMs);
  const entries = await cacheEntries(parts);
  let left = entries.reduce((sum, { size }) => sum + size, 0);
  let reclaimed = 0;
  const deleted: string[] = [];
  for (const entry of entries) {
    if (keepBytes !== undefined && left <= keepBytes) break;
    if (entry.inUse || !isWanted(entry) || (entry.kind === 'mount' && !all)) continue;
    if (!(await removeEntry(parts, entry))) continue;
    deleted.push(entry.id);
    left -= entry.size;
    reclaimed += entry.size;
  }
  return { CachesDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed };
}

/** @returns false where somebody has begun to use it */
async function removeEntry({ steps, mounts, contexts }: CacheParts, { kind, id }: BuildCacheEntry): Promise<boolean> {
  if (kind === 'mount') return await mounts.remove(id);
  if (kind === 'context') return await contexts.remove(id);
  await steps.remove([id]);
  return true;
}

/** As BuildKit calls what it keeps. */
const typeNames: Readonly<Record<BuildCacheEntry['kind'], string>> = {
  step: 'regular',
  mount: 'exec.cachemount',
  context: 'source.local',
};

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3600_000 };

function wantedBy(filters: Filters, nowMs: number): (entry: BuildCacheEntry) => boolean {
  const tests: ((entry: BuildCacheEntry) => boolean)[] = [];
  for (const [name, given] of filters) {
    if (name === 'until' || name === 'unused-for') {
      const [text = ''] = given;
      const before = nowMs - durationMs(text);
      tests.push(({ lastUsedAtMs }) => lastUsedAtMs <= before);
    } else if (name === 'id') tests.push(({ id }) => given.some((prefix) => id.startsWith(prefix)));
    else if (name === 'type') {
      tests.push(({ kind }) => given.includes(typeNames[kind]));
    } else throw new EngineError('invalidParameter', `invalid filter '${name}'`);
  }
  return (entry) => tests.every((test) => test(entry));
}

/** Go's `24h`, `1h30m`. */
function durationMs(text: string): number {
  const parts = [...text.matchAll(/(\d{1,9})(ms|[smh])/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new EngineError('invalidParameter', `invalid duration: ${JSON.stringify(text)}`);
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0);
}
