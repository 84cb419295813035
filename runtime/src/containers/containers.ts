// The containers room: one file per verb, put together here. What other rooms need to know about containers is offered
// beside Docker's verbs.

import type { MountedRoot } from '../runners/runner.ts';
import type { Containers } from '../spec/engine/containers.ts';
import type { MemberLookup } from '../spec/engine/networks.ts';
import { readArchive, statPath, writeArchive } from './archive.ts';
import { attach } from './attach.ts';
import { changes } from './changes.ts';
import { commit } from './commit.ts';
import { create } from './create.ts';
import type { ContainersDeps } from './deps.ts';
import { execCreate, execInspect, execResize } from './exec.ts';
import { execStart } from './exec-start.ts';
import { exportRoot } from './export.ts';
import { openContainerFiles, openImageFiles, type OpenedFiles } from './file-roots.ts';
import { inspect } from './inspect.ts';
import { kill } from './kill.ts';
import { layerOf, type LayerOptions } from './layer.ts';
import { list } from './list.ts';
import { logs } from './logs.ts';
import { createMemberLookup } from './member-lookup.ts';
import { pause, unpause } from './pause.ts';
import { prune } from './prune.ts';
import { KeyedQueue } from '../spec/queue.ts';
import { recover, startWanted } from './recover.ts';
import { remove } from './remove.ts';
import { rename } from './rename.ts';
import { resize } from './resize.ts';
import { restart } from './restart.ts';
import { type Room, rootSpec } from './room.ts';
import { shutdown, type ShutdownOptions } from './shutdown.ts';
import { launch, start } from './start.ts';
import { stats } from './stats.ts';
import { stop } from './stop.ts';
import { ContainerStore } from './store.ts';
import { checkStore, type ContainersReport } from './store-check.ts';
import { top } from './top.ts';
import { update } from './update.ts';
import { wait } from './wait.ts';

export interface ContainersRoom extends Containers {
  /** Takes over what runs and clears away what is half-made. Call once, after networks and volumes are loaded. */
  recover(): Promise<void>;
  /** Starts what restart policies want up. Call once, after networks have been started. */
  startWanted(): Promise<void>;
  shutdown(options: ShutdownOptions): Promise<void>;
  /** Containers made from an image. */
  usersOfImage(imageId: string): readonly { readonly containerId: string; readonly running: boolean }[];
  /** Ids of containers, running or not, that use a volume. */
  usersOfVolume(name: string): readonly string[];
  readonly memberLookup: MemberLookup;
  /** Its containers, for a room whose own may share their namespaces. */
  readonly store: ContainerStore;
  /** The files of a container, in whatever state. @throws EngineError notFound */
  openFiles(ref: string): Promise<OpenedFiles>;
  /**
   * What a container that does not run has changed, as a layer tar with OCI whiteouts; undefined for nothing.
   * @param options.mountPoints absolute paths: left out where they are empty and of no image
   * @param options.latestNs no time in it is later
   * @throws EngineError notFound
   */
  openLayer(ref: string, options: LayerOptions): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The root of a container on the host, mounted until the disposal. @throws EngineError notFound */
  mountRoot(ref: string): Promise<MountedRoot>;
  /** The files of an image, not to be changed. @throws EngineError notFound */
  openImageFiles(ref: string): Promise<OpenedFiles>;
  counts(): ContainerCounts;
  /** True while a container runs or waits for its restart policy: no reason for an idle daemon to leave. */
  isBusy(): boolean;
  /** What does not hold together on disk. */
  check(): Promise<ContainersReport>;
}

export interface ContainerCounts {
  readonly total: number;
  readonly running: number;
  readonly paused: number;
  readonly stopped: number;
}

/** Reads the records; nothing is touched that runs until `recover`. */
export async function createContainers(deps: ContainersDeps): Promise<ContainersRoom> {
  const store = new ContainerStore(deps.host.files, deps.directory, deps.logger, deps.isEphemeral !== true);
  await store.load();
  const room: Room = {
    ...deps,
    store,
    queue: new KeyedQueue(),
    execs: new Map(),
    closing: new AbortController(),
    relaunch: (container) => launch(room, container),
  };
  return { ...verbsOf(room), ...officesOf(room) };
}

function verbsOf(room: Room): Containers {
  return {
    create: (request) => create(room, request),
    list: (query) => list(room, query),
    inspect: (ref, options) => inspect(room, ref, options),
    start: (ref, options) => start(room, ref, options),
    stop: (ref, options) => stop(room, ref, options),
    restart: (ref, options) => restart(room, ref, options),
    kill: (ref, options) => kill(room, ref, options),
    pause: async (ref) => pause(room, ref),
    unpause: async (ref) => unpause(room, ref),
    rename: (ref, name) => rename(room, ref, name),
    update: (ref, hostConfig) => update(room, ref, hostConfig),
    remove: (ref, options) => remove(room, ref, options),
    wait: (ref, condition, options) => wait(room, ref, condition, options),
    top: (ref, psArgs) => top(room, ref, psArgs),
    stats: (ref, options) => stats(room, ref, options),
    changes: (ref) => changes(room, ref),
    export: (ref, options) => exportRoot(room, ref, options),
    attach: (ref, options) => attach(room, ref, options),
    logs: (ref, options) => logs(room, ref, options),
    resize: (ref, rows, columns) => resize(room, ref, rows, columns),
    commit: (ref, options) => commit(room, ref, options),
    prune: (filters) => prune(room, filters),
    statPath: (ref, path) => statPath(room, ref, path),
    readArchive: (ref, path, options) => readArchive(room, ref, path, options),
    writeArchive: (ref, path, tar, options) => writeArchive(room, ref, path, tar, options),
    execCreate: (ref, request) => execCreate(room, ref, request),
    execInspect: async (execId) => execInspect(room, execId),
    execStart: (execId, options) => execStart(room, execId, options),
    execResize: (execId, rows, columns) => execResize(room, execId, rows, columns),
  };
}

function officesOf(room: Room): Omit<ContainersRoom, keyof Containers> {
  const { store } = room;
  return {
    recover: () => recover(room),
    startWanted: () => startWanted(room),
    shutdown: (options) => shutdown(room, options),
    usersOfImage: (imageId) =>
      store
        .users()
        .filter((container) => container.record.imageId === imageId)
        .map((container) => ({ containerId: container.id, running: container.isRunning })),
    usersOfVolume: (name) =>
      store
        .users()
        .filter((container) => container.record.mounts.some((mount) => mount.name === name))
        .map((container) => container.id),
    memberLookup: createMemberLookup(room),
    store,
    openFiles: (ref) => openContainerFiles(room, ref),
    openImageFiles: (ref) => openImageFiles(room, ref),
    openLayer: async (ref, options) => layerOf(room, store.find(ref), options),
    mountRoot: async (ref) =>
      room.runner.mountRoot(await rootSpec(room, store.find(ref)), { isVolatile: room.isEphemeral === true }),
    counts: () => countsOf(store),
    isBusy: () => store.all().some((container) => container.isRunning),
    check: () => checkStore(room),
  };
}

function countsOf(store: ContainerStore): ContainerCounts {
  const all = store.all();
  const paused = all.filter((container) => container.state.status === 'paused').length;
  const running = all.filter((container) => container.isRunning).length - paused;
  return { total: all.length, running, paused, stopped: all.length - running - paused };
}
