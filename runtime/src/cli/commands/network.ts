// `network create|ls|rm|connect|disconnect`.

import type { IPAMConfig, NetworkSummary } from '../../spec/api/networks.ts';
import { isNotFound } from '../../client/errors.ts';
import { command } from '../command.ts';
import { bool, list as listFlag, map, string, strings } from '../flags/types.ts';
import { formatList } from '../format/list.ts';
import { readLabels } from '../run/files.ts';
import { forEach } from './each.ts';
import { idText, labelOf, labelText, lines, listFlags } from './list-flags.ts';

export const create = command({
  usage: '[OPTIONS] NETWORK',
  args: { min: 1, max: 1 },
  flags: {
    attachable: bool('', 'Enable manual container attachment'),
    'aux-address': map('', 'Auxiliary IPv4 or IPv6 addresses used by Network driver', { needsValue: true }),
    driver: string('d', 'Driver to manage the Network', 'bridge'),
    gateway: strings('', 'IPv4 or IPv6 Gateway for the master subnet'),
    internal: bool('', 'Restrict external access to the network'),
    'ip-range': strings('', 'Allocate container ip from a sub-range'),
    'ipam-driver': string('', 'IP Address Management Driver', 'default'),
    'ipam-opt': map('', 'Set IPAM driver specific options', { needsValue: true }),
    ipv4: bool('', 'Enable or disable IPv4 address assignment', true),
    ipv6: bool('', 'Enable or disable IPv6 address assignment'),
    label: listFlag('', 'Set metadata on a network'),
    opt: map('o', 'Set driver specific options', { needsValue: true }),
    scope: string('', "Control the network's scope"),
    subnet: strings('', 'Subnet in CIDR format that represents a network segment'),
  },
  async run({ args: [name = ''], flags, changed, session }) {
    const config = ipamConfig(flags.subnet, flags['ip-range'], flags.gateway, flags['aux-address']);
    const client = await session.client();
    const made = await client.networks.create({
      Name: name,
      CheckDuplicate: true,
      Driver: flags.driver,
      ...(flags.scope === '' ? {} : { Scope: flags.scope }),
      ...(changed.has('ipv4') ? { EnableIPv4: flags.ipv4 } : {}),
      ...(changed.has('ipv6') ? { EnableIPv6: flags.ipv6 } : {}),
      Internal: flags.internal,
      Attachable: flags.attachable,
      IPAM: { Driver: flags['ipam-driver'], Config: config, Options: flags['ipam-opt'] },
      Options: flags.opt,
      Labels: readLabels([], flags.label),
    });
    if (made.Warning) session.warn(`WARNING: ${made.Warning}`);
    session.print(made.Id ?? '');
  },
});

/** Each range, gateway and auxiliary address belongs to the subnet that contains it. */
function ipamConfig(
  subnets: readonly string[],
  ranges: readonly string[],
  gateways: readonly string[],
  auxiliary: Readonly<Record<string, string>>,
): IPAMConfig[] {
  if (subnets.length === 0) {
    if (ranges.length + gateways.length + Object.keys(auxiliary).length > 0) {
      throw new Error('every ip-range or gateway must have a corresponding subnet');
    }
    return [];
  }
  const configs = subnets.map((subnet) => ({
    Subnet: subnet,
    IPRange: '',
    Gateway: '',
    aux: {} as Record<string, string>,
  }));
  const home = (address: string, what: string) => {
    const found = configs.find((config) => contains(config.Subnet, address.split('/')[0] ?? ''));
    if (found === undefined) throw new Error(`no matching subnet for ${what} ${address}`);
    return found;
  };
  for (const range of ranges) {
    const config = home(range, 'range');
    if (config.IPRange !== '')
      throw new Error(
        `cannot configure multiple ranges (${range}, ${config.IPRange}) on the same subnet (${config.Subnet})`,
      );
    config.IPRange = range;
  }
  for (const gateway of gateways) {
    const config = home(gateway, 'gateway');
    if (config.Gateway !== '')
      throw new Error(
        `cannot configure multiple gateways (${gateway}, ${config.Gateway}) for the same subnet (${config.Subnet})`,
      );
    config.Gateway = gateway;
  }
  for (const [name, address] of Object.entries(auxiliary)) home(address, 'aux-address').aux[name] = address;
  return configs.map(({ Subnet, IPRange, Gateway, aux }) => ({
    Subnet,
    ...(IPRange === '' ? {} : { IPRange }),
    ...(Gateway === '' ? {} : { Gateway }),
    ...(Object.keys(aux).length === 0 ? {} : { AuxiliaryAddresses: aux }),
  }));
}

function contains(subnet: string, address: string): boolean {
  const { BlockList } = process.getBuiltinModule('node:net');
  const [base = '', bits = ''] = subnet.split('/');
  const family = base.includes(':') ? 'ipv6' : 'ipv4';
  if (family !== (address.includes(':') ? 'ipv6' : 'ipv4')) return false;
  try {
    const block = new BlockList();
    block.addSubnet(base, Number(bits), family);
    return block.check(address, family);
  } catch (error) {
    throw new Error(`invalid CIDR address: ${subnet}`, { cause: error });
  }
}

