// The engines that can be chosen: ours, those kept as contexts, and sockets of Docker and Podman that are found on the machine.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseEndpoint } from '../../../runtime/src/client/client.ts';
import type { Endpoint } from '../../../runtime/src/client/client.ts';
import {
  chooseHost,
  configFolder,
  noHostOptions,
  ownHost,
  runFolder,
} from '../../../runtime/src/connect/choose-host.ts';
import { ContextStore, defaultContext } from '../../../runtime/src/connect/contexts.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import type { ShownEngine } from './contract.ts';
import { dockerContexts } from '../../../runtime/src/connect/docker-contexts.ts';

export interface KnownEngine extends ShownEngine {
  /** @throws Error when its certificates cannot be read or its address cannot be used */
  endpoint(): Endpoint;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The file of contexts, which the command line reads as well. */
export function contextStore(env: Environment): ContextStore {
  return new ContextStore(configFolder(noHostOptions, env));
}

/** Folder of our engine's socket and log. */
export function ownFolder(env: Environment, uid: number): string {
  return runFolder(env, uid);
}

/** Ours first, then contexts by name, docker's own contexts, what the environment names, and sockets that are found. */
export function knownEngines(env: Environment, uid: number): KnownEngine[] {
  const known = [ownEngine(env, uid), ...storedEngines(env, uid)];
  const taken = new Set(known.map(({ host }) => host));
  const add = (engine: KnownEngine): void => {
    if (taken.has(engine.host)) return;
    taken.add(engine.host);
    known.push(engine);
  };
  for (const { name, host, description, tls } of dockerContexts(env)) {
    const told = description || l10n.t("A context of docker's");
    add({ name: `docker:${name}`, host, description: told, kind: 'found', endpoint: () => parseEndpoint(host, tls()) });
  }
  const named = env['DOCKER_HOST'];
  if (named !== undefined && named !== '')
    add(plainEngine('DOCKER_HOST', named, l10n.t('Of the environment'), 'found'));
  for (const { name, path } of [...dockerSockets(env), ...podmanSockets(env)]) {
    if (existsSync(path)) add(plainEngine(name, `unix://${path}`, l10n.t('Found on this machine'), 'found'));
  }
  return known;
}

/** Contexts of the command line; one that says what is wrong when their file cannot be read. */
function storedEngines(env: Environment, uid: number): KnownEngine[] {
  const store = contextStore(env);
  try {
    return store.names().map((name): KnownEngine => {
      const { host, description } = store.get(name);
      const endpoint = () => chooseHost({ ...noHostOptions, context: name }, env, uid).endpoint;
      return { name, host, description, kind: 'stored', endpoint };
    });
  } catch (error) {
    const endpoint = () => {
      throw error;
    };
    return [{ name: store.path, host: '', description: messageOf(error), kind: 'found', endpoint }];
  }
}

/** The engine that this extension brings. */
export function ownEngine(env: Environment, uid: number): KnownEngine {
  return plainEngine(defaultContext, ownHost(env, uid), l10n.t("Coracle's own engine"), 'ours');
}

/** An engine that is only an address. */
export function plainEngine(name: string, host: string, description: string, kind: KnownEngine['kind']): KnownEngine {
  return { name, host, description, kind, endpoint: () => parseEndpoint(host) };
}

/** Where Docker listens when nobody told it otherwise. */
export function dockerSockets(env: Environment): { readonly name: string; readonly path: string }[] {
  return [...runtimeSocket(env, 'docker-rootless', 'docker.sock'), { name: 'docker', path: '/var/run/docker.sock' }];
}

function podmanSockets(env: Environment): { readonly name: string; readonly path: string }[] {
  return [
    ...runtimeSocket(env, 'podman', 'podman/podman.sock'),
    { name: 'podman-root', path: '/run/podman/podman.sock' },
  ];
}

function runtimeSocket(
  env: Environment,
  name: string,
  path: string,
): { readonly name: string; readonly path: string }[] {
  const runtime = env['XDG_RUNTIME_DIR'];
  return runtime === undefined || runtime === '' ? [] : [{ name, path: join(runtime, path) }];
}
