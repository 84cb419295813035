// The containers room over everything real: helper, runner, images, networks and volumes, in folders of its own. Tests run
// in a network namespace of their own, which the test command gives every group.

import { join } from 'node:path';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { startKernel } from '../../runtime/src/host/native-kernel.ts';
import { serveDns } from '../../runtime/src/host/node/dns-sockets.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { portHolder } from '../../runtime/src/host/node/port-holder.ts';
import { createContainers, type ContainersRoom } from '../../runtime/src/containers/containers.ts';
import { createImages } from '../../runtime/src/images/images.ts';
import type { ImagesRoom } from '../../runtime/src/images/deps.ts';
import { createNetworks, type NetworkRoom } from '../../runtime/src/networks/create-networks.ts';
import { createRegistry } from '../../runtime/src/registry/registry.ts';
import { createLinuxRunner, type LinuxRunner } from '../../runtime/src/runners/linux/runner.ts';
import type {
  RestoreSpec,
  RootSpec,
  Runner,
  Sandbox,
  SandboxExit,
  SandboxSpec,
} from '../../runtime/src/runners/runner.ts';
import type { ContainerConfig, HostConfig } from '../../runtime/src/spec/api/containers.ts';
import { silentLogger, type Logger } from '../../runtime/src/spec/logger.ts';
import { FrameReader } from '../../runtime/src/spec/stream/multiplex.ts';
import { createVolumes, type LocalVolumes } from '../../runtime/src/volumes/volumes.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { run } from '../helpers/run.ts';
import { helperPath, temporaryFolder } from '../native/setup.ts';

