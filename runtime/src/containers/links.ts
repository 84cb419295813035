// Legacy links (`--link db:alias`): the other container's name, address and environment, as they have always been passed
// on the default bridge.

import { EngineError } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { invalid } from './errors.ts';
import { envKey } from './merge-config.ts';
import type { Room } from './room.ts';

export interface Link {
  readonly name: string;
  readonly alias: string;
  readonly ip: string;
  /** `ALIAS_PORT_80_TCP=…` and its kin. */
  readonly env: readonly string[];
}

/** `name` or `name:alias`, also `/name:/holder/alias` as inspect shows it. @throws EngineError invalidParameter */
export function parseLink(text: string): { readonly ref: string; readonly alias: string } {
  const [ref = '', alias = ref, ...rest] = text.split(':');
  const short = alias.slice(alias.lastIndexOf('/') + 1);
  if (ref === '' || short === '' || rest.length > 0) throw invalid(`bad format for links: ${text}`);
  return { ref, alias: short };
}

/** @throws EngineError when a linked container is missing or does not run */
export function linksOf(room: Room, container: Container): readonly Link[] {
  return (container.record.hostConfig.Links ?? []).map((text) => {
    const { ref, alias } = parseLink(text);
    const target = room.store.find(ref);
    if (!target.isLive) {
      throw new EngineError(
        'system',
        `Cannot link to a non running container: /${target.name} AS /${container.name}/${alias}`,
      );
    }
    const ip = addressOf(target, container.record.hostConfig.NetworkMode ?? 'bridge');
    return { name: target.name, alias, ip, env: linkEnvironment(target, container.name, alias, ip) };
  });
}

function addressOf(target: Container, network: string): string {
  const endpoints = target.record.joined?.endpoints ?? {};
  const endpoint = Object.hasOwn(endpoints, network) ? endpoints[network] : Object.values(endpoints)[0];
  return endpoint?.IPAddress ?? '';
}

function linkEnvironment(target: Container, holder: string, alias: string, ip: string): string[] {
  const prefix = alias.toUpperCase().replaceAll('-', '_');
  const env = [`${prefix}_NAME=/${holder}/${alias}`];
  const ports = Object.keys(target.record.config.ExposedPorts ?? {})
    .map((spec) => ({ port: spec.split('/')[0] ?? '', protocol: spec.split('/')[1] ?? 'tcp' }))
    .sort((a, b) => Number(b.protocol === 'tcp') - Number(a.protocol === 'tcp') || Number(a.port) - Number(b.port));
  const [first] = ports;
  if (first !== undefined) env.push(`${prefix}_PORT=${first.protocol}://${ip}:${first.port}`);
  for (const { port, protocol } of ports) {
    const name = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    env.push(
      `${name}=${protocol}://${ip}:${port}`,
      `${name}_ADDR=${ip}`,
      `${name}_PORT=${port}`,
      `${name}_PROTO=${protocol}`,
    );
  }
  for (const entry of target.record.config.Env ?? []) {
    if (!['HOME', 'PATH'].includes(envKey(entry)) && entry.includes('=')) env.push(`${prefix}_ENV_${entry}`);
  }
  return env;
}
