// The mounts of a container as the runner wants them: volumes mounted on the host, bind sources looked at again.

import type { SandboxMount } from '../runners/runner.ts';
import { EngineError } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { invalid } from './errors.ts';
import { makeBindSource } from './mount-plan.ts';
import type { MountRecord } from './record.ts';
import { quietly, type Room } from './room.ts';

/**
 * Mounts the container's volumes under its own id and lists all its mounts, parents before children.
 * @throws EngineError when a source is gone; `releaseMounts` undoes what was done until then
 */
export async function sandboxMounts(room: Room, container: Container): Promise<SandboxMount[]> {
  const mounts: SandboxMount[] = [];
  for (const mount of container.record.mounts) {
    const source = await hostSource(room, container, mount);
    mounts.push({
      type: mount.type === 'tmpfs' ? 'tmpfs' : 'bind',
      source,
      target: mount.destination,
      ...accessOf(mount),
      ...(mount.propagation === '' ? {} : { propagation: mount.propagation }),
      ...(mount.recursive === undefined ? {} : { recursive: mount.recursive }),
    });
  }
  return mounts.sort((a, b) => depth(a.target) - depth(b.target));
}

/** How deep read-only goes is the runner's choice unless the user made it. */
function accessOf(mount: MountRecord): Pick<SandboxMount, 'readOnly' | 'options'> {
  if (mount.readOnly && mount.readOnlyDepth !== undefined) {
    return { readOnly: false, options: [mount.readOnlyDepth === 'all' ? 'rro' : 'ro'] };
  }
  return { readOnly: mount.readOnly, ...(mount.options === undefined ? {} : { options: mount.options }) };
}

function depth(path: string): number {
  return path.split('/').length;
}

async function hostSource(room: Room, container: Container, mount: MountRecord): Promise<string> {
  if (mount.type === 'tmpfs') return '';
  if (mount.type === 'volume') {
    const path = await room.volumes.mount(mount.name ?? '', container.id);
    publishVolume(room, container, mount, 'mount');
    return mount.subpath === undefined ? path : await below(room, path, mount.subpath);
  }
  if ((await room.host.files.stat(mount.source)) === undefined) {
    if (mount.createSource !== true) {
      throw invalid(`invalid mount config for type "bind": bind source path does not exist: ${mount.source}`);
    }
    await makeBindSource(room, mount.source);
  }
  return mount.source;
}

/** A subpath of a volume, links resolved, which must not lead out of it. */
async function below(room: Room, volume: string, subpath: string): Promise<string> {
  const root = await room.host.files.realPath(volume);
  const path = await room.host.files.realPath(`${root}/${subpath}`).catch((cause: unknown) => {
    throw new EngineError('system', `cannot access path ${volume}/${subpath}: no such file or directory`, { cause });
  });
  if (path !== root && !path.startsWith(`${root}/`)) {
    throw new EngineError('system', `cannot access path ${volume}/${subpath}: it leads out of the volume`);
  }
  return path;
}

/** Gives the volumes back. Never rejects. */
export async function releaseMounts(room: Room, container: Container): Promise<void> {
  for (const mount of container.record.mounts) {
    const { name } = mount;
    if (mount.type !== 'volume' || name === undefined) continue;
    await quietly(room, 'unmount volume', async () => {
      await room.volumes.unmount(name, container.id);
      publishVolume(room, container, mount, 'unmount');
    });
  }
}

function publishVolume(room: Room, container: Container, mount: MountRecord, action: 'mount' | 'unmount'): void {
  const place = {
    destination: mount.destination,
    'read/write': String(!mount.readOnly),
    propagation: mount.propagation,
  };
  room.events.publish('volume', action, {
    id: mount.name ?? '',
    attributes: {
      container: container.id,
      driver: mount.driver ?? 'local',
      ...(action === 'mount' ? place : {}),
    },
  });
}
