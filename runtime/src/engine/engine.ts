// Introduces the rooms to each other and sees to their order: at the start what is on disk before what runs, at the end the
// other way round. No rule of Docker's lives here.

import type { BuildsRoom } from '../builder/builds.ts';
import { createContainers, type ContainersRoom } from '../containers/containers.ts';
import type { ContainersDeps } from '../containers/deps.ts';
import { createFiles } from '../files/files.ts';
import { createReadableFiles } from '../files/read-files.ts';
import { createEventLog, type EventLog } from '../events/events.ts';
import { EitherNetwork } from '../host/portable/network/either.ts';
import type { ImagesRoom } from '../images/deps.ts';
import { createImages } from '../images/images.ts';
import type { ApartNetwork } from '../networks/apart.ts';
import { createNetworks, type NetworkRoom, type NetworksOptions } from '../networks/create-networks.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import type { Engine, EventSink, System } from '../spec/engine/system.ts';
import type { Rootless } from '../spec/rootless.ts';
import type { MemberLookup } from '../spec/engine/networks.ts';
import { messageOf } from '../spec/errors.ts';
import { createVolumes, type LocalVolumes } from '../volumes/volumes.ts';
import { introduceBuilds } from './late-builds.ts';
import { checkEverything } from './check.ts';
import type { EngineOptions, LiveSettings } from './config.ts';
import { diskUsage } from './disk-usage.ts';
import { examine } from './doctor.ts';
import { readMachine, systemInfo, systemVersion, type Machine } from './info.ts';
import { isWasmOnly, type Made, makeRunner, platformsOf } from './runners.ts';

export interface EngineHandle {
  readonly engine: Engine;
  /** True while a container runs or waits for its restart: no reason to leave. */
  isBusy(): boolean;
  /** What the first answer need not wait for: starts what restart policies want up, faults of single containers are logged;
   * begins to compile the default system call filter. */
  startWanted(): Promise<void>;
  reload(live: LiveSettings): void;
  /** Stops containers (unless live-restore) and ends what runs inside the daemon. Idempotent. */
  shutdown(options: { readonly timeoutS: number }): Promise<void>;
}

interface Rooms {
  readonly events: EventLog;
  readonly registry: Registry;
  readonly images: ImagesRoom;
  readonly volumes: LocalVolumes;
  readonly networks: NetworkRoom;
  readonly containers: ContainersRoom;
  /** To be opened once the containers are known. */
  readonly openBuilds: () => Promise<BuildsRoom>;
}

/**
 * Builds the engine over what is on disk and takes over containers that run. Ready to serve when it resolves.
 * @throws EngineError when the machine or the store does not allow it
 */
export async function createEngine(options: EngineOptions): Promise<EngineHandle> {
  const { host, config } = options;
  let live = options.live;
  const makeFolder = (folder: string) =>
    host.files.makeDirectory(`${config.dataRoot}${folder}`, { recursive: true, mode: 0o711 });
  await Promise.all(['/containers', '/networks', '/volumes', '/tmp'].map(makeFolder));
  const isNew = (await host.files.stat(`${config.dataRoot}/engine-id`)) === undefined;
  const making = makeRunner(options);
  // Side by side: what waits for the disk, what waits for the kernel, and what keeps this thread busy.
  const [made, rooms, machine] = await Promise.all([
    making,
    createRooms(options, making, () => live),
    Promise.all([making, engineId(options)]).then(([{ facts }, id]) => readMachine(host, facts, id, config.dataRoot)),
    // Their folders come and go all the time: crowded together, each new file in them would cost the more.
    options.kernel.spread(`${config.dataRoot}/containers`),
  ]);
  const builds = await recover(rooms);
  if (isNew && isWasmOnly(options)) await bringShipped(options, rooms.images);
  const system = createSystem(options, { ...rooms, builds }, { machine, made }, () => live);
  let ending: Promise<void> | undefined;
  let isStarting = false;
  return {
    engine: {
      containers: rooms.containers,
      images: rooms.images,
      networks: rooms.networks.networks,
      volumes: rooms.volumes,
      builds,
      system,
      files: {
        containers: createFiles({ open: (ref) => rooms.containers.openFiles(ref) }),
        volumes: createFiles({ open: (name) => rooms.volumes.openFiles(name) }),
        images: createReadableFiles({ open: (ref) => rooms.containers.openImageFiles(ref) }),
      },
    },
    isBusy: () => isStarting || rooms.containers.isBusy() || builds.isBusy(),
    startWanted: async () => {
      made.warmUp();
      isStarting = true;
      await rooms.containers.startWanted().finally(() => (isStarting = false));
    },
    reload: (next) => (live = next),
    shutdown: (how) => (ending ??= shutdown({ ...rooms, builds }, { ...how, stopContainers: !config.liveRestore })),
  };
}

