// What the mounts of a RUN step have in them, for its cache key: bound files count by their content, caches and secrets do not.

import type { FileSource, RunOperation } from '../contract.ts';
import type { Keys } from '../keys.ts';
import type { Origins, ResultOf } from '../origins.ts';

export interface MountInputs {
  readonly digest: string;
  /** Path -> short digest, of files of the context. */
  readonly files: ReadonlyMap<string, string>;
}

/** undefined where nothing is mounted whose content counts. @throws EngineError notFound */
export async function mountInputs(
  { origins, keys }: { readonly origins: Origins; readonly keys: Keys },
  operation: RunOperation,
  resultOf: ResultOf,
): Promise<MountInputs | undefined> {
  const files = new Map<string, string>();
  const parts: string[] = [];
  for (const mount of operation.mounts) {
    if (!('from' in mount) || mount.from === undefined) continue;
    const snapshot = origins.snapshot(mount.from, resultOf);
    if (snapshot !== undefined) {
      parts.push(keys.layersOf(snapshot));
      continue;
    }
    const own = await filesBelow(await origins.source(mount.from, resultOf), mount.source, keys);
    parts.push(keys.digest([...own]));
    for (const [path, digest] of own) files.set(path, digest);
  }
  return parts.length === 0 ? undefined : { digest: keys.digest(parts), files };
}

async function filesBelow(source: FileSource, path: string, keys: Keys): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { entries } of await source.match(literal(path), [])) {
    for (const entry of entries) {
      const { type, mode, uid, gid, linkName } = entry;
      const content = type === 'file' ? await entry.digest() : linkName;
      found.set(
        entry.path,
        keys.digest([type, mode, uid, gid, content]).slice('sha256:'.length, 'sha256:'.length + 16),
      );
    }
  }
  return found;
}

/** A pattern that matches the path alone. */
export function literal(path: string): string {
  return path.replaceAll(/[\\*?[]/g, '\\$&');
}
