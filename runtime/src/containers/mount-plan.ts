// The mounts of a new container: volumes-from, binds, mounts, tmpfs and the image's volumes joined into one list, no two at
// the same place. Volumes are made here; those of a create that fails later are given back.

import type { ContainerConfig, HostConfig } from '../spec/api/containers.ts';
import { EngineError, messageOf } from '../spec/errors.ts';
import { invalid } from './errors.ts';
import { type MountSpec, parseBind, parseMount, parseTmpfs, parseVolumesFrom, volumeSpec } from './mount-spec.ts';
import { otherContainer } from './other-container.ts';
import type { MountRecord } from './record.ts';
import type { Room } from './room.ts';

export interface MountPlan {
  readonly mounts: readonly MountRecord[];
  /** Anonymous volumes made for this container. */
  readonly made: readonly string[];
}

/** @throws EngineError invalidParameter for bad specifications, duplicates and missing sources */
export async function planMounts(room: Room, config: ContainerConfig, hostConfig: HostConfig): Promise<MountPlan> {
  const specs = parseAll(config, hostConfig);
  const inherited = inheritMounts(room, hostConfig);
  if (specs.length === 0 && inherited.length === 0) return { mounts: [], made: [] };
  const taken = new Set(specs.map((spec) => spec.destination));
  const mounts = inherited.filter((mount) => !taken.has(mount.destination));
  const occupied = new Set(mounts.map((mount) => mount.destination));
  const made: string[] = [];
  try {
    for (const spec of specs) {
      if (spec.fromImage && occupied.has(spec.destination)) continue;
      await checkSource(room, spec);
      const mount = await realise(room, spec);
      if (mount.anonymous === true && mount.name !== undefined) made.push(mount.name);
      mounts.push(mount);
    }
  } catch (error) {
    await room.volumes.removeAnonymous(made);
    throw error;
  }
  return { mounts, made };
}

interface PlannedSpec extends MountSpec {
  readonly fromImage: boolean;
  readonly hidden: boolean;
}

function parseAll(config: ContainerConfig, hostConfig: HostConfig): PlannedSpec[] {
  const driver = hostConfig.VolumeDriver ?? '';
  const asked = [
    ...(hostConfig.Binds ?? []).map((text) => ({ ...parseBind(text, driver), fromImage: false, hidden: false })),
    ...(hostConfig.Mounts ?? []).map((mount) => ({ ...parseMount(mount), fromImage: false, hidden: false })),
    ...parseTmpfs(hostConfig).map((spec) => ({ ...spec, fromImage: false, hidden: true })),
  ];
  const seen = new Set<string>();
  for (const spec of asked) {
    if (seen.has(spec.destination)) throw invalid(`Duplicate mount point: ${spec.destination}`);
    seen.add(spec.destination);
  }
  for (const path of Object.keys(config.Volumes ?? {})) {
    const spec = volumeSpec(path, driver);
    if (seen.has(spec.destination)) continue;
    seen.add(spec.destination);
    asked.push({ ...spec, fromImage: true, hidden: false });
  }
  return asked;
}

function inheritMounts(room: Room, hostConfig: HostConfig): MountRecord[] {
  const mounts = new Map<string, MountRecord>();
  for (const text of hostConfig.VolumesFrom ?? []) {
    const { ref, readOnly } = parseVolumesFrom(text);
    for (const mount of otherContainer(room, ref).record.mounts) {
      if (mount.type === 'tmpfs') continue;
      const access = readOnly === undefined ? {} : { readOnly: mount.readOnly || readOnly };
      // The volume is the other container's: it does not go with this one.
      mounts.set(mount.destination, { ...mount, ...access, anonymous: false, noCopy: true });
    }
  }
  return [...mounts.values()];
}

async function checkSource(room: Room, spec: MountSpec): Promise<void> {
  if (spec.type !== 'bind') return;
  if ((await room.host.files.stat(spec.source)) !== undefined) return;
  if (!spec.createSource) {
    throw invalid(`invalid mount config for type "bind": bind source path does not exist: ${spec.source}`);
  }
  await makeBindSource(room, spec.source);
}

/** A folder of the host that a bind names and nobody has made. @throws EngineError system in Docker's words */
export async function makeBindSource(room: Room, path: string): Promise<void> {
  try {
    await room.host.files.makeDirectory(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    const message = `error while creating mount source path '${path}': ${messageOf(error)}`;
    throw new EngineError('system', message, { cause: error });
  }
}

async function realise(room: Room, spec: PlannedSpec): Promise<MountRecord> {
  const base = {
    type: spec.type,
    destination: spec.destination,
    readOnly: spec.readOnly,
    source: spec.source,
    mode: spec.mode,
    propagation: spec.propagation,
    ...(spec.options.length === 0 ? {} : { options: spec.options }),
    ...(spec.recursive ? {} : { recursive: false }),
    ...(spec.readOnlyDepth === undefined ? {} : { readOnlyDepth: spec.readOnlyDepth }),
    ...(spec.createSource ? { createSource: true } : {}),
    ...(spec.hidden ? { hidden: true } : {}),
  };
  if (spec.type !== 'volume') return base;
  const volume = await room.volumes.ensure({
    Name: spec.source,
    ...(spec.driver === '' ? {} : { Driver: spec.driver }),
    DriverOpts: spec.driverOptions,
    Labels: spec.labels,
  });
  return {
    ...base,
    source: await room.volumes.path(volume.name),
    name: volume.name,
    driver: volume.driver,
    mode: spec.mode === '' && !spec.fromImage ? 'z' : spec.mode,
    ...(spec.subpath === '' ? {} : { subpath: spec.subpath }),
    ...(spec.noCopy ? { noCopy: true } : {}),
    ...(spec.source === '' ? { anonymous: true } : {}),
  };
}