async function createRooms(options: EngineOptions, making: Promise<Made>, live: () => LiveSettings): Promise<Rooms> {
  const { host, kernel, logger, config, limitBuffers } = options;
  const { dataRoot, execRoot } = config;
  const platforms = platformsOf(options);
  const log = createEventLog(host.clock);
  const events = collecting(log, () =>
    images.collect().catch((error: unknown) => {
      logger.warn('unused layers were not removed', { error: messageOf(error) });
    }),
  );
  const registry = createRegistry({
    host,
    logger: logger.child({ room: 'registry' }),
    config: () => ({ insecureRegistries: live().insecureRegistries, mirrors: live().registryMirrors }),
    certificateFolders: config.certificateFolders ?? [],
  });
  const loadingImages = createImages({
    host,
    kernel,
    registry,
    events,
    logger: logger.child({ room: 'images' }),
    root: dataRoot,
    platform: platforms.platform,
    otherPlatforms: platforms.others,
    ...(options.shipped === undefined ? {} : { shipped: options.shipped }),
    usersOfImage: (id) => containers.usersOfImage(id),
    ...(options.openGate === undefined ? {} : { gate: options.openGate(() => live().trustPolicy) }),
    ...(limitBuffers === undefined ? {} : { limitBuffers }),
  });
  const volumes = createVolumes({
    host,
    kernel,
    events,
    logger: logger.child({ room: 'volumes' }),
    root: `${dataRoot}/volumes`,
    users: (name) => containers.usersOfVolume(name),
  });
  const networks = createNetworks({
    host,
    ...networkParts(options),
    portHolder: options.portHolder,
    subnetTurn: options.subnetTurn,
    holdBridge: options.holdBridge,
    members: lateLookup(() => containers.memberLookup),
    events,
    logger: logger.child({ room: 'networks' }),
    root: `${dataRoot}/networks`,
    dnsSocket: `${execRoot}/dns.sock`,
    bridge: config.bridge,
    bip: config.bip,
    dns: config.dns,
    ...(config.rootless === undefined ? {} : { apart: apartNetwork(config.rootless) }),
  });
  const [made, images] = await Promise.all([making, loadingImages, volumes.load(), networks.load()]);
  const sandboxes: Omit<ContainersDeps, 'images' | 'events' | 'directory'> = {
    host,
    runner: made.runner,
    networks: networks.containerNetworks,
    volumes,
    logger: logger.child({ room: 'containers' }),
    defaults: {
      runtime: made.runtimes.default,
      cgroupnsMode: made.facts.cgroupVersion === 2 ? 'private' : 'host',
      cgroupVersion: made.facts.cgroupVersion,
      logDriver: 'json-file',
      logOptions: {},
    },
    processTable: options.processTable,
  };
  const directory = `${dataRoot}/containers`;
  const containers: ContainersRoom = await createContainers({ ...sandboxes, images, events, directory });
  const builds = () =>
    introduceBuilds(options, { sandboxes: { ...sandboxes, lenders: containers.store }, images, events: log });
  return { events: log, registry, images, volumes, networks, containers, openBuilds: builds };
}

/** Networks of the kernel's, in user land, or both: containers of WebAssembly have theirs there. */
function networkParts(options: EngineOptions): Pick<NetworksOptions, 'kernel' | 'dnsSockets' | 'userLand'> {
  const { kernel, dnsSockets, wasm } = options;
  if (wasm === undefined) return { kernel, dnsSockets };
  const { networks } = wasm;
  if (isWasmOnly(options)) return { kernel: networks, dnsSockets: networks.names(), userLand: networks };
  return { kernel: new EitherNetwork(kernel, networks), dnsSockets: networks.names(dnsSockets) };
}

