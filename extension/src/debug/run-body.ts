// What the container of a session is made of: the image's own, what the configuration adds, and what the debugger needs. Ports are
// published on this machine's loopback only, unless an address is given.

import type { CreateBody } from '../../../runtime/src/client/containers.ts';
import type { ImageInspect } from '../../../runtime/src/spec/api/images.ts';
import type { Places } from '../../../runtime/src/text/mounts.ts';
import { createBody } from '../forms/run-options.ts';
import type { LaunchConfiguration } from './configuration.ts';
import type { Preparation, Program } from './contract.ts';

/** The label of containers that are made for a debug session. */
export const debugLabel = 'com.coracle.debug';

export function programOf(image: ImageInspect, configuration: Pick<LaunchConfiguration, 'command' | 'env'>): Program {
  const config = image.Config;
  return {
    entrypoint: config?.Entrypoint ?? [],
    command: configuration.command ?? config?.Cmd ?? [],
    environment: [...(config?.Env ?? []), ...configuration.env],
    workingDirectory: config?.WorkingDir || '/',
  };
}

export interface BodyOptions {
  readonly image: ImageInspect;
  readonly configuration: LaunchConfiguration;
  readonly preparation: Preparation;
  readonly places: Places;
  /** Lets the engine choose the ports here, where those that one expects are taken. */
  readonly anyPorts: boolean;
}

/** @throws Error in docker's words for ports and volumes that are wrong */
export function runBody({ image, configuration, preparation, places, anyPorts }: BodyOptions): CreateBody {
  const ports = configuration.ports?.map(onLoopback) ?? exposedPorts(image, anyPorts);
  const { volumes, network, env, command } = configuration;
  const plain = { image: image.Id ?? '', name: '', restart: 'no', isRemoved: true, command: '', isInteractive: false };
  const body = createBody({ ...plain, ports, volumes, network, env }, places);
  const added = Object.entries(preparation.environment ?? {}).map(([name, value]) => `${name}=${value}`);
  const entrypoint = preparation.entrypoint;
  // An entrypoint that is given forgets the image's command.
  const words = preparation.command ?? command ?? (entrypoint === undefined ? null : (image.Config?.Cmd ?? []));
  return {
    ...body,
    Cmd: words,
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    Env: [...(body.Env ?? []), ...added],
    Labels: { [debugLabel]: configuration.name },
    AttachStdout: true,
    AttachStderr: true,
  };
}

/** `3000:3000` and `3000` listen here for this machine alone. */
function onLoopback(text: string): string {
  if (/^\d[\d-]*:\d/.test(text)) return `127.0.0.1:${text}`;
  return /^\d[\d-]*(?:\/\w+)?$/.test(text) ? `127.0.0.1::${text}` : text;
}

function exposedPorts(image: ImageInspect, anyPorts: boolean): string[] {
  return Object.keys(image.Config?.ExposedPorts ?? {}).flatMap((key) => {
    const inner = Number(key.split('/')[0]);
    if (!Number.isInteger(inner) || inner < 1 || inner > 65_535) return [];
    // Where an ordinary user may listen: 8080 for 80, 8443 for 443.
    const outer = anyPorts ? '' : String(inner < 1024 ? 8000 + inner : inner);
    return [`127.0.0.1:${outer}:${key}`];
  });
}
