// The init that `Init: true` puts in front of a container's command. It is mounted into foreign roots, so it must be
// statically linked.

import { firstExisting } from './first-existing.ts';

/** Where distributions put the usual ones. */
const usual = [
  '/usr/bin/docker-init',
  '/usr/libexec/docker/docker-init',
  '/usr/local/bin/docker-init',
  '/usr/bin/tini-static',
  '/usr/bin/catatonit',
  '/usr/libexec/podman/catatonit',
  '/usr/libexec/catatonit/catatonit',
];

/** The first init that exists: the caller's, then the usual ones. */
export function existingInit(paths: readonly string[] = []): string | undefined {
  return firstExisting([...paths, ...usual]);
}