/** The containers' network of an ordinary user's engine. */
function apartNetwork({ holder, wayOut }: Rootless): ApartNetwork {
  return { tables: `/proc/${holder.pid}/net`, nameserver: wayOut.nameserver, mtu: wayOut.mtu };
}

/** An image may go when its last container has gone. */
function collecting(log: EventLog, collect: () => Promise<void>): EventSink {
  return {
    publish: (type, action, actor) => {
      log.publish(type, action, actor);
      if (type === 'container' && action === 'destroy') void collect();
    },
  };
}

/** Networks ask about containers, which are made after them. */
function lateLookup(lookup: () => MemberLookup): MemberLookup {
  return {
    resolve: (ref) => lookup().resolve(ref),
    endpointsChanged: (id, change) => lookup().endpointsChanged(id, change),
    endpoints: (id) => lookup().endpoints(id),
    usersOf: (network) => lookup().usersOf(network),
  };
}

async function recover({ images, volumes, networks, containers, openBuilds: open }: Rooms): Promise<BuildsRoom> {
  await containers.recover();
  // What builds keep must be held before images remove what nobody needs.
  const opening = open().then(async (builds) => {
    await images.recover();
    return builds;
  });
  const [builds] = await Promise.all([opening, networks.start(), volumes.settle()]);
  return builds;
}

async function shutdown(
  { containers, images, networks, builds }: Rooms & { readonly builds: BuildsRoom },
  how: { readonly timeoutS: number; readonly stopContainers: boolean },
): Promise<void> {
  await builds.shutdown();
  await containers.shutdown(how);
  await networks.close();
  await images.settle();
}

/** Where there is nothing yet: what comes with the engine is there at once. */
async function bringShipped({ shipped, logger }: EngineOptions, images: ImagesRoom): Promise<void> {
  for (const image of shipped?.keys() ?? []) {
    try {
      for await (const _ of await images.pull({ image, tag: '' }));
    } catch (error) {
      logger.warn('an image that comes with the engine was not taken in', { image, error: messageOf(error) });
    }
  }
}

/** A name for this store, made once. */
async function engineId({ host, config }: EngineOptions): Promise<string> {
  const path = `${config.dataRoot}/engine-id`;
  if ((await host.files.stat(path)) !== undefined) return (await host.files.readText(path)).trim();
  const hex = [...host.random(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  await host.files.writeAtomic(path, `${id}\n`);
  return id;
}

function createSystem(
  options: EngineOptions,
  rooms: Rooms & { readonly builds: BuildsRoom },
  known: { readonly machine: Machine; readonly made: Made },
  live: () => LiveSettings,
): System {
  const { host, config, linux } = options;
  const { machine } = known;
  const initBinary = linux?.initBinary(config) ?? '';
  const { runtimes, capabilities } = known.made;
  const { containers, images, volumes, networks, events } = rooms;
  return {
    info: async () =>
      systemInfo({
        machine,
        config,
        live: live(),
        counts: containers.counts(),
        images: images.count(),
        files: host.files,
        eventListeners: events.listeners,
        runtimes,
        initBinary,
        warnings: await networks.warnings(),
        nowMs: host.clock.now(),
      }),
    version: async () => systemVersion(machine, config, runtimes.default),
    events: async (query) => events.subscribe(query),
    diskUsage: (types) => diskUsage({ containers, images, volumes, builds: rooms.builds }, types),
    auth: (auth) => rooms.registry.login(auth),
    check: () => checkEverything({ files: host.files, images, containers, networks, volumes }),
    doctor: async () =>
      examine({
        machine,
        runtimes: [...runtimes.found.keys()],
        capabilities,
        initBinary,
        isWasmOnly: isWasmOnly(options),
        ...(config.obstacles === undefined ? {} : { obstacles: config.obstacles }),
        freeBytes: (await host.files.space(config.dataRoot)).free,
        hasFuse: linux?.hasProgram(config, 'fuse-overlayfs') === true,
        rootless: config.rootless,
      }),
  };
}
