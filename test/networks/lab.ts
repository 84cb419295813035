// A network namespace that plays the host, with a neighbour beside it, real kernel work through the helper, and
// containers that are nothing but namespaces.

import { mkdir } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { portHolder } from '../../runtime/src/host/node/port-holder.ts';
import { serveDns } from '../../runtime/src/host/node/dns-sockets.ts';
import type { Files, Host } from '../../runtime/src/host/host.ts';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { createNetworks, type NetworkRoom, type NetworksOptions } from '../../runtime/src/networks/create-networks.ts';
import type { EndpointSettings } from '../../runtime/src/spec/api/networks.ts';
import { EngineError } from '../../runtime/src/spec/errors.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import type { Joined, JoinRequest, MemberLookup, NetworkMember } from '../../runtime/src/spec/engine/networks.ts';
import { run, runOk, type Finished } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { unpinNetns } from '../native/setup.ts';
import { kernelWithin } from '../native/within.ts';

export interface TestContainer {
  readonly member: NetworkMember;
  readonly request: JoinRequest;
  joined: Joined;
  endpoints: Readonly<Record<string, EndpointSettings>>;
  running: boolean;
}

export interface Lab extends AsyncDisposable {
  readonly room: NetworkRoom;
  readonly kernel: Kernel;
  readonly host: Host;
  readonly events: string[];
  /** Exec-root and data-root in one. */
  readonly folder: string;
  /** What the kernel was asked, by method. */
  readonly calls: string[];
  /** Path of the namespace that plays the host. */
  readonly netns: string;
  /** Address of the host as the neighbour sees it. */
  readonly address: string;
  /** Starts a container: a namespace and a join. */
  start(name: string, request?: Partial<JoinRequest>): Promise<TestContainer>;
  stop(container: TestContainer): Promise<void>;
  /** Another daemon on the same data, after a kill of the first. */
  restart(options?: Partial<NetworksOptions>): Promise<NetworkRoom>;
  /** Another daemon on the same host, with data of its own. */
  second(bridge: string): Promise<{ readonly room: NetworkRoom } & AsyncDisposable>;
  /** Runs a command on the host, beside it, or in a container. */
  exec(where: 'host' | 'outside' | TestContainer, command: string, timeoutMs?: number): Promise<Finished>;
  /** Serves one line to every connection, until the lab ends. */
  serve(
    where: 'host' | 'outside' | TestContainer,
    protocol: 'tcp' | 'udp',
    port: number,
    line: string,
  ): Promise<ChildProcess>;
}

const address = '10.99.0.1';
let serial = 0;

