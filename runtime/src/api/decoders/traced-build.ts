// `POST /build?version=2`: the classic call's query as attributes of BuildKit's Dockerfile frontend.

import { EngineError } from '../../spec/errors.ts';
import type { Call, TracedBuild } from '../call.ts';
import { classicRequest } from './build.ts';

/** @throws EngineError as for a classic build */
export function tracedRequest(call: Call): TracedBuild {
  const { query, signal, body } = call;
  const remote = query.text('remote');
  const session = query.text('session');
  if (remote === 'client-session' && session === '') {
    throw new EngineError('invalidParameter', 'remote=client-session needs a session');
  }
  const request = classicRequest(call);
  const { hostConfig, buildArgs, labels } = request;
  const attributes = new Map<string, string>();
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') attributes.set(name, value);
  };
  set('filename', request.dockerfile);
  set('target', request.target);
  set('platform', request.platform);
  set('force-network-mode', request.network === 'default' ? '' : request.network);
  set('image-resolve-mode', request.pull ? 'pull' : '');
  set('add-hosts', hostConfig.ExtraHosts?.map((entry) => entry.replace(':', '=')).join(','));
  set('shm-size', hostConfig.ShmSize === undefined ? '' : String(hostConfig.ShmSize));
  set('ulimit', hostConfig.Ulimits?.map(({ Name, Soft, Hard }) => `${Name}=${Soft}:${Hard}`).join(','));
  set('cgroup-parent', hostConfig.CgroupParent ?? '');
  if (remote !== 'client-session') set('context', remote);
  if (request.noCache) attributes.set('no-cache', '');
  for (const [name, value] of Object.entries(buildArgs)) attributes.set(`build-arg:${name}`, value);
  for (const [name, value] of Object.entries(labels)) attributes.set(`label:${name}`, value);
  return {
    ref: query.text('buildid') || crypto.randomUUID(),
    session,
    attributes,
    names: request.tags,
    auth: request.auth,
    ...(remote === '' ? { context: body } : {}),
    signal,
  };
}
