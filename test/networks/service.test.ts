// Networks as the API calls them, over real bridges.

import assert from 'node:assert/strict';
import type { NetworkInspect } from '../../runtime/src/spec/api/networks.ts';
import { noFilters } from '../../runtime/src/spec/filters.ts';
import { requireRoot } from '../helpers/skip.ts';
import { makeLab } from './lab.ts';

function filters(entries: Record<string, string[]>): Map<string, string[]> {
  return new Map(Object.entries(entries));
}

describe('networks: service', () => {
  before(function () {
    requireRoot(this);
  });

  it('creates, shows, finds, filters, removes and prunes', async () => {
    await using lab = await makeLab();
    const { networks } = lab.room;
    const { Id } = await networks.create({ Name: 'wirenet', Labels: { a: 'b' } });
    assert.match(Id, /^[0-9a-f]{64}$/);
    const shown = await networks.inspect('wirenet', { verbose: false });
    assert.equal(
      JSON.stringify({ ...shown, Created: '<time>' }),
      `{"Name":"wirenet","Id":"${Id}","Created":"<time>","Scope":"local","Driver":"bridge","EnableIPv4":true,"EnableIPv6":false,` +
        '"IPAM":{"Driver":"default","Options":null,"Config":[{"Subnet":"172.18.0.0/16","Gateway":"172.18.0.1"}]},"Internal":false,' +
        '"Attachable":false,"Ingress":false,"ConfigFrom":{"Network":""},"ConfigOnly":false,"Containers":{},"Options":{},"Labels":{"a":"b"}}',
    );
    for (const ref of [Id, Id.slice(0, 12), 'wirenet']) {
      assert.equal((await networks.inspect(ref, { verbose: false })).Id, Id);
    }
    await assert.rejects(networks.inspect('nope', { verbose: false }), {
      kind: 'notFound',
      message: 'network nope not found',
    });
    await assert.rejects(networks.inspect('wirenet', { verbose: false, scope: 'swarm' }), { kind: 'notFound' });
    await assert.rejects(networks.create({ Name: 'wirenet' }), {
      kind: 'conflict',
      message: 'network with name wirenet already exists',
    });
    await assert.rejects(networks.create({ Name: 'same', IPAM: { Config: [{ Subnet: '172.18.5.0/24' }] } }), {
      kind: 'forbidden',
      message: 'invalid pool request: Pool overlaps with other one on this address space',
    });
    await assert.rejects(networks.create({ Name: 'same', Options: { 'com.docker.network.bridge.name': 'cortest0' } }), {
      kind: 'forbidden',
      message: /networks have same bridge name$/,
    });
    const names = async (entries: Record<string, string[]>) =>
      (await networks.list(filters(entries))).map(({ Name }) => Name ?? '').toSorted((a, b) => (a < b ? -1 : 1));
    assert.deepEqual(await names({}), ['bridge', 'host', 'none', 'wirenet']);
    assert.deepEqual(await names({ type: ['custom'] }), ['wirenet']);
    assert.deepEqual(await names({ driver: ['null', 'host'] }), ['host', 'none']);
    assert.deepEqual(await names({ name: ['ire'] }), ['wirenet']);
    assert.deepEqual(await names({ id: [Id.slice(0, 20)] }), ['wirenet']);
    assert.deepEqual(await names({ label: ['a=b'], scope: ['local'] }), ['wirenet']);
    assert.deepEqual(await names({ dangling: ['true'] }), ['wirenet']);
    await assert.rejects(names({ type: ['x'] }), { kind: 'invalidParameter' });
    await assert.rejects(names({ zz: ['x'] }), { message: "invalid filter 'zz'" });
    await assert.rejects(networks.remove('bridge'), {
      kind: 'forbidden',
      message: 'bridge is a pre-defined network and cannot be removed',
    });
    const container = await lab.start('wire1', { mode: 'wirenet' });
    const endpoint = container.joined.endpoints['wirenet']?.EndpointID ?? '';
    await assert.rejects(networks.remove('wirenet'), {
      kind: 'forbidden',
      message: `error while removing network: network wirenet has active endpoints (name:"wire1" id:"${endpoint.slice(0, 12)}")`,
    });
    await networks.create({ Name: 'loose' });
    assert.deepEqual(await networks.prune(filters({ label: ['none'] })), { NetworksDeleted: null });
    assert.deepEqual(await networks.prune(noFilters), { NetworksDeleted: ['loose'] });
    await lab.stop(container);
    await networks.remove(Id.slice(0, 8));
    assert.deepEqual(await names({}), ['bridge', 'host', 'none']);
    assert.doesNotMatch((await lab.exec('host', 'ip -o link')).stdout, /br-/);
    assert.ok(lab.events.includes('network create wirenet') && lab.events.includes('network destroy wirenet'));
  });

  it('connects and disconnects running containers, with aliases and fixed addresses', async () => {
    await using lab = await makeLab();
    const { networks } = lab.room;
    await networks.create({ Name: 'alpha', IPAM: { Config: [{ Subnet: '10.44.0.0/24' }] } });
    await networks.create({ Name: 'zeta', EnableIPv6: true });
    const peer = await lab.start('peer', { mode: 'alpha' });
    const web = await lab.start('web');
    const EndpointConfig = {
      Aliases: ['al'],
      IPAMConfig: { IPv4Address: '10.44.0.77', LinkLocalIPs: ['169.254.8.8'] },
      MacAddress: '02:AA:00:00:00:01',
      DriverOpts: { 'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.log_martians=1' },
    };
    await networks.connect('alpha', { Container: 'web', EndpointConfig });
    const settings = web.joined.endpoints['alpha'];
    assert.deepEqual(
      [web.endpoints['alpha']?.MacAddress, web.endpoints['alpha']?.IPAddress],
      ['02:AA:00:00:00:01', ''],
    );
    assert.equal(settings?.IPAddress, '10.44.0.77');
    assert.equal(settings.MacAddress, '02:aa:00:00:00:01');
    assert.match((await lab.exec(web, 'ip -o addr show eth1')).stdout, /169\.254\.8\.8\/16/);
    assert.deepEqual(settings.DNSNames, ['web', 'al', web.member.id.slice(0, 12)]);
    assert.equal(web.joined.needsDns, true);
    assert.match(web.joined.resolvConf, /nameserver 127\.0\.0\.11\n/);
    assert.match(web.joined.hosts, /^10\.44\.0\.77\t/m);
    assert.equal((await lab.exec(peer, 'busybox ping -c1 -W20 10.44.0.77')).code, 0);
    assert.match(
      (await lab.exec(web, 'ip -o addr show eth1; cat /proc/sys/net/ipv4/conf/eth1/log_martians')).stdout,
      /10\.44\.0\.77\/24[\s\S]*\n1\n$/,
    );
    await assert.rejects(networks.connect('alpha', { Container: 'web' }), {
      kind: 'forbidden',
      message: 'endpoint with name web already exists in network alpha',
    });
    const other = await lab.start('other');
    await assert.rejects(
      networks.connect('alpha', { Container: 'other', EndpointConfig: { IPAMConfig: { IPv4Address: '10.44.0.77' } } }),
      {
        kind: 'forbidden',
        message: 'Address already in use',
      },
    );
    await assert.rejects(
      networks.connect('alpha', { Container: 'other', EndpointConfig: { IPAMConfig: { IPv4Address: '10.45.0.1' } } }),
      {
        kind: 'invalidParameter',
        message: 'no configured subnet contains IP address 10.45.0.1',
      },
    );
    assert.doesNotMatch((await lab.exec(other, 'ip -o link')).stdout, /eth1/);
    // The way out: the network whose name comes first, unless a priority says otherwise.
    const gateway = async () => (await lab.exec(web, 'ip route show default')).stdout;
    assert.match(await gateway(), /via 10\.44\.0\.1 dev eth1/);
    await networks.connect('zeta', { Container: 'web', EndpointConfig: { GwPriority: 5 } });
    assert.match(await gateway(), /via 172\.18\.0\.1 dev eth2/);
    assert.equal((await lab.exec(web, 'busybox ping -c1 -W20 10.99.0.2 && busybox ping -6 -c1 -W20 fd99::2')).code, 0);
    await networks.disconnect('zeta', { container: 'web', force: false });
    assert.match(await gateway(), /via 10\.44\.0\.1 dev eth1/);
    await networks.disconnect('alpha', { container: 'web', force: false });
    assert.deepEqual(Object.keys(web.endpoints), ['bridge']);
    assert.match(await gateway(), /via 172\.17\.0\.1 dev eth0/);
    assert.equal((await lab.exec(web, 'busybox ping -c1 -W20 10.99.0.2')).code, 0);
    await assert.rejects(networks.disconnect('alpha', { container: 'web', force: false }), {
      kind: 'system',
      message: `container ${web.member.id} is not connected to network alpha`,
    });
    await networks.connect('alpha', {
      Container: 'other',
      EndpointConfig: { IPAMConfig: { IPv4Address: '10.44.0.77' } },
    });
    const inspected = (await networks.inspect('alpha', { verbose: false })) as NetworkInspect & {
      Containers: Record<string, unknown>;
    };
    assert.deepEqual(Object.keys(inspected.Containers).toSorted(), [peer.member.id, other.member.id].toSorted());
  });

  it('keeps what it is told of stopped containers, and refuses what does not go together', async () => {
    await using lab = await makeLab();
    const { networks } = lab.room;
    await networks.create({ Name: 'alpha' });
    const web = await lab.start('web');
    await lab.stop(web);
    await networks.connect('alpha', { Container: 'web', EndpointConfig: { Aliases: ['x'] } });
    assert.deepEqual(Object.keys(web.endpoints), ['bridge', 'alpha']);
    assert.deepEqual(web.endpoints['alpha']?.Aliases, ['x']);
    await networks.disconnect('alpha', { container: 'web', force: false });
    await assert.rejects(networks.disconnect('alpha', { container: 'web', force: false }), {
      kind: 'system',
      message: `container ${web.member.id} is not connected to the network alpha`,
    });
    await lab.start('h', { mode: 'host', netns: '' });
    await lab.start('n', { mode: 'none' });
    for (const [network, container] of [
      ['alpha', 'h'],
      ['host', 'web'],
      ['alpha', 'n'],
      ['none', 'web'],
    ] as const) {
      await assert.rejects(
        networks.connect(network, { Container: container }),
        { kind: 'invalidParameter' },
        `${network} ${container}`,
      );
    }
    await assert.rejects(networks.connect('alpha', { Container: 'nobody' }), { kind: 'notFound' });
    await assert.rejects(networks.connect('bridge', { Container: 'web', EndpointConfig: { Aliases: ['x'] } }), {
      message: 'network-scoped aliases are only supported for user-defined networks',
    });
    const check = (mode: string, endpoints: Record<string, object> = {}) =>
      lab.room.containerNetworks.check({ mode, endpoints, portBindings: {} });
    assert.deepEqual(Object.keys(await check('default')), ['bridge']);
    assert.deepEqual(Object.keys(await check('alpha', { alpha: {}, bridge: {} })), ['alpha', 'bridge']);
    await assert.rejects(check('nope'), { kind: 'notFound', message: 'network nope not found' });
    await assert.rejects(check('host', { host: {}, alpha: {} }), { kind: 'invalidParameter' });
  });

  it('says when a network is full, and gives nothing half-made', async () => {
    await using lab = await makeLab();
    const { Id } = await lab.room.networks.create({ Name: 'tiny', IPAM: { Config: [{ Subnet: '10.55.0.0/30' }] } });
    await lab.start('one', { mode: 'tiny' });
    await assert.rejects(lab.start('two', { mode: 'tiny', endpoints: { tiny: {}, bridge: {} } }), {
      kind: 'system',
      message: `failed to set up container networking: no available IPv4 addresses on this network's address pools: tiny (${Id})`,
    });
    assert.equal((await lab.start('three')).joined.endpoints['bridge']?.IPAddress, '172.17.0.2');
  });

  it('finds everything again after a restart', async () => {
    await using lab = await makeLab();
    await lab.room.networks.create({ Name: 'alpha' });
    const web = await lab.start('web', { mode: 'alpha', endpoints: { alpha: {}, bridge: {} } });
    const before = await lab.room.networks.inspect('alpha', { verbose: false });
    await lab.restart();
    assert.deepEqual(await lab.room.networks.inspect('alpha', { verbose: false }), before);
    const next = await lab.start('next', { mode: 'alpha' });
    assert.equal(next.joined.endpoints['alpha']?.IPAddress, '172.18.0.3');
    assert.equal((await lab.exec(next, 'busybox ping -c1 -W20 172.18.0.2')).code, 0);
    await lab.room.networks.disconnect('bridge', { container: 'web', force: false });
    assert.doesNotMatch((await lab.exec(web, 'ip -o link')).stdout, /eth1/);
    assert.equal((await lab.exec(web, 'busybox ping -c1 -W20 10.99.0.2')).code, 0);
    const renamed = await lab.room.containerNetworks.rename(web.member.id, 'webber');
    assert.equal(renamed['alpha']?.DNSNames?.[0], 'webber');
  });

  it('lets two daemons live side by side', async () => {
    await using one = await makeLab();
    const first = await one.start('a');
    const table = async () => (await one.exec('host', 'nft list tables inet')).stdout;
    assert.equal(await table(), 'table inet coracle_cortest0\n');
    // The bridge of the other daemon is a route of the host, so its subnet is left alone.
    assert.equal(first.joined.endpoints['bridge']?.Gateway, '172.17.0.1');
    await using folder = await one.second('cortest1');
    assert.equal(
      (await folder.room.networks.inspect('bridge', { verbose: false })).IPAM?.Config?.[0]?.Subnet,
      '172.18.0.0/16',
    );
    assert.equal(await table(), 'table inet coracle_cortest0\ntable inet coracle_cortest1\n');
    await folder.room.close();
    assert.equal((await one.exec(first, 'busybox ping -c1 -W20 10.99.0.2')).code, 0);
  });
});