export interface TestEvent {
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Rooms {
  readonly containers: ContainersRoom;
  readonly images: ImagesRoom;
  readonly networks: NetworkRoom;
  readonly volumes: LocalVolumes;
  readonly runner: LinuxRunner;
  readonly kernel: Kernel;
  /** A daemon that is over learns of no exit any more. */
  readonly life: { isOver: boolean };
}

export interface Bench extends AsyncDisposable {
  readonly dataRoot: string;
  readonly events: TestEvent[];
  /** Those of the present daemon. */
  rooms: Rooms;
  /** Lets the daemon die and starts another one on the same folders. */
  restart(): Promise<void>;
  /** As `kill -9` leaves it: the helper dies, nothing is told. */
  die(): Promise<void>;
  /** Everything that runs is gone, as after a crash of the machine. */
  reboot(): Promise<void>;
  /** Creates a container of busybox with a network of none. @returns its id */
  create(config: ContainerConfig, hostConfig?: HostConfig, name?: string): Promise<string>;
  /** Creates, starts, waits. @returns exit code and what it wrote */
  run(cmd: readonly string[], hostConfig?: HostConfig): Promise<{ code: number; stdout: string; stderr: string }>;
}

export const image = 'busybox';

/** Starts all of it with the image `busybox` loaded. */
export async function makeBench(logger: Logger = silentLogger): Promise<Bench> {
  const dataRoot = temporaryFolder('cd');
  const execRoot = temporaryFolder('ce');
  const events: TestEvent[] = [];
  const open = (afterCrash = false): Promise<Rooms> => openRooms({ dataRoot, execRoot, events, logger, afterCrash });
  const first = await open();
  const archive = await busyboxArchive('busybox:latest');
  const loading = await first.images.load(
    (async function* () {
      yield archive;
    })(),
    { quiet: true },
  );
  for await (const message of loading) void message;
  const bench: Bench = {
    dataRoot,
    events,
    rooms: first,
    async restart() {
      await bench.die();
      bench.rooms = await open();
    },
    async die() {
      bench.rooms.life.isOver = true;
      await bench.rooms.kernel[Symbol.asyncDispose]();
    },
    async reboot() {
      await bench.die();
      bench.rooms = await open(true);
    },
    async create(config, hostConfig = {}, name) {
      const { Id } = await bench.rooms.containers.create({
        config: { Image: image, ...config },
        hostConfig: { NetworkMode: 'none', ...hostConfig },
        networkingConfig: {},
        ...(name === undefined ? {} : { name }),
      });
      return Id;
    },
    async run(cmd, hostConfig) {
      const id = await bench.create({ Cmd: cmd }, hostConfig);
      const session = await bench.rooms.containers.attach(id, attachAll);
      const { result } = await bench.rooms.containers.wait(id, 'next-exit', {});
      await bench.rooms.containers.start(id, {});
      const output = await read(session.output);
      return { code: (await result).StatusCode, ...output };
    },
    async [Symbol.asyncDispose]() {
      const { containers, runner, networks, kernel } = bench.rooms;
      for (const { Id } of await containers.list({ all: true, size: false, filters: new Map() })) {
        await containers.remove(Id ?? '', { force: true, volumes: true, link: false });
      }
      await containers.shutdown({ stopContainers: true });
      for (const id of await runner.leftovers()) await runner.purge(id);
      await runner.settled();
      await networks.close();
      await kernel[Symbol.asyncDispose]();
    },
  };
  return bench;
}

export const attachAll = { stdin: false, stdout: true, stderr: true, logs: false, stream: true } as const;

interface Folders {
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly events: TestEvent[];
  readonly logger: Logger;
  /** Nothing that ran is left. */
  readonly afterCrash: boolean;
}

async function openRooms({ dataRoot, execRoot, events, logger, afterCrash }: Folders): Promise<Rooms> {
  const host = createNodeHost();
  const kernel = await startKernel({ helperPath: helperPath(), execRoot, logger });
  const runner = await createLinuxRunner({
    host,
    kernel,
    execRoot,
    dataRoot,
    searchPath: [],
    runtimes: { crun: { path: '/usr/bin/crun', args: [] } },
    defaultRuntime: 'crun',
    cgroupParent: '/coracle-test-containers',
    logger,
  });
  const life = { isOver: false };
  if (afterCrash) for (const id of await runner.leftovers()) await runner.purge(id);
  const sink = {
    publish(type: string, action: string, actor: { id: string; attributes: Readonly<Record<string, string>> }): void {
      events.push({ type, action, ...actor });
    },
  };
  const late: { containers?: ContainersRoom } = {};
  const containersRoom = (): ContainersRoom => {
    if (late.containers === undefined) throw new Error('containers are not there yet');
    return late.containers;
  };
  const networks = createNetworks({
    host,
    kernel,
    dnsSockets: { serve: serveDns },
    portHolder,
    members: {
      resolve: (ref) => containersRoom().memberLookup.resolve(ref),
      endpointsChanged: (id, change) => containersRoom().memberLookup.endpointsChanged(id, change),
      endpoints: (id) => containersRoom().memberLookup.endpoints(id),
      usersOf: (network) => containersRoom().memberLookup.usersOf(network),
    },
    events: sink,
    logger,
    root: join(dataRoot, 'networks'),
    dnsSocket: join(execRoot, 'dns.sock'),
    bridge: 'cor0',
  });
  const volumes = createVolumes({
    host,
    kernel,
    events: sink,
    logger,
    root: join(dataRoot, 'volumes'),
    users: (name) => late.containers?.usersOfVolume(name) ?? [],
  });
  const images = await createImages({
    host,
    kernel,
    registry: createRegistry({ host, logger, config: () => ({ insecureRegistries: [], mirrors: [] }) }),
    events: sink,
    logger,
    root: dataRoot,
    platform: { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' },
    usersOfImage: (id) => late.containers?.usersOfImage(id) ?? [],
  });
  await networks.load();
  await volumes.load();
  const containers = await createContainers({
    host,
    runner: mortal(runner, life),
    images,
    networks: networks.containerNetworks,
    volumes,
    events: sink,
    logger,
    directory: join(dataRoot, 'containers'),
    defaults: {
      runtime: 'crun',
      cgroupnsMode: runner.facts.cgroups.mode === 'v2' ? 'private' : 'host',
      cgroupVersion: runner.facts.cgroups.mode === 'v2' ? 2 : 1,
      logDriver: 'json-file',
      logOptions: {},
    },
    processTable: async (psArgs) => (await run('ps', psArgs)).stdout,
  });
  late.containers = containers;
  await images.recover();
  await containers.recover();
  await networks.start();
  await volumes.settle();
  await containers.startWanted();
  return { containers, images, networks, volumes, runner, kernel, life };
}

/** The runner of a daemon that can be killed in a test: afterwards nobody hears of an exit. */
function mortal(runner: LinuxRunner, life: { readonly isOver: boolean }): Runner {
  const wrap = (sandbox: Sandbox): Sandbox => {
    const exited = new Promise<SandboxExit>((resolve) => {
      void sandbox.exited.then((exit) => {
        if (!life.isOver) resolve(exit);
      });
    });
    return new Proxy(sandbox, {
      get(target, key) {
        if (key === 'exited') return exited;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  };
  return new Proxy<Runner>(runner, {
    get(target, key) {
      if (key === 'prepare') return async (spec: SandboxSpec) => wrap(await target.prepare(spec));
      if (key === 'restore') {
        return async (root: RootSpec, spec: RestoreSpec) => {
          const restored = await target.restore(root, spec);
          return restored === undefined ? undefined : { ...restored, sandbox: wrap(restored.sandbox) };
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Reads frames to their end. */
export async function read(frames: AsyncIterable<Uint8Array>): Promise<{ stdout: string; stderr: string }> {
  const reader = new FrameReader();
  const parts = { 1: [] as Uint8Array[], 2: [] as Uint8Array[] };
  for await (const chunk of frames) {
    for (const { stream, bytes } of reader.push(chunk)) parts[stream === 2 ? 2 : 1].push(bytes.slice());
  }
  return { stdout: Buffer.concat(parts[1]).toString(), stderr: Buffer.concat(parts[2]).toString() };
}

/** Reads raw bytes to their end. */
export async function readRaw(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of bytes) parts.push(chunk.slice());
  return Buffer.concat(parts).toString();
}
