// Which namespaces a container gets, shares with another container or shares with the host, from PidMode, IpcMode, UTSMode,
// UsernsMode and CgroupnsMode.

import { EngineError } from '../../spec/errors.ts';
import type { HostConfig } from '../../spec/api/containers.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import type { NamespaceType } from './oci-runtime-spec.ts';

export interface NamespaceRequest {
  readonly hostConfig: HostConfig;
  readonly cgroups: CgroupLayout;
  readonly network: { readonly netns: string } | 'host';
  readonly joinPid?: number | undefined;
  readonly joinIpcPid?: number | undefined;
}

export interface Namespace {
  readonly type: NamespaceType;
  readonly path?: string;
}

/** The namespaces list of the OCI document; what is missing there is the host's. */
export function namespacesOf(request: NamespaceRequest): readonly Namespace[] {
  const { hostConfig, network, joinPid, joinIpcPid } = request;
  const list: Namespace[] = [{ type: 'mount' }];
  if (network !== 'host') list.push({ type: 'network', path: network.netns });
  if (hostConfig.UTSMode !== 'host') list.push({ type: 'uts' });
  if (joinPid !== undefined) list.push({ type: 'pid', path: `/proc/${joinPid}/ns/pid` });
  else if (hostConfig.PidMode !== 'host') list.push({ type: 'pid' });
  if (joinIpcPid !== undefined) list.push({ type: 'ipc', path: `/proc/${joinIpcPid}/ns/ipc` });
  else if (hostConfig.IpcMode !== 'host') list.push({ type: 'ipc' });
  if (cgroupNamespace(hostConfig, request.cgroups) === 'private') list.push({ type: 'cgroup' });
  return list;
}

/** CgroupnsMode, or Docker's default: private on version 2, the host's on version 1. */
export function cgroupNamespace(hostConfig: HostConfig, cgroups: CgroupLayout): 'private' | 'host' {
  if (hostConfig.CgroupnsMode) return hostConfig.CgroupnsMode === 'private' ? 'private' : 'host';
  return cgroups.mode === 'v2' ? 'private' : 'host';
}

/** True when the container has process 1 of its own, so that an init makes sense. */
export function hasOwnPidNamespace(hostConfig: HostConfig): boolean {
  return !hostConfig.PidMode;
}

/** @throws EngineError invalidParameter naming the mode */
export function checkModes(hostConfig: HostConfig): void {
  if (!/^(|host|container:.+)$/.test(hostConfig.PidMode ?? '')) throw invalid('PID', hostConfig.PidMode);
  if (!/^(|private|host|shareable|none|container:.+)$/.test(hostConfig.IpcMode ?? '')) {
    throw invalid('IPC', hostConfig.IpcMode);
  }
  if (!/^(|host)$/.test(hostConfig.UTSMode ?? '')) throw invalid('UTS', hostConfig.UTSMode);
  if (!/^(|host)$/.test(hostConfig.UsernsMode ?? '')) throw invalid('USER', hostConfig.UsernsMode);
  if (!/^(|host|private)$/.test(hostConfig.CgroupnsMode ?? '')) {
    throw invalid('cgroup namespace', hostConfig.CgroupnsMode);
  }
}

function invalid(kind: string, mode: string | null | undefined): EngineError {
  return new EngineError('invalidParameter', `invalid ${kind} mode: ${mode ?? ''}`);
}
