// What is kept for builds to come, as one list, and the removal of what was not used for longest.

import type { BuildCacheEntry } from '../../spec/engine/builds.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Filters } from '../../spec/filters.ts';
import { parseMoment } from '../../spec/moment.ts';
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

function wantedBy(filters: Filters, nowMs: number): (entry: BuildCacheEntry) => boolean {
  const tests: ((entry: BuildCacheEntry) => boolean)[] = [];
  for (const [name, given] of filters) {
    if (name === 'until' || name === 'unused-for') {
      const before = momentMs(name, given, nowMs);
      tests.push(({ lastUsedAtMs }) => lastUsedAtMs <= before);
    } else if (name === 'id') tests.push(({ id }) => given.some((prefix) => id.startsWith(prefix)));
    else if (name === 'type') {
      tests.push(({ kind }) => given.includes(typeNames[kind]));
    } else if (name === 'label') {
      // Comes with `system prune`, which asks all nouns the same. What is kept of builds has no labels.
      tests.push(() => given.length === 0);
    } else if (name !== 'label!') throw new EngineError('invalidParameter', `invalid filter '${name}'`);
  }
  return (entry) => tests.every((test) => test(entry));
}

/** Of a time, or of a span like `24h` back from now. */
function momentMs(name: string, given: readonly string[], nowMs: number): number {
  const [text = ''] = given;
  if (given.length > 1) throw new EngineError('invalidParameter', `the filter ${name} can be given once`);
  const moment = parseMoment(text, nowMs);
  if (moment !== undefined) return Number(moment / 1_000_000n);
  const words = `invalid ${name}: ${JSON.stringify(text)} is neither a span like 24h nor a time`;
  throw new EngineError('invalidParameter', words);
}
