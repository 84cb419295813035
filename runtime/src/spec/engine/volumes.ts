// What the engine offers about volumes, as the API calls it, and what the containers room asks of them.

import type { Volume, VolumeCreateRequest, VolumeListResponse } from '../api/volumes.ts';
import type { Filters } from '../filters.ts';

export interface Volumes {
  create(request: VolumeCreateRequest): Promise<Volume>;
  list(filters: Filters): Promise<VolumeListResponse>;
  inspect(name: string): Promise<Volume>;
  remove(name: string, options: { readonly force: boolean }): Promise<void>;
  prune(filters: Filters): Promise<{ readonly VolumesDeleted: readonly string[]; readonly SpaceReclaimed: number }>;
}

/** What the containers room asks of volumes; the engine passes `volumes` in. */
export interface VolumeSource {
  /** Makes it when it is not there. An empty name makes an anonymous one (64 hex, label com.docker.volume.anonymous). */
  ensure(
    request: VolumeCreateRequest,
  ): Promise<{ readonly name: string; readonly driver: string; readonly created: boolean }>;
  /** The host path of the volume's data, mounted when its options ask for it; counted per user id. */
  mount(name: string, userId: string): Promise<string>;
  unmount(name: string, userId: string): Promise<void>;
  /** Without mounting. @throws notFound `get x: no such volume` */
  path(name: string): Promise<string>;
  /** True until something was first copied up into it; set by `markFilled`. */
  isFresh(name: string): Promise<boolean>;
  markFilled(name: string): Promise<void>;
  /** Removes anonymous volumes with their container; a named or used one is left alone. */
  removeAnonymous(names: readonly string[]): Promise<void>;
}

/** Which containers use a volume, running or not; asked of containers by volumes. @returns container ids */
export type VolumeUsers = (volumeName: string) => readonly string[];
