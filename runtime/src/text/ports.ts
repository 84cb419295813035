// Published and exposed ports: `-p [[ip:][host]:]container[/proto]`, with ranges, and `--expose`.

import { parseAddress } from '../spec/address.ts';
import type { PortBinding } from '../spec/api/containers.ts';

export interface Ports {
  readonly exposed: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly bindings: Readonly<Record<string, readonly PortBinding[]>>;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** @throws Error in docker's words */
export function parsePorts(publish: readonly string[], expose: readonly string[]): Ports {
  const exposed = new Map<string, Readonly<Record<string, never>>>();
  const bindings = new Map<string, PortBinding[]>();
  for (const text of publish) {
    for (const { port, binding } of parsePublish(text)) {
      exposed.set(port, {});
      bindings.set(port, [...(bindings.get(port) ?? []), binding]);
    }
  }
  for (const text of expose) {
    if (text.includes(':')) throw new Error(`invalid port format for --expose: ${text}`);
    const [ports = '', protocol = 'tcp'] = text.split('/');
    const range = parseRange(ports);
    if (range === undefined) throw new Error(`invalid range format for --expose: ${ports}`);
    for (let port = range.from; port <= range.to; port += 1) exposed.set(`${port}/${protocol.toLowerCase()}`, {});
  }
  return { exposed: Object.fromEntries(exposed), bindings: Object.fromEntries(bindings) };
}

function parsePublish(text: string): { port: string; binding: PortBinding }[] {
  if (text.includes('=')) return parsePublish(longForm(text));
  const [spec = '', protocolText = 'tcp'] = text.split('/');
  const protocol = protocolText.toLowerCase();
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw new Error(`invalid proto: ${protocolText}`);
  const { ip, host, container } = splitPublish(spec);
  if (container === '') throw new Error(`no port specified: ${text}<empty>`);
  const inner = parseRange(container);
  if (inner === undefined) throw new Error(`invalid containerPort: ${container}`);
  const outer = host === '' ? undefined : parseRange(host);
  if (host !== '' && outer === undefined) throw new Error(`invalid hostPort: ${host}`);
  const count = inner.to - inner.from + 1;
  if (outer !== undefined && outer.to - outer.from + 1 !== count && count !== 1) {
    throw new Error(`invalid ranges specified for container and host Ports: ${container} and ${host}`);
  }
  return Array.from({ length: count }, (_, index) => ({
    port: `${inner.from + index}/${protocol}`,
    binding: { HostIp: ip, HostPort: hostPort(outer, count, index) },
  }));
}

/** One container port may take any port of a host range: `8000-8010:80`. */
function hostPort(range: Range | undefined, count: number, index: number): string {
  if (range === undefined) return '';
  if (count === 1 && range.to !== range.from) return `${range.from}-${range.to}`;
  return String(range.from + index);
}

/** `target=80,published=8080,protocol=tcp` */
function longForm(text: string): string {
  const fields = new Map(text.split(',').map((part) => [part.split('=')[0]?.trim() ?? '', part.split('=')[1] ?? '']));
  for (const key of fields.keys()) {
    if (!['target', 'published', 'protocol', 'mode'].includes(key)) throw new Error(`invalid field key ${key}`);
  }
  const target = fields.get('target');
  if (target === undefined) throw new Error(`no port specified: ${text}<empty>`);
  return `${fields.get('published') ?? ''}:${target}/${fields.get('protocol') ?? 'tcp'}`;
}

function splitPublish(spec: string): { ip: string; host: string; container: string } {
  const v6 = /^\[([^\]]+)\]:(?:([^:]*):)?([^:]*)$/.exec(spec);
  if (v6 !== null) return { ip: checkIp(v6[1] ?? ''), host: v6[2] ?? '', container: v6[3] ?? '' };
  const parts = spec.split(':');
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  const ip = parts.join(':');
  return { ip: ip === '' ? '' : checkIp(ip), host, container };
}

function checkIp(text: string): string {
  if (parseAddress(text) === undefined) throw new Error(`invalid IP address: ${text}`);
  return text;
}

function parseRange(text: string): Range | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from > to || to > 65535 ? undefined : { from, to };
}
