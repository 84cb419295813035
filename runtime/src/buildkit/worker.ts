// What clients are told of who builds here.

import type { System } from '../spec/engine/system.ts';

/** The version of BuildKit whose calls are served; clients choose features by it. */
const speaks = 'v0.16.0';

export function buildkitVersion(version: string) {
  return { package: 'coracle', version: speaks, revision: version };
}

export interface WorkerFacts {
  readonly version: string;
  readonly system: Pick<System, 'version'>;
}

export async function worker({ version, system }: WorkerFacts) {
  const { Os, Arch } = await system.version();
  return {
    id: 'coracle',
    labels: new Map([
      ['org.mobyproject.buildkit.worker.executor', 'coracle'],
      // By this one buildx knows that there are exporters and caches.
      ['org.mobyproject.buildkit.worker.snapshotter', 'overlayfs'],
    ]),
    platforms: [{ architecture: Arch ?? '', os: Os ?? '', variant: '' }],
    buildkitVersion: buildkitVersion(version),
  };
}
