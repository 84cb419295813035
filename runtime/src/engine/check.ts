// The store report of `coracle system check`: every noun's own findings, in one.

import { noFilters } from '../spec/filters.ts';
import type { StoreReport } from '../spec/engine/system.ts';
import type { Volumes } from '../spec/engine/volumes.ts';
import type { Files } from '../host/host.ts';

type Part<Counted> = { readonly problems: StoreReport['problems']; readonly checked: Counted };

export interface CheckSources {
  readonly files: Files;
  readonly images: {
    check(): Promise<Part<{ readonly blobs: number; readonly layers: number; readonly images: number }>>;
  };
  readonly containers: { check(): Promise<Part<{ readonly containers: number }>> };
  readonly networks: { readonly count: number };
  readonly volumes: Pick<Volumes, 'list'>;
}

export async function checkEverything(sources: CheckSources): Promise<StoreReport> {
  const images = await sources.images.check();
  const containers = await sources.containers.check();
  const volumes = await checkVolumes(sources);
  return {
    problems: [...images.problems, ...containers.problems, ...volumes.problems],
    checked: {
      ...images.checked,
      ...containers.checked,
      ...volumes.checked,
      networks: sources.networks.count,
    },
  };
}

async function checkVolumes({ files, volumes }: CheckSources): Promise<Part<{ readonly volumes: number }>> {
  const found = (await volumes.list(noFilters)).Volumes ?? [];
  const problems: StoreReport['problems'][number][] = [];
  for (const { Name, Mountpoint } of found) {
    const stat = await files.stat(Mountpoint ?? '/');
    if (stat?.kind === 'directory') continue;
    problems.push({ kind: 'volume', object: Name ?? '', message: 'its data directory is missing' });
  }
  return { problems, checked: { volumes: found.length } };
}
