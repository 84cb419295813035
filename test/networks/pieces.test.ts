// The parts that only compute: addresses, pools, requests, ports, files.

import assert from 'node:assert/strict';
import {
  contains,
  formatAddress,
  formatSubnet,
  macOf,
  overlaps,
  parseAddress,
  parseMac,
  parseReverseName,
  parseSubnet,
  randomMac,
  type Address,
  type Subnet,
} from '../../runtime/src/spec/address.ts';
import { parseBridgeOptions } from '../../runtime/src/networks/bridge-options.ts';
import {
  effectiveResolvers,
  hostsFile,
  parseExtraHost,
  parseResolvConf,
  resolvConf,
} from '../../runtime/src/networks/container-files.ts';
import { draftNetwork } from '../../runtime/src/networks/create-request.ts';
import { checkEndpoint, endpointSysctls } from '../../runtime/src/networks/endpoint.ts';
import { renderElements, renderTable } from '../../runtime/src/networks/firewall-rules.ts';
import { HostPorts } from '../../runtime/src/networks/host-ports.ts';
import { AddressPool } from '../../runtime/src/networks/pool.ts';
import { parsePort, planPorts, type WantedPort } from '../../runtime/src/networks/port-plan.ts';
import { inTheWay, readRoutes } from '../../runtime/src/networks/routes.ts';
import { defaultPools, pickSubnet } from '../../runtime/src/networks/subnets.ts';
import { EngineError } from '../../runtime/src/spec/errors.ts';

function ip(text: string): Address {
  const address = parseAddress(text);
  assert.ok(address, text);
  return address;
}

function net(text: string): Subnet {
  const subnet = parseSubnet(text);
  assert.ok(subnet, text);
  return subnet;
}

function filesOf(contents: Readonly<Record<string, string>>) {
  return {
    async readText(path: string) {
      const text = contents[path];
      if (text === undefined) throw new EngineError('notFound', path);
      return text;
    },
  };
}

