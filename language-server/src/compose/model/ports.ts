// Published ports of a service: `[[ip:]host:]container[/protocol]` with ranges, and the long form.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Node, Scalar } from '../yaml/tree.ts';
import type { Resolver } from './resolver.ts';

export interface PublishedPort {
  readonly span: Span;
  readonly scalar: Scalar;
  /** Empty for every address. */
  readonly address: string;
  /** First and last port of this machine; undefined where the engine chooses one. */
  readonly host: PortRange | undefined;
  readonly container: PortRange;
  readonly protocol: string;
}

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export type PortReading = { readonly port: PublishedPort } | { readonly wrong: string; readonly scalar: Scalar };

/** Every port of a service that can be read; `fill` fills in variables and gives undefined where it cannot. */
export function readPorts(
  ports: Node | undefined,
  resolver: Resolver,
  fill: (scalar: Scalar) => string | undefined,
): readonly PortReading[] {
  const list = resolver.follow(ports);
  if (list?.kind !== 'sequence') return [];
  return list.items.flatMap((item) => {
    const node = resolver.follow(item);
    if (node?.kind === 'scalar') {
      const text = fill(node);
      return text === undefined || text === '' ? [] : [readShort(text, node)];
    }
    return node?.kind === 'mapping' ? readLong(node, resolver, fill) : [];
  });
}

function readShort(text: string, scalar: Scalar): PortReading {
  const wrong = (why: string): PortReading => ({ wrong: why, scalar });
  const [spec = '', protocol = 'tcp', ...rest] = text.split('/');
  if (rest.length > 0 || !['tcp', 'udp', 'sctp'].includes(protocol.toLowerCase())) {
    return wrong(`\`${[protocol, ...rest].join('/')}\` is no protocol: tcp, udp or sctp.`);
  }
  const bracket = /^\[([^\]]*)\]:(.*)$/.exec(spec);
  const parts = (bracket?.[2] ?? spec).split(':');
  const inner = parts.pop() ?? '';
  const outer = parts.pop() ?? '';
  const address = bracket?.[1] ?? parts.join(':');
  const container = readRange(inner);
  if (container === undefined)
    return wrong(`\`${inner}\` is no port of the container: a number from 1 to 65535, or a range.`);
  const host = outer === '' ? undefined : readRange(outer);
  if (outer !== '' && host === undefined) {
    return wrong(`\`${outer}\` is no port of this machine: a number from 1 to 65535, or a range.`);
  }
  const many = size(container);
  if (host !== undefined && size(host) !== many && many !== 1) {
    return wrong(`The ranges \`${outer}\` and \`${inner}\` are not of the same size.`);
  }
  const port = { span: scalar.span, scalar, address, host, container, protocol: protocol.toLowerCase() };
  // One port of the container may take any port of a range: none of them is taken for certain.
  return { port: host !== undefined && size(host) > many ? { ...port, host: undefined } : port };
}

function readLong(node: Node, resolver: Resolver, fill: (scalar: Scalar) => string | undefined): PortReading[] {
  const text = (key: string) => {
    const value = resolver.get(node, key);
    return value?.kind === 'scalar' ? fill(value) : undefined;
  };
  const published = resolver.get(node, 'published');
  const target = text('target');
  const container = target === undefined ? undefined : readRange(target);
  if (published?.kind !== 'scalar' || container === undefined) return [];
  const value = fill(published);
  if (value === undefined || value === '') return [];
  const host = readRange(value);
  if (host === undefined)
    return [
      { wrong: `\`${value}\` is no port of this machine: a number from 1 to 65535, or a range.`, scalar: published },
    ];
  const protocol = text('protocol') ?? 'tcp';
  const any = size(host) > 1;
  return [
    {
      port: {
        span: published.span,
        scalar: published,
        address: text('host_ip') ?? '',
        host: any ? undefined : host,
        container,
        protocol,
      },
    },
  ];
}

function readRange(text: string): PortRange | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from > to || to > 65535 ? undefined : { from, to };
}

function size(range: PortRange): number {
  return range.to - range.from + 1;
}

/** Whether two ports cannot be published at the same time. */
export function clash(a: PublishedPort, b: PublishedPort): boolean {
  if (a.host === undefined || b.host === undefined || a.protocol !== b.protocol) return false;
  if (a.host.to < b.host.from || b.host.to < a.host.from) return false;
  return a.address === b.address || isEvery(a.address) || isEvery(b.address);
}

export function isEvery(address: string): boolean {
  return address === '' || address === '0.0.0.0' || address === '::';
}

/** `8080` or `8080-8090` */
export function rangeText(range: PortRange): string {
  return range.from === range.to ? String(range.from) : `${range.from}-${range.to}`;
}
