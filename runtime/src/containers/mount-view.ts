// A container's mounts as inspect and list show them.

import type { MountPoint } from '../spec/api/containers.ts';
import type { MountRecord } from './record.ts';

export function showMounts(mounts: readonly MountRecord[]): readonly MountPoint[] {
  return mounts.filter((mount) => mount.hidden !== true).map(showMount);
}

function showMount(mount: MountRecord): MountPoint {
  return {
    Type: mount.type,
    ...(mount.name === undefined ? {} : { Name: mount.name }),
    Source: mount.source,
    Destination: mount.destination,
    ...(mount.driver === undefined ? {} : { Driver: mount.driver }),
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: mount.propagation,
  };
}
