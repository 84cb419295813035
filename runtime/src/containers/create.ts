// Create: a request becomes a record and an empty writable layer. The name is taken as soon as the image is known (dockerd's
// order); whatever fails afterwards gives it back and leaves nothing.

import type { CreateRequest } from '../spec/engine/containers.ts';
import { checkContainerName, randomId } from '../spec/ids.ts';
import type { HostConfig } from '../spec/api/containers.ts';
import type { ResolvedImage } from '../spec/engine/images.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import { formatPlatform, parsePlatform, platformDistance } from '../spec/platform.ts';
import { Container } from './container.ts';
import { copyUp } from './copy-up.ts';
import { checkRequest } from './create-checks.ts';
import { invalid } from './errors.ts';
import { completeHostConfig } from './host-config-defaults.ts';
import { parseLink } from './links.ts';
import { compileNamePatterns } from './log-attributes.ts';
import { otherContainer } from './other-container.ts';
import { argvOf, mergeConfig } from './merge-config.ts';
import { planMounts } from './mount-plan.ts';
import { randomName } from './names.ts';
import { type ContainerRecord, recordSchema } from './record.ts';
import { findLender, lenderById, publish, quietly, type Room, timestamp } from './room.ts';

/**
 * @throws EngineError invalidParameter, notFound `No such image: x:latest`, conflict for a name in use, and what the
 * runner, networks and volumes refuse
 */
export async function create(
  room: Room,
  request: CreateRequest,
): Promise<{ readonly Id: string; readonly Warnings: readonly string[] }> {
  if (Object.keys(request.config).length === 0) {
    throw invalid('config cannot be empty in order to create a container');
  }
  checkRequest(request.config, request.hostConfig);
  await compileNamePatterns(request.hostConfig.LogConfig?.Config ?? {});
  const image = await room.images.resolve(request.config.Image ?? '');
  checkPlatform(request, image);
  await room.images.admit(image.id, request.config.Image ?? '');
  await using undo = new AsyncDisposableStack();
  const id = randomId((size) => room.host.random(size));
  const name = takeName(room, request.name, id);
  undo.defer(() => room.store.releaseName(name, id));
  const runtime = room.runner.chooseRuntime(request.hostConfig.Runtime ?? '', {
    isWasm: image.isWasm,
    annotations: request.hostConfig.Annotations ?? {},
  });
  const asked = { ...request.hostConfig, Runtime: runtime };
  const hostConfig = shareByIds(room, completeHostConfig(asked, room.defaults));
  const merged = mergeConfig(request.config, image.config.config ?? {}, id);
  const hostname = await hostnameOf(room, request, hostConfig);
  const config = hostname === undefined ? merged : { ...merged, Hostname: hostname };
  const argv = argvOf(config);
  checkLinks(room, hostConfig);
  const [warnings, endpoints, layers] = await Promise.all([
    room.runner.check(config, hostConfig),
    checkNetworks(room, request, hostConfig),
    room.images.layers(image.id),
  ]);
  const { mounts, made } = await planMounts(room, config, hostConfig);
  if (made.length > 0) undo.defer(() => quietly(room, 'remove volumes', () => room.volumes.removeAnonymous(made)));
  const record: ContainerRecord = {
    schema: recordSchema,
    id,
    name,
    created: timestamp(room),
    imageId: image.id,
    argv,
    config,
    hostConfig,
    endpoints,
    mounts,
    state: { status: 'created', exitCode: 0, error: '' },
    restartCount: 0,
    everStarted: false,
    stoppedByUser: false,
  };
  const container = new Container(record);
  using _ = room.store.make(container);
  const root = room.store.rootOf(container, layers);
  undo.defer(() => quietly(room, 'remove half-made container', () => room.runner.removeRoot(root)));
  await room.host.files.makeDirectory(root.scratch, { mode: 0o710 });
  await room.runner.createRoot(root);
  if (mounts.some((mount) => mount.type === 'volume')) await copyUp(room, root, mounts);
  // One that would be removed after a loss of power need not survive it, unless that would leave its volumes.
  await room.store.save(container, { durable: hostConfig.AutoRemove !== true || made.length > 0 });
  room.store.add(container);
  undo.move();
  publish(room, container, 'create');
  return { Id: id, Warnings: warnings };
}

