// What a container wants published: `PortBindings`, exposed ports and `PublishAllPorts`, read and checked.

import { EngineError } from '../spec/errors.ts';
import type { PortBinding, PortMap } from '../spec/api/containers.ts';
import { formatAddress, parseAddress } from '../spec/address.ts';

export interface WantedPort {
  /** `80/tcp` */
  readonly key: string;
  readonly protocol: 'tcp' | 'udp';
  readonly containerPort: number;
  /** Empty: everywhere, in both families. */
  readonly hostIp: string;
  /** First and last host port that will do; 0 and 0: any of the ephemeral range. */
  readonly from: number;
  readonly to: number;
}

export interface ContainerPort {
  readonly key: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/** Reads `80`, `80/tcp`, `53/udp`. @throws EngineError invalidParameter */
export function parsePort(text: string): ContainerPort {
  const [, digits, protocol = 'tcp'] = /^(\d{1,5})(?:\/(\w+))?$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > 65535) {
    throw new EngineError('invalidParameter', `invalid port specification: ${JSON.stringify(text)}`);
  }
  const name = protocol.toLowerCase();
  if (name === 'sctp') throw new EngineError('notImplemented', `invalid port ${text}: SCTP is not supported`);
  if (name !== 'tcp' && name !== 'udp') {
    throw new EngineError('invalidParameter', `invalid port specification: ${JSON.stringify(text)}`);
  }
  return { key: `${port}/${name}`, protocol: name, port };
}

/**
 * Every binding asked for, in the order in which host ports are given: those that only one will do for come first, so that
 * no range takes it before, then ranges, then whatever is free. Among these in the order of container ports.
 * @throws EngineError invalidParameter for what is no port or address
 */
export function planPorts(request: {
  readonly portBindings: PortMap;
  readonly exposedPorts: Readonly<Record<string, unknown>>;
  readonly publishAll: boolean;
}): readonly WantedPort[] {
  const wanted = new Map<string, WantedPort[]>();
  for (const [text, bindings] of Object.entries(request.portBindings)) {
    const port = parsePort(text);
    const list = (bindings ?? []).map((binding) => wantedPort(port, binding));
    wanted.set(port.key, [...(wanted.get(port.key) ?? []), ...list]);
  }
  if (request.publishAll) {
    for (const text of Object.keys(request.exposedPorts)) {
      const port = parsePort(text);
      if ((wanted.get(port.key) ?? []).length === 0) wanted.set(port.key, [wantedPort(port, {})]);
    }
  }
  return [...wanted.values()].flat().toSorted((a, b) => freedom(a) - freedom(b) || a.containerPort - b.containerPort);
}

/** How many host ports will do. */
function freedom({ from, to }: WantedPort): 1 | 2 | 3 {
  if (from === 0) return 3;
  return from === to ? 1 : 2;
}

/** Keys of all ports that inspect shows: exposed or bound. */
export function shownPorts(request: {
  readonly portBindings: PortMap;
  readonly exposedPorts: Readonly<Record<string, unknown>>;
}): readonly string[] {
  const texts = [...Object.keys(request.exposedPorts), ...Object.keys(request.portBindings)];
  return [...new Set(texts.map((text) => parsePort(text).key))].toSorted();
}

function wantedPort(port: ContainerPort, binding: PortBinding): WantedPort {
  const [from, to] = hostRange(binding.HostPort ?? '');
  return { key: port.key, protocol: port.protocol, containerPort: port.port, hostIp: hostAddress(binding), from, to };
}

function hostAddress(binding: PortBinding): string {
  const text = binding.HostIp ?? '';
  if (text === '') return '';
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (address === undefined) {
    throw new EngineError('invalidParameter', `invalid host IP address in port binding: ${JSON.stringify(text)}`);
  }
  return formatAddress(address);
}

function hostRange(text: string): [number, number] {
  if (text === '') return [0, 0];
  const [, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === '' || first > 65535 || last > 65535 || last < first || (first === 0 && last > 0)) {
    throw new EngineError('invalidParameter', `invalid port specification: ${JSON.stringify(text)}`);
  }
  return [first, last];
}
