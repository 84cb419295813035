// The networks room over a network in user land, with containers that are programs on threads. Nothing of it needs a right.

import { join } from 'node:path';
import { hostSockets } from '../../runtime/src/host/node/sockets.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { portHolder } from '../../runtime/src/host/node/port-holder.ts';
import type { HostSockets } from '../../runtime/src/host/portable/network/host-sockets.ts';
import { UserNetwork } from '../../runtime/src/host/portable/network/user-network.ts';
import { createNetworks, type NetworkRoom } from '../../runtime/src/networks/create-networks.ts';
import type { EndpointSettings } from '../../runtime/src/spec/api/networks.ts';
import type { Joined, JoinRequest, MemberLookup, NetworkMember } from '../../runtime/src/spec/engine/networks.ts';
import { EngineError } from '../../runtime/src/spec/errors.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import type { CompiledComponent } from '../../wasm/src/preview2/parts.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { SocketGuest, socketProgram } from '../wasm/sockets/socket-guest.ts';
import { emptyRequest } from './lab.ts';

export interface UserContainer {
  readonly member: NetworkMember;
  readonly netns: string;
  joined: Joined;
  endpoints: Readonly<Record<string, EndpointSettings>>;
  running: boolean;
  /** Its first address. */
  readonly address: string;
  /** Runs the program of `test/wasm/sockets/guests/net.c` in it. */
  run(...argv: string[]): Promise<SocketGuest>;
  /** Runs another program in it. */
  runOther(program: WebAssembly.Module | CompiledComponent, ...argv: string[]): SocketGuest;
  /** Runs it to its end. @returns what it has written */
  tells(...argv: string[]): Promise<string>;
  stop(): Promise<void>;
}

export interface UserLab extends AsyncDisposable {
  readonly room: NetworkRoom;
  readonly network: UserNetwork;
  start(name: string, request?: Partial<JoinRequest>): Promise<UserContainer>;
}

let serial = 0;

/** @param sockets of a host that is not this one */
export async function makeUserLab(sockets: HostSockets = hostSockets): Promise<UserLab> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await makeTempFolder());
  const network = new UserNetwork({ sockets });
  const containers = new Map<string, UserContainer>();
  const room = createNetworks({
    host: createNodeHost(),
    kernel: network,
    userLand: network,
    dnsSockets: network.names(),
    portHolder,
    members: lookup(containers),
    events: { publish: () => undefined },
    logger: silentLogger,
    root: join(folder.path, 'networks'),
    dnsSocket: join(folder.path, 'dns.sock'),
    bridge: 'user0',
  });
  await room.load();
  await room.start();
  await room.settled();
  undo.defer(() => room.close());
  const program = await socketProgram('net');
  undo.defer(async () => {
    for (const container of containers.values()) await container.stop();
  });
  const end = undo.move();
  return {
    room,
    network,
    async start(name, given = {}) {
      const id = Buffer.from(`${name}-${++serial}`).toString('hex').padEnd(64, '0');
      const member = { id, name, hostname: id.slice(0, 12), domainname: '' };
      const netns = given.netns ?? network.create(id);
      const request = { ...emptyRequest, ...given, netns };
      const guests: SocketGuest[] = [];
      const joined = await room.containerNetworks.join(member, request).catch((error: unknown) => {
        network.remove(netns);
        throw error;
      });
      const guestNetwork = network.open(netns, {
        hosts: async () => container.joined.hosts,
        allowsHost: request.extraHosts.some((entry) => entry.endsWith(':host-gateway')),
        dns: request.dns,
      });
      const container: UserContainer = {
        member,
        netns,
        joined,
        endpoints: joined.endpoints,
        running: true,
        address: Object.values(joined.endpoints)[0]?.IPAddress ?? '',
        run: async (...argv) => container.runOther(program, ...argv),
        runOther(other, ...argv) {
          const made = new SocketGuest(other, argv, guestNetwork);
          guests.push(made);
          return made;
        },
        async tells(...argv) {
          await using made = new SocketGuest(program, argv, guestNetwork);
          return await made.shows();
        },
        async stop() {
          if (!container.running) return;
          container.running = false;
          await Promise.all(guests.map((one) => one[Symbol.asyncDispose]()));
          await room.containerNetworks.leave(id);
          network.remove(netns);
        },
      };
      containers.set(id, container);
      return container;
    },
    [Symbol.asyncDispose]: () => end[Symbol.asyncDispose](),
  };
}

function lookup(containers: ReadonlyMap<string, UserContainer>): MemberLookup {
  const find = (ref: string) => {
    const found = [...containers.values()].find(({ member }) => member.name === ref || member.id === ref);
    if (found === undefined) throw new EngineError('notFound', `No such container: ${ref}`);
    return found;
  };
  return {
    async resolve(ref) {
      const { member, netns, running } = find(ref);
      return { ...member, state: running ? 'running' : 'stopped', netns, mode: 'bridge' };
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