describe('networks: pieces', () => {
  it('reads and prints addresses and subnets', () => {
    for (const text of [
      '0.0.0.0',
      '172.17.0.2',
      '255.255.255.255',
      '::',
      '::1',
      'fe80::1',
      '2001:db8::1:0:0:1',
      '1:2:3:4:5:6:7:8',
    ]) {
      assert.equal(formatAddress(ip(text)), text);
    }
    assert.equal(formatAddress(ip('2001:DB8:0:0:1:0:0:1')), '2001:db8::1:0:0:1');
    assert.equal(formatAddress(ip('::ffff:1.2.3.4')), '::ffff:102:304');
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '1.2.3.256',
      ':',
      ':::',
      '1::2::3',
      '12345::',
      'fe80::1%eth0',
      '1.2.3.4/8',
      'x',
    ]) {
      assert.equal(parseAddress(text), undefined, text);
    }
    assert.equal(formatSubnet(net('10.1.2.3/8')), '10.0.0.0/8');
    assert.equal(formatSubnet(net('fd00::1/64')), 'fd00::/64');
    for (const text of ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '/8', '10.0.0.0/'])
      assert.equal(parseSubnet(text), undefined, text);
    assert.equal(contains(net('10.0.0.0/8'), ip('10.255.0.1')), true);
    assert.equal(contains(net('10.0.0.0/8'), ip('::')), false);
    assert.equal(overlaps(net('10.0.0.0/8'), net('10.1.0.0/16')), true);
    assert.equal(overlaps(net('10.0.0.0/16'), net('10.1.0.0/16')), false);
    assert.equal(macOf(ip('172.17.0.2')), '02:42:ac:11:00:02');
    assert.equal(
      randomMac(() => new Uint8Array([0xff, 1, 2, 3, 4, 5])),
      'fe:01:02:03:04:05',
    );
    assert.equal(parseMac('02-AB-00-00-00-01'), '02:ab:00:00:00:01');
    assert.equal(parseMac('02:ab'), undefined);
    assert.deepEqual(parseReverseName('2.0.17.172.in-addr.arpa'), ip('172.17.0.2'));
    assert.deepEqual(parseReverseName(`2.${'0.'.repeat(29)}d.f.ip6.arpa`), ip('fd00::2'));
    assert.equal(parseReverseName('web'), undefined);
  });

  it('gives the lowest free address of a range and takes it back', () => {
    const pool = new AddressPool(net('10.0.0.0/29'), net('10.0.0.0/29'), [ip('10.0.0.1'), ip('10.0.0.3')]);
    const next = () => {
      const address = pool.take();
      return address === undefined ? undefined : formatAddress(address);
    };
    assert.deepEqual(
      [next(), next(), next(), next(), next()],
      ['10.0.0.2', '10.0.0.4', '10.0.0.5', '10.0.0.6', undefined],
    );
    pool.release(ip('10.0.0.4'));
    assert.throws(() => pool.claim(ip('10.0.0.5')), { kind: 'forbidden', message: 'Address already in use' });
    assert.equal(next(), '10.0.0.4');
    const ranged = new AddressPool(net('10.0.0.0/24'), net('10.0.0.128/30'), []);
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => ranged.take()?.value.toString(16)),
      ['a000080', 'a000081', 'a000082', 'a000083', undefined],
    );
    ranged.claim(ip('10.0.0.5'));
  });

  it('picks subnets past routes of the host and other networks', async () => {
    const route =
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n' +
      'eth0\t00000000\t010211AC\t0003\t0\t0\t0\t00000000\t0\n' +
      'eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\n';
    const six = 'fd000000000000000000000000000000 40 00000000000000000000000000000000 00 0 0 0 0 0 eth0\n';
    const taken = await readRoutes(filesOf({ '/proc/net/route': route, '/proc/net/ipv6_route': six }), ['/proc/net']);
    assert.deepEqual(taken.map(formatSubnet), ['172.17.0.0/16', 'fd00::/64']);
    assert.deepEqual(await readRoutes(filesOf({ '/proc/net/route': '' }), ['/proc/net']), []);
    const pick = (...more: string[]) => formatSubnet(pickSubnet(defaultPools, 4, [...taken, ...more.map(net)]));
    assert.equal(pick(), '172.18.0.0/16');
    assert.equal(pick('172.16.0.0/12'), '192.168.0.0/20');
    assert.equal(pick('172.16.0.0/12', '192.168.0.0/17', '192.168.130.0/24'), '192.168.144.0/20');
    assert.throws(() => pick('0.0.0.0/0'), {
      kind: 'invalidParameter',
      message: 'all predefined address pools have been fully subnetted',
    });
  });

  it('finds what is in the way of a subnet: networks of interfaces, parts of it, not wider routes', async () => {
    const line = (device: string, base: string, mask: string) => `${device}\t${base}\t0\t1\t0\t0\t0\t${mask}\t0\n`;
    const route =
      `Iface\n${line('lan0', '0000A8C0', '0000FFFF')}${line('vpn0', '0000000A', '000000FF')}` +
      `${line('br0', '000011AC', '0000FFFF')}${line('*', '000012AC', '00FFFFFF')}`;
    const trie = '     |-- 192.168.255.255\n        /32 link BROADCAST\n     |-- 10.0.0.1\n        /32 host LOCAL\n';
    const six = `fd01${'0'.repeat(28)} 40 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000100 1 0 00000001     lan0\n`;
    const files = filesOf({ '/proc/net/route': route, '/proc/net/fib_trie': trie, '/proc/net/ipv6_route': six });
    const routes = await readRoutes(files, ['/proc/net']);
    const met = (subnet: string, bridge = 'own0') => inTheWay(net(subnet), routes, bridge)?.device;
    assert.equal(met('192.168.7.0/24'), 'lan0');
    assert.equal(met('10.1.0.0/16'), undefined);
    assert.equal(met('10.0.0.0/8'), 'vpn0');
    assert.equal(met('172.16.0.0/12'), 'br0');
    assert.equal(met('172.17.0.0/16'), 'br0');
    assert.equal(met('172.17.0.0/16', 'br0'), undefined);
    assert.equal(met('172.18.0.0/16'), '*');
    assert.equal(met('fd01::/48'), 'lan0');
    assert.equal(met('fd02::/64'), undefined);
  });

  it('completes and refuses network requests in the words of moby', () => {
    const draft = (request: object, taken: string[] = []) =>
      draftNetwork({ Name: 'net1', ...request }, taken.map(net), (family, seen) =>
        pickSubnet(family === 4 ? defaultPools : [{ base: 'fd11::/48', size: 64 }], family, seen),
      );
    assert.deepEqual(draft({}).ipam, [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }]);
    assert.equal(
      draft({ Options: { 'com.docker.network.enable_ipv6': 'true', 'com.example.x': 'kept' } }).enableIPv6,
      true,
    );
    assert.deepEqual(draft({ EnableIPv6: true }).ipam[1], { Subnet: 'fd11::/64', Gateway: 'fd11::1' });
    const full = {
      Subnet: '10.5.0.0/16',
      IPRange: '10.5.5.0/24',
      Gateway: '10.5.5.254',
      AuxiliaryAddresses: { a: '10.5.1.5' },
    };
    assert.deepEqual(draft({ IPAM: { Config: [full] } }).ipam, [full]);
    assert.equal(
      draft({ IPAM: { Config: [{ Subnet: '10.5.0.0/16', IPRange: '10.5.5.0/24' }] } }).ipam[0]?.Gateway,
      '10.5.5.0',
    );
    const refused: [object, string, RegExp][] = [
      [{ Name: 'bridge' }, 'forbidden', /^operation is not permitted on predefined bridge network $/],
      [{ Name: '' }, 'invalidParameter', /name is empty/],
      [{ Name: '../x' }, 'invalidParameter', /invalid network name/],
      [{ Name: 7 }, 'invalidParameter', /name is empty/],
      [{ Driver: 'overlay' }, 'unavailable', /not a swarm manager/],
      [{ Driver: 'weave' }, 'notFound', /plugin "weave" not found/],
      [{ Driver: 'host' }, 'forbidden', /only one instance of "host" network is allowed/],
      [{ ConfigOnly: true }, 'notImplemented', /config-only/],
      [{ Labels: { a: 1 } }, 'invalidParameter', /Labels is not a map/],
      [{ IPAM: { Driver: 'x' } }, 'notFound', /ipam driver x/],
      [{ IPAM: { Config: [{ Subnet: '10.0.0.0' }] } }, 'invalidParameter', /invalid subnet 10\.0\.0\.0/],
      [{ IPAM: { Config: [{ Subnet: '10.0.0.1/24' }] } }, 'invalidParameter', /it should be 10\.0\.0\.0\/24/],
      [
        { IPAM: { Config: [{ Subnet: '10.0.0.0/24', Gateway: '10.1.0.1' }] } },
        'invalidParameter',
        /doesn't contain this address/,
      ],
      [
        { IPAM: { Config: [{ Subnet: '10.0.0.0/24', IPRange: '10.0.1.0/25' }] } },
        'invalidParameter',
        /doesn't contain ip-range/,
      ],
      [
        { IPAM: { Config: [{ Subnet: '10.7.0.0/24' }] } },
        'forbidden',
        /Pool overlaps with other one on this address space$/,
      ],
      [
        { Options: { 'com.docker.network.bridge.gateway_mode_ipv4': 'routed' } },
        'invalidParameter',
        /gateway_mode_ipv4=routed is not supported/,
      ],
      [
        { Options: { 'com.docker.network.bridge.trusted_host_interfaces': 'x' } },
        'invalidParameter',
        /is not supported/,
      ],
      [{ EnableIPv4: false }, 'invalidParameter', /IPv4 or IPv6 must be enabled/],
    ];
    for (const [request, kind, message] of refused) {
      assert.throws(() => draft(request, ['10.7.0.0/16']), { kind, message }, JSON.stringify(request));
    }
    assert.throws(() => parseBridgeOptions({ 'com.docker.network.bridge.name': 'a/b' }), /invalid bridge name/);
    assert.throws(() => parseBridgeOptions({ 'com.docker.network.driver.mtu': '12x' }), /invalid MTU/);
    assert.equal(parseBridgeOptions({ 'com.docker.network.driver.mtu': '9000' }).mtu, 9000);
  });

  it('checks endpoints', () => {
    const record = { ...draftNetwork({ Name: 'net1' }, [], () => net('10.0.0.0/24')), id: 'i', created: '' } as never;
    const rejects = (settings: object, message: RegExp) =>
      assert.throws(() => checkEndpoint(record, settings), { kind: 'invalidParameter', message });
    rejects(
      { IPAMConfig: { IPv4Address: '10.0.0.9' } },
      /only when connecting to networks with user configured subnets/,
    );
    rejects({ IPAMConfig: { IPv4Address: 'x' } }, /invalid IPv4 address: x/);
    rejects({ MacAddress: '1:2' }, /invalid MAC address/);
    rejects({ DriverOpts: { 'com.docker.network.endpoint.ifname': 'a/b' } }, /invalid interface name/);
    rejects({ DriverOpts: { 'com.docker.network.endpoint.sysctls': 'net.ipv4.ip_forward=1' } }, /unrecognised/);
    rejects({ DriverOpts: { 'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.x/../y=1' } }, /unrecognised/);
    const opts = {
      DriverOpts: {
        'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.accept_ra=2',
      },
    };
    assert.deepEqual(endpointSysctls(opts, 'eth3'), {
      'net/ipv4/conf/eth3/log_martians': '1',
      'net/ipv6/conf/eth3/accept_ra': '2',
    });
  });

  it('reads ports', () => {
    assert.deepEqual(parsePort('80'), { key: '80/tcp', protocol: 'tcp', port: 80 });
    assert.deepEqual(parsePort('53/UDP'), { key: '53/udp', protocol: 'udp', port: 53 });
    for (const text of ['', '0', '65536', 'http', '80/icmp', '80-90/tcp', '-1', '80/tcp/x', '1e3']) {
      assert.throws(() => parsePort(text), { kind: 'invalidParameter' }, text);
    }
    assert.throws(() => parsePort('80/sctp'), { kind: 'notImplemented' });
    const plan = planPorts({
      portBindings: {
        '90/tcp': null,
        '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }, { HostPort: '8000-8010' }],
        '81/tcp': [{ HostPort: '8000' }],
      },
      exposedPorts: { '90/tcp': {}, '80': {} },
      publishAll: true,
    });
    assert.deepEqual(
      plan.map(({ key, hostIp, from, to }) => [key, hostIp, from, to]),
      [
        ['81/tcp', '', 8000, 8000],
        ['80/tcp', '', 8000, 8010],
        ['80/tcp', '127.0.0.1', 0, 0],
        ['90/tcp', '', 0, 0],
      ],
    );
    for (const binding of [
      { HostPort: 'x' },
      { HostPort: '10-5' },
      { HostPort: '70000' },
      { HostIp: 'host', HostPort: '1' },
    ]) {
      assert.throws(() => planPorts({ portBindings: { 80: [binding] }, exposedPorts: {}, publishAll: false }), {
        kind: 'invalidParameter',
      });
    }
  });

  it('gives host ports without repeating itself, and names who holds one', async () => {
    const files = filesOf({
      '/proc/sys/net/ipv4/ip_local_port_range': '40000\t40004\n',
      '/proc/net/tcp':
        'head\n 0: 00000000:9C41 00000000:0000 0A 0 0 0 0 0 1\n 1: 00000000:9C42 00000000:0000 01 0 0 0 0 0 1\n',
    });
    const ports = new HostPorts(files, () => new Uint8Array([0, 0]));
    const any: WantedPort = { key: '80/tcp', protocol: 'tcp', containerPort: 80, hostIp: '', from: 0, to: 0 };
    const where = { owner: 'web', hasIPv6: true, avoid: new Set<string>() };
    const given: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const [port] = await ports.reserve([any], where);
      assert.ok(port);
      assert.deepEqual(port.hostIps, ['0.0.0.0', '::']);
      given.push(port.hostPort);
      ports.release([port]);
    }
    assert.deepEqual(given, [40000, 40002, 40003, 40004, 40000]);
    const fixed = { ...any, from: 8080, to: 8080 };
    const [held] = await ports.reserve([fixed], where);
    assert.ok(held);
    await assert.rejects(ports.reserve([{ ...fixed, hostIp: '127.0.0.1' }], { ...where, owner: 'other' }), {
      message: 'Bind for 0.0.0.0:8080 failed: port is already allocated (held by container web)',
    });
    await ports.reserve([{ ...fixed, protocol: 'udp' }], where);
    const range = { ...any, from: 8080, to: 8081 };
    assert.equal((await ports.reserve([range], where))[0]?.hostPort, 8081);
    await assert.rejects(ports.reserve([{ ...any, from: 9000, to: 9000 }, range], where), {
      message: /all ports of 8080-8081/,
    });
    assert.equal((await ports.reserve([{ ...any, from: 9000, to: 9000 }], where)).length, 1);
  });

  it('writes hosts and resolv.conf in the order of dockerd', () => {
    const member = { id: 'i', hostname: 'web', domainname: 'lan' };
    const text = hostsFile(
      member,
      ['172.17.0.2'],
      {
        extraHosts: ['db:10.0.0.9', 'me=host-gateway', 'six:[::5]'],
        links: [{ name: 'cache', alias: 'redis', ip: '172.17.0.9' }],
      },
      ['172.17.0.1'],
    );
    assert.deepEqual(text.split('\n').slice(6), [
      '10.0.0.9\tdb',
      '172.17.0.1\tme',
      '::5\tsix',
      '172.17.0.9\tredis cache',
      '172.17.0.2\tweb.lan web',
      '',
    ]);
    for (const entry of ['nocolon', 'a:b', ':1.2.3.4', 'a b:1.2.3.4', 'x:1.2.3.4\n6.6.6.6 y']) {
      assert.throws(() => parseExtraHost(entry), { kind: 'invalidParameter' }, entry);
    }
    const host = parseResolvConf('# c\nnameserver 127.0.0.53\nnameserver 9.9.9.9 # x\nsearch a b\noptions edns0\n');
    assert.deepEqual(host, { nameservers: ['127.0.0.53', '9.9.9.9'], search: ['a', 'b'], options: ['edns0'] });
    const none = { nameservers: [], search: [], options: [] };
    const asked = { dns: ['1.1.1.1'], dnsSearch: ['.'], dnsOptions: [] };
    const lines = (config: typeof none | typeof host, embedded: boolean) =>
      resolvConf(config, embedded).trim().split('\n').slice(1);
    assert.deepEqual(lines(host, false), ['nameserver 9.9.9.9', 'search a b', 'options edns0']);
    assert.deepEqual(lines(host, true), ['nameserver 127.0.0.11', 'search a b', 'options edns0 ndots:0']);
    assert.deepEqual(lines(none, false), ['nameserver 8.8.8.8', 'nameserver 8.8.4.4']);
    assert.deepEqual(
      resolvConf(effectiveResolvers(asked, none, host), false)
        .trim()
        .split('\n')
        .slice(1),
      ['nameserver 1.1.1.1', 'options edns0'],
    );
    assert.deepEqual(
      effectiveResolvers({ dns: [], dnsSearch: [], dnsOptions: [] }, { ...none, nameservers: ['5.5.5.5'] }, host)
        .nameservers,
      ['5.5.5.5'],
    );
  });

  it('puts ports into the map of their family, and leaves the rest to the proxy', () => {
    const port = { protocol: 'tcp' as const, hostPort: 80, containerPort: 8080 };
    const ports = [
      { ...port, hostIp: '0.0.0.0', containerIp: '10.0.0.2' },
      { ...port, hostIp: '127.0.0.1', containerIp: '10.0.0.2' },
      { ...port, hostIp: '::', containerIp: '10.0.0.2' },
      { ...port, hostIp: '::', containerIp: 'fd00::2' },
      { ...port, hostIp: '::1', containerIp: 'fd00::2' },
    ];
    assert.equal(
      renderElements('add', 't', ports),
      'add element inet t ports4 { tcp . 80 : 10.0.0.2 . 8080 }\n' +
        'add element inet t ports6 { tcp . 80 : fd00::2 . 8080 }\n' +
        'add element inet t addressports4 { 127.0.0.1 . tcp . 80 : 10.0.0.2 . 8080 }\n',
    );
    assert.equal(renderElements('delete', 't', ports.slice(0, 1)), 'delete element inet t ports4 { tcp . 80 }\n');
    assert.equal(renderElements('add', 't', ports.slice(2, 3)), '');
    assert.match(renderTable('t', [], []), /^table inet t\ndelete table inet t\ntable inet t \{/);
  });
});
