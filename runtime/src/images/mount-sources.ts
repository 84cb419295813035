// Where a registry may already have the layers of an image that is pushed: repositories that an image with the same layers was pulled
// from or pushed to.

import type { DiffId } from '../spec/digest.ts';
import { type Reference, parseReference } from '../spec/reference.ts';
import type { Catalog, ImageRecord } from './store/catalog.ts';

/** The right to read each of them is asked for, in one request. */
const most = 3;

/** Paths of other repositories at the registry of `target`, by the layers that they are believed to have. */
export function mountSources(catalog: Catalog, target: Reference, image: ImageRecord): ReadonlyMap<DiffId, string> {
  const wanted = new Set(image.layers.map(({ diffId }) => diffId));
  const found = new Map<string, Set<DiffId>>();
  for (const [key, id] of catalog.state.references) {
    // A name with a digest is one that a registry has given or taken.
    if (!key.includes('@') || !key.startsWith(`${target.domain}/`)) continue;
    const { path } = parseReference(key);
    if (path === target.path) continue;
    const layers = catalog.state.images.get(id)?.layers ?? [];
    const shared = layers.map(({ diffId }) => diffId).filter((diffId) => wanted.has(diffId));
    if (shared.length > 0) found.set(path, new Set([...(found.get(path) ?? []), ...shared]));
  }
  const best = [...found].sort(([, one], [, other]) => other.size - one.size).slice(0, most);
  const sources = new Map<DiffId, string>();
  for (const [path, layers] of best.reverse()) for (const diffId of layers) sources.set(diffId, path);
  return sources;
}