/** Clients that are told so pull it for the other platform. @throws EngineError notFound in docker's words */
function checkPlatform({ platform, config }: CreateRequest, { config: own }: ResolvedImage): void {
  if (platform === undefined || platform === '') return;
  const wanted = parsePlatform(platform, { os: 'linux', architecture: own.architecture });
  const has = { os: own.os === '' ? 'linux' : own.os, architecture: own.architecture };
  if (platformDistance(wanted, own.variant === undefined ? has : { ...has, variant: own.variant }) !== undefined)
    return;
  throw new EngineError(
    'notFound',
    `image with reference ${config.Image ?? ''} was found but its platform (${formatPlatform(has)}) does not match the specified platform (${formatPlatform(wanted)})`,
  );
}

function takeName(room: Room, asked: string | undefined, id: string): string {
  const name = (asked ?? '').replace(/^\//, '');
  if (asked === undefined || asked === '') {
    const free = randomName(
      (size) => room.host.random(size),
      (candidate) => room.store.isNameTaken(candidate),
    );
    room.store.reserveName(free, id);
    return free;
  }
  checkContainerName(name);
  room.store.reserveName(name, id);
  return name;
}

/** `container:name` is kept by id, so that a rename does not break it. A container that is missing is an error at start. */
function shareByIds(room: Room, hostConfig: HostConfig): HostConfig {
  const byId = (mode: string | null | undefined): string => {
    if (mode?.startsWith('container:') !== true) return mode ?? '';
    try {
      return `container:${findLender(room, mode.slice('container:'.length)).id}`;
    } catch (error) {
      if (isKind(error, 'notFound', 'invalidParameter')) return mode;
      throw error;
    }
  };
  return {
    ...hostConfig,
    NetworkMode: byId(hostConfig.NetworkMode),
    IpcMode: byId(hostConfig.IpcMode),
    PidMode: byId(hostConfig.PidMode),
  };
}

/** In the host's network or UTS namespace it has the host's name, in another container's the other's. */
async function hostnameOf(room: Room, request: CreateRequest, hostConfig: HostConfig): Promise<string | undefined> {
  const mode = hostConfig.NetworkMode ?? '';
  if (mode.startsWith('container:')) {
    return lenderById(room, mode.slice('container:'.length))?.record.config.Hostname ?? undefined;
  }
  if ((request.config.Hostname ?? '') !== '' || (mode !== 'host' && hostConfig.UTSMode !== 'host')) return undefined;
  return room.host.hostname();
}

function checkLinks(room: Room, hostConfig: HostConfig): void {
  for (const link of hostConfig.Links ?? []) {
    const { ref } = parseLink(link);
    otherContainer(room, ref, `could not get container for ${ref}: `);
  }
}

async function checkNetworks(
  room: Room,
  request: CreateRequest,
  hostConfig: HostConfig,
): Promise<ContainerRecord['endpoints']> {
  const mode = hostConfig.NetworkMode ?? 'bridge';
  if (mode.startsWith('container:')) return {};
  const endpoints = request.networkingConfig.EndpointsConfig ?? {};
  const network = request.config.NetworkDisabled === true ? 'none' : mode === 'default' ? 'bridge' : mode;
  try {
    return await room.networks.check({ mode: network, endpoints, portBindings: hostConfig.PortBindings ?? {} });
  } catch (error) {
    // A network that is missing is an error of the start: clients take a 404 here for a missing image.
    if (!isKind(error, 'notFound')) throw error;
    return Object.keys(endpoints).length === 0 ? { [network]: {} } : endpoints;
  }
}