export const list = command({
  usage: '[OPTIONS]',
  args: { max: 0 },
  flags: listFlags,
  async run({ flags, session }) {
    const client = await session.client();
    const networks = (await client.networks.list(flags.filter)).sort((a, b) => natural(a.Name ?? '', b.Name ?? ''));
    const noTrunc = flags['no-trunc'];
    if (flags.quiet && (flags.format === '' || flags.format === 'table')) {
      session.write(lines(networks.map((network) => idText(network.Id, noTrunc))));
      return;
    }
    const text = formatList<NetworkSummary>(
      {
        type: 'networkContext',
        columns: {
          CreatedAt: { header: 'CREATED AT', value: (row) => createdText(row.Created ?? '') },
          Driver: { header: 'DRIVER', value: (row) => row.Driver ?? '' },
          ID: { header: 'NETWORK ID', value: (row) => idText(row.Id, noTrunc) },
          IPv4: { header: 'IPV4', value: (row) => String(row.EnableIPv4 ?? false) },
          IPv6: { header: 'IPV6', value: (row) => String(row.EnableIPv6 ?? false) },
          Internal: { header: 'INTERNAL', value: (row) => String(row.Internal ?? false) },
          Labels: { header: 'LABELS', value: (row) => labelText(row.Labels) },
          Name: { header: 'NAME', value: (row) => row.Name ?? '' },
          Scope: { header: 'SCOPE', value: (row) => row.Scope ?? '' },
        },
        methods: { Label: (row, key) => labelOf(row.Labels, key) },
      },
      networks,
      { format: flags.format, table: '{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}' },
    );
    session.write(text);
  },
});

/** `2026-11-25 03:40:12.423823071 +0000 UTC` out of RFC 3339. */
function createdText(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?(Z|([+-]\d{2}):(\d{2}))$/.exec(text);
  if (match === null) return text;
  const fraction = (match[3] ?? '').replace(/\.?0+$/, '');
  const zone = match[4] === 'Z' ? '+0000 UTC' : `${match[5]}${match[6]} ${match[5]}${match[6]}`;
  return `${match[1]} ${match[2]}${fraction} ${zone}`;
}

/** Numbers inside names sort as numbers. */
export function natural(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/(\d+)/));
  for (let at = 0; left !== undefined && right !== undefined && at < Math.min(left.length, right.length); at += 1) {
    const [one = '', two = ''] = [left[at], right[at]];
    if (one === two) continue;
    if (at % 2 === 1 && Number(one) !== Number(two)) return Number(one) - Number(two);
    return one < two ? -1 : 1;
  }
  return a.length - b.length;
}

export const remove = command({
  usage: 'NETWORK [NETWORK...]',
  args: { min: 1 },
  completes: 'networks',
  flags: { force: bool('f', 'Do not error if the network does not exist') },
  async run({ args, flags, session }) {
    const client = await session.client();
    return await forEach(
      session,
      args,
      async (name) => {
        try {
          await client.networks.remove(name);
        } catch (error) {
          if (flags.force && isNotFound(error)) return undefined;
          throw error;
        }
        return name;
      },
      1,
    );
  },
});

export const connect = command({
  usage: '[OPTIONS] NETWORK CONTAINER',
  args: { min: 2, max: 2 },
  completes: 'networks',
  flags: {
    alias: strings('', 'Add network-scoped alias for the container'),
    'driver-opt': listFlag('', 'driver options for the network'),
    'gw-priority': string('', 'Highest gw-priority provides the default gateway'),
    ip: string('', 'IPv4 address (e.g., "172.30.100.104")'),
    ip6: string('', 'IPv6 address (e.g., "2001:db8::33")'),
    link: listFlag('', 'Add link to another container'),
    'link-local-ip': strings('', 'Add a link-local address for the container'),
  },
  async run({ args: [network = '', container = ''], flags, session }) {
    const client = await session.client();
    const { ip, ip6 } = flags;
    const linkLocal = flags['link-local-ip'];
    const options = readLabels([], flags['driver-opt']);
    await client.networks.connect(network, container, {
      IPAMConfig: {
        ...(ip === '' ? {} : { IPv4Address: ip }),
        ...(ip6 === '' ? {} : { IPv6Address: ip6 }),
        ...(linkLocal.length === 0 ? {} : { LinkLocalIPs: linkLocal }),
      },
      Aliases: flags.alias,
      Links: flags.link,
      ...(Object.keys(options).length === 0 ? {} : { DriverOpts: options }),
      ...(flags['gw-priority'] === '' ? {} : { GwPriority: Number(flags['gw-priority']) }),
    });
  },
});

export const disconnect = command({
  usage: '[OPTIONS] NETWORK CONTAINER',
  args: { min: 2, max: 2 },
  completes: 'networks',
  flags: { force: bool('f', 'Force the container to disconnect from a network') },
  async run({ args: [network = '', container = ''], flags, session }) {
    const client = await session.client();
    await client.networks.disconnect(network, container, flags.force);
  },
});
