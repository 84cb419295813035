// Inspect: all that is known about a container, in Docker's shape.

import type { ContainerInspectResponse, ContainerState, HostConfig } from '../spec/api/containers.ts';
import type { Container } from './container.ts';
import { networkFilePath } from './sandbox-spec.ts';
import { isWasmRuntime } from '../runners/wasm/runtime-name.ts';
import { logOf } from './sandbox-spec.ts';
import { healthCommand } from './health.ts';
import { parseLink } from './links.ts';
import { showMounts } from './mount-view.ts';
import { showNetworkSettings } from './network-view.ts';
import { type Room, rootSpec } from './room.ts';
import { sizesOf } from './sizes.ts';
import { flatten } from './state.ts';

/** @throws EngineError notFound */
export async function inspect(
  room: Room,
  ref: string,
  options: { readonly size: boolean },
): Promise<ContainerInspectResponse> {
  const container = room.store.find(ref);
  const sizes = options.size ? await sizesOf(room, container) : {};
  const { record } = container;
  const { driver, directories } = room.runner.describeRoot(await rootSpec(room, container));
  const [path = '', ...args] = record.argv;
  const log = logOf(room, container);
  const file = (name: 'hosts' | 'hostname' | 'resolv.conf'): string =>
    record.everStarted || record.state.status !== 'created' || hasFailed(container)
      ? networkFilePath(room, record.id, name)
      : '';
  return {
    Id: record.id,
    Created: record.created,
    Path: path,
    Args: args,
    State: showState(container),
    Image: record.imageId,
    ResolvConfPath: file('resolv.conf'),
    HostnamePath: file('hostname'),
    HostsPath: file('hosts'),
    LogPath: log.driver === 'json-file' && file('hosts') !== '' ? log.path : '',
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: driver,
    Platform: isWasmRuntime(record.hostConfig.Runtime ?? '') ? 'wasi' : 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: container.execIds.size === 0 ? null : [...container.execIds],
    HostConfig: showHostConfig(room, container),
    GraphDriver: { Name: driver, Data: directories },
    ...sizes,
    Mounts: showMounts(record.mounts),
    Config: record.config,
    NetworkSettings: showNetworkSettings(record),
  };
}

function hasFailed(container: Container): boolean {
  return container.state.status === 'created' && container.state.error !== '';
}

export function showStatus(container: Container): string {
  return container.removing ? 'removing' : container.state.status;
}

function showState(container: Container): ContainerState {
  const state = flatten(container.state);
  const status = showStatus(container);
  const { health } = container.record;
  return {
    Status: status,
    Running: state.running,
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(health === undefined || healthCommand(container.record.config) === undefined
      ? {}
      : {
          Health: {
            Status: health.Status ?? 'starting',
            FailingStreak: health.FailingStreak ?? 0,
            Log: health.Log ?? [],
          },
        }),
  };
}

/** Links are shown with both names in full. */
function showHostConfig(room: Room, container: Container): HostConfig {
  const { hostConfig, name } = container.record;
  if (hostConfig.Links === undefined || hostConfig.Links === null) return hostConfig;
  const links = hostConfig.Links.map((text) => {
    const { ref, alias } = parseLink(text);
    return `/${nameOf(room, ref)}:/${name}/${alias}`;
  });
  return { ...hostConfig, Links: links };
}

function nameOf(room: Room, ref: string): string {
  try {
    return room.store.find(ref).name;
  } catch {
    // Removed since: what was asked for is all that is known.
    return ref;
  }
}
