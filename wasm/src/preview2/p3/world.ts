// All that a component of WASI 0.3 may import, under the names that its generated code has for it.

import type { Sockets } from '../../preview1/sockets.ts';
import { filesystem } from '../filesystem/filesystem.ts';
import { Descriptor } from '../filesystem/descriptor.ts';
import type { HostInterface, HostWorld } from '../world.ts';
import { laterPrefix } from '../worlds.ts';
import { cli } from './cli.ts';
import { clocks, random } from './clocks.ts';
import { LaterDescriptor, laterDescriptorMethods } from './descriptor.ts';
import type { Host } from './flows.ts';
import { laterHttp } from './http.ts';
import { laterSockets } from './sockets.ts';

export function laterWorld(host: Host, made: Sockets): HostWorld {
  const packages: Readonly<Record<string, Readonly<Record<string, HostInterface>>>> = {
    cli: cli(host),
    clocks: clocks(host),
    random: random(),
    filesystem: laterFilesystem(host),
    sockets: laterSockets(host, made),
    http: laterHttp(host, made),
  };
  return Object.fromEntries(
    Object.entries(packages).flatMap(([name, interfaces]) =>
      Object.entries(interfaces).map(([key, made]) => [`${laterPrefix}${name}/${key}`, made]),
    ),
  );
}

function laterFilesystem(host: Host): Readonly<Record<string, HostInterface>> {
  const { getDirectories } = filesystem(host.calls)['wasi:filesystem/preopens']?.functions ?? {};
  const open = getDirectories as (() => readonly (readonly [Descriptor, string])[]) | undefined;
  return {
    preopens: {
      functions: {
        getDirectories: () => (open?.() ?? []).map(([same, path]) => [new LaterDescriptor(host, same), path]),
      },
    },
    types: { resources: { Descriptor: { type: LaterDescriptor, methods: laterDescriptorMethods } } },
  };
}
