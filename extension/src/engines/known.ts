// The engines that can be chosen: ours, those kept as contexts, and sockets of Docker and Podman that are found on the machine.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseEndpoint } from '../../../runtime/src/client/client.ts';
import type { Endpoint } from '../../../runtime/src/client/client.ts';
import { chooseHost, configFolder, ownHost, runFolder } from '../../../runtime/src/connect/choose-host.ts';
import type { HostOptions } from '../../../runtime/src/connect/choose-host.ts';
import { ContextStore, defaultContext } from '../../../runtime/src/connect/contexts.ts';
import { l10n } from '../l10n.ts';

export interface KnownEngine {
  /** Unique among those that are known at a time. */
  readonly name: string;
  readonly host: string;
  readonly description: string;
  /** Ours is started when it is needed; stored ones can be removed. */
  readonly kind: 'ours' | 'stored' | 'found' | 'setting';
  /** @throws Error when its certificates cannot be read or its address cannot be used */
  endpoint(): Endpoint;
}

type Environment = Readonly<Record<string, string | undefined>>;

const options: HostOptions = {
  hosts: [],
  context: '',
  config: '',
  tls: false,
  tlsVerify: false,
  tlsCa: '',
  tlsCert: '',
  tlsKey: '',
};

/** The file of contexts, which the command line reads as well. */
export function contextStore(env: Environment): ContextStore {
  return new ContextStore(configFolder(options, env));
}

/** Folder of our engine's socket and log. */
export function ownFolder(env: Environment, uid: number): string {
  return runFolder(env, uid);
}

/** Ours first, then contexts by name, then what is found. @throws Error when the file of contexts cannot be read */
export function knownEngines(env: Environment, uid: number): KnownEngine[] {
  const store = contextStore(env);
  const stored = store.names().map((name): KnownEngine => {
    const { host, description } = store.get(name);
    const endpoint = () => chooseHost({ ...options, context: name }, {}, uid).endpoint;
    return { name, host, description, kind: 'stored', endpoint };
  });
  const taken = new Set(stored.map(({ host }) => host));
  const found = sockets(env)
    .filter(({ path }) => !taken.has(`unix://${path}`) && existsSync(path))
    .map(({ name, path }) => plainEngine(name, `unix://${path}`, l10n.t('Found on this machine'), 'found'));
  return [ownEngine(env, uid), ...stored, ...found];
}

/** The engine that this extension brings. */
export function ownEngine(env: Environment, uid: number): KnownEngine {
  return plainEngine(defaultContext, ownHost(env, uid), l10n.t("Coracle's own engine"), 'ours');
}

/** An engine that is only an address. */
export function plainEngine(name: string, host: string, description: string, kind: KnownEngine['kind']): KnownEngine {
  return { name, host, description, kind, endpoint: () => parseEndpoint(host) };
}

/** Where Docker and Podman listen when nobody told them otherwise. */
function sockets(env: Environment): { readonly name: string; readonly path: string }[] {
  const runtime = env['XDG_RUNTIME_DIR'];
  const own = (path: string) => (runtime === undefined || runtime === '' ? [] : [join(runtime, path)]);
  return [
    ...own('docker.sock').map((path) => ({ name: 'docker-rootless', path })),
    { name: 'docker', path: '/var/run/docker.sock' },
    ...own('podman/podman.sock').map((path) => ({ name: 'podman', path })),
    { name: 'podman-root', path: '/run/podman/podman.sock' },
  ];
}