export async function makeLab(given: Partial<NetworksOptions> = {}): Promise<Lab> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await makeTempFolder());
  const [host, outside] = [`corh${process.pid}-${++serial}`, `coro${process.pid}-${serial}`];
  for (const name of [host, outside]) {
    await runOk('ip', ['netns', 'add', name]);
    undo.defer(async () => void (await runOk('ip', ['netns', 'del', name])));
    await runOk('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  }
  await runOk('ip', ['-n', host, 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up0', 'netns', outside]);
  for (const [name, ip] of [
    [host, '10.99.0.1'],
    [outside, '10.99.0.2'],
  ] as const) {
    await runOk('ip', ['-n', name, 'addr', 'add', `${ip}/24`, 'dev', 'up0']);
    await runOk('ip', ['-n', name, 'addr', 'add', `fd99::${ip.slice(-1)}/64`, 'dev', 'up0', 'nodad']);
    await runOk('ip', ['-n', name, 'link', 'set', 'up0', 'up']);
  }
  const netns = `/run/netns/${host}`;
  const anchor = spawn('nsenter', [`--net=${netns}`, 'sleep', '1000'], { stdio: 'ignore' });
  undo.defer(() => void anchor.kill());
  await once(anchor, 'spawn');
  const kernel = undo.use(await kernelWithin(netns));
  const calls: string[] = [];
  const containers = new Map<string, TestContainer>();
  const events: string[] = [];
  const labHost = within(anchor.pid ?? 0);
  let nameServer: AsyncDisposable | undefined;
  const options: NetworksOptions = {
    host: labHost,
    kernel: recorded(kernel, calls),
    dnsSockets: { serve: async (path, resolve) => (nameServer = await serveDns(path, resolve)) },
    portHolder,
    members: lookup(containers),
    events: {
      publish: (type, action, actor) => events.push(`${type} ${action} ${actor.attributes['name'] ?? ''}`),
    },
    logger: silentLogger,
    root: join(folder.path, 'networks'),
    dnsSocket: join(folder.path, 'dns.sock'),
    bridge: 'cortest0',
    ...given,
  };
  let room = createNetworks(options);
  await room.load();
  await room.start();
  await room.settled();
  undo.defer(() => room.close());
  const children: ChildProcess[] = [];
  undo.defer(() => children.forEach((child) => child.kill('SIGKILL')));
  const enter = (where: 'host' | 'outside' | TestContainer) => [
    `--net=${where === 'host' ? netns : where === 'outside' ? `/run/netns/${outside}` : where.request.netns}`,
  ];
  const stop = async (container: TestContainer) => {
    if (!container.running) return;
    container.running = false;
    await room.containerNetworks.leave(container.member.id);
    if (container.request.netns !== '') await unpinNetns(kernel, container.request.netns);
  };
  undo.defer(async () => {
    for (const container of containers.values()) await stop(container);
  });
  const end = undo.move();
  return {
    get room() {
      return room;
    },
    kernel,
    host: labHost,
    events,
    folder: folder.path,
    calls,
    netns,
    address,
    async start(name, given = {}) {
      const id = Buffer.from(`${name}-${++serial}`).toString('hex').padEnd(64, '0');
      const member = { id, name, hostname: id.slice(0, 12), domainname: '' };
      const path = join(folder.path, `ns-${serial}`);
      const request = { ...emptyRequest, netns: path, ...given };
      if (request.netns !== '') await kernel.createNetns(path);
      try {
        const joined = await room.containerNetworks.join(member, request);
        const container = { member, request, joined, endpoints: joined.endpoints, running: true };
        containers.set(id, container);
        return container;
      } catch (error) {
        if (request.netns !== '') await unpinNetns(kernel, path);
        throw error;
      }
    },
    stop,
    async restart(more = {}) {
      // A daemon that is killed has its sockets closed by the kernel.
      await nameServer?.[Symbol.asyncDispose]();
      room = createNetworks({ ...options, ...more });
      await room.load();
      for (const container of containers.values()) {
        if (!container.running) continue;
        await room.containerNetworks.restore(container.member, container.request, container.joined);
      }
      await room.start();
      await room.settled();
      return room;
    },
    async second(bridge) {
      // What lies beside the socket is one engine's: another has an exec root of its own.
      const execRoot = join(folder.path, `${bridge}-exec`);
      await mkdir(execRoot);
      const other = createNetworks({
        ...options,
        dnsSockets: { serve: serveDns },
        bridge,
        root: join(folder.path, bridge),
        dnsSocket: join(execRoot, 'dns.sock'),
      });
      await other.load();
      await other.start();
      await other.settled();
      return { room: other, [Symbol.asyncDispose]: () => other.close() };
    },
    exec: (where, command, timeoutMs) =>
      run('nsenter', [...enter(where), 'sh', '-c', command], timeoutMs === undefined ? {} : { timeoutMs }),
    async serve(where, protocol, port, line) {
      const script = protocol === 'tcp' ? tcpServer : udpServer;
      const child = spawn('nsenter', [...enter(where), 'python3', '-c', script, String(port), line], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      await once(child.stdout, 'data');
      return child;
    },
    [Symbol.asyncDispose]: () => end[Symbol.asyncDispose](),
  };
}

export const emptyRequest: JoinRequest = {
  mode: 'bridge',
  endpoints: {},
  portBindings: {},
  netns: '',
  exposedPorts: {},
  publishAll: false,
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  extraHosts: [],
  links: [],
};

const tcpServer = `
import socket, sys, threading
s = socket.socket(socket.AF_INET6); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(('::', int(sys.argv[1]))); s.listen(64); print('up', flush=True)
while True:
    c, a = s.accept(); c.settimeout(2); c.recv(4096); c.sendall((sys.argv[2] + ' ' + a[0] + '\\n').encode()); c.close()
`;

const udpServer = `
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(('::', int(sys.argv[1]))); print('up', flush=True)
while True:
    d, a = s.recvfrom(2048); s.sendto((sys.argv[2] + ' ' + a[0] + '\\n').encode(), a)
`;

/** The host's files, with the network tables of the namespace that plays the host. */
function within(pid: number): Host {
  const host = createNodeHost();
  const translate = (path: string) => path.replace(/^\/proc\/net\//, `/proc/${pid}/net/`);
  const files: Files = {
    ...host.files,
    readText: (path) => host.files.readText(translate(path)),
    stat: (path) => host.files.stat(translate(path)),
  };
  return { ...host, files };
}

function recorded(kernel: Kernel, calls: string[]): Kernel {
  return new Proxy(kernel, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      return (...args: unknown[]) => {
        calls.push(name);
        return (value as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

function lookup(containers: ReadonlyMap<string, TestContainer>): MemberLookup {
  const find = (ref: string) => {
    const found = [...containers.values()].find(({ member }) => member.name === ref || member.id === ref);
    if (found === undefined) throw new EngineError('notFound', `No such container: ${ref}`);
    return found;
  };
  return {
    async resolve(ref) {
      const { member, request, running } = find(ref);
      return { ...member, state: running ? 'running' : 'stopped', netns: request.netns, mode: request.mode };
    },
    async endpointsChanged(id, { endpoints, joined }) {
      const container = find(id);
      container.endpoints = endpoints;
      if (joined !== undefined) container.joined = joined;
    },
    endpoints: async (id) => find(id).endpoints,
    usersOf: (network) =>
      [...containers.values()]
        .filter(({ endpoints }) => Object.hasOwn(endpoints, network.name))
        .map(({ member }) => member.id),
  };
}
