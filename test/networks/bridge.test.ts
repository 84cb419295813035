// Bridge networks with a real kernel: addresses, isolation, the way out, the firewall table.

import assert from 'node:assert/strict';
import { requireRoot } from '../helpers/skip.ts';
import { noFilters } from '../../runtime/src/spec/filters.ts';
import { makeLab } from './lab.ts';

describe('networks: bridges', () => {
  before(function () {
    requireRoot(this);
  });

  it('gives the lowest free address, a way out through the host, and costs one kernel call', async () => {
    await using lab = await makeLab();
    const first = await lab.start('one');
    lab.calls.length = 0;
    const second = await lab.start('two');
    assert.deepEqual(lab.calls, ['attachVeth']);
    const settings = first.joined.endpoints['bridge'];
    assert.equal(settings?.IPAddress, '172.17.0.2');
    assert.equal(settings.MacAddress, '02:42:ac:11:00:02');
    assert.equal(settings.Gateway, '172.17.0.1');
    assert.equal(settings.IPPrefixLen, 16);
    assert.equal(settings.DNSNames, null);
    assert.equal(second.joined.endpoints['bridge']?.IPAddress, '172.17.0.3');
    assert.equal((await lab.exec(first, 'busybox ping -c1 -W20 172.17.0.3')).code, 0);
    await lab.serve('outside', 'tcp', 7000, 'outside');
    assert.equal(
      (await lab.exec(first, 'curl -s --http0.9 -m 60 10.99.0.2:7000')).stdout,
      'outside ::ffff:10.99.0.1\n',
    );
    await lab.stop(first);
    assert.equal((await lab.start('three')).joined.endpoints['bridge']?.IPAddress, '172.17.0.2');
    assert.match(second.joined.hosts, /^172\.17\.0\.3\t[0-9a-f]{12}$/m);
    assert.deepEqual(
      lab.events.filter((event) => event.startsWith('network')),
      ['network connect bridge', 'network connect bridge', 'network disconnect bridge', 'network connect bridge'],
    );
  });

  it('keeps bridges apart, internal ones from everywhere, and shuts the direct way in', async () => {
    await using lab = await makeLab();
    await lab.room.networks.create({ Name: 'red' });
    await lab.room.networks.create({ Name: 'blue', Internal: true });
    const a = await lab.start('a');
    const red = await lab.start('red1', { mode: 'red' });
    const blue = await lab.start('blue1', { mode: 'blue' });
    const blue2 = await lab.start('blue2', { mode: 'blue' });
    const addressOf = (container: typeof a) => Object.values(container.joined.endpoints)[0]?.IPAddress ?? '';
    assert.equal(addressOf(red), '172.18.0.2');
    assert.equal(Object.values(blue.joined.endpoints)[0]?.Gateway, '');
    const reaches = async (from: Parameters<typeof lab.exec>[0], ip: string) =>
      (await lab.exec(from, `busybox ping -c1 -W1 ${ip}`)).code === 0;
    assert.equal(await reaches('host', addressOf(red)), true);
    assert.equal(await reaches(red, '10.99.0.2'), true);
    assert.equal(await reaches(a, addressOf(red)), false);
    assert.equal(await reaches(red, addressOf(a)), false);
    assert.equal(await reaches(blue, addressOf(blue2)), true);
    await lab.exec(blue, 'ip route add default via 172.19.0.1');
    assert.equal(await reaches(blue, '10.99.0.2'), false);
    await lab.exec('outside', 'ip route add 172.16.0.0/12 via 10.99.0.1');
    assert.equal(await reaches('outside', addressOf(a)), false);
    assert.equal(await reaches('outside', addressOf(blue)), false);
  });

  it('shuts containers of a network off from each other without communication', async () => {
    await using lab = await makeLab();
    await lab.room.networks.create({ Name: 'quiet', Options: { 'com.docker.network.bridge.enable_icc': 'false' } });
    const one = await lab.start('one', { mode: 'quiet' });
    const two = await lab.start('two', { mode: 'quiet' });
    assert.equal((await lab.exec(one, `busybox ping -c1 -W1 ${two.joined.endpoints['quiet']?.IPAddress}`)).code, 1);
    assert.equal((await lab.exec(one, 'busybox ping -c1 -W1 10.99.0.2')).code, 0);
    assert.equal((await lab.exec('host', `busybox ping -c1 -W1 ${two.joined.endpoints['quiet']?.IPAddress}`)).code, 0);
  });

  it('speaks IPv6 beside and instead of IPv4', async () => {
    await using lab = await makeLab();
    await lab.room.networks.create({ Name: 'dual', EnableIPv6: true });
    await lab.room.networks.create({
      Name: 'six',
      EnableIPv6: true,
      EnableIPv4: false,
      IPAM: { Config: [{ Subnet: 'fd00:6::/64' }] },
    });
    const dual = await lab.start('dual1', { mode: 'dual' });
    const settings = dual.joined.endpoints['dual'];
    assert.match(settings?.GlobalIPv6Address ?? '', /^fd[0-9a-f:]+::2$/);
    assert.equal(settings?.GlobalIPv6PrefixLen, 64);
    assert.match(settings?.IPAddress ?? '', /^172\.18\.0\.2$/);
    assert.equal((await lab.exec(dual, 'busybox ping -6 -c1 -W20 fd99::2')).code, 0);
    const six = await lab.start('six1', { mode: 'six' });
    assert.equal(six.joined.endpoints['six']?.IPAddress, '');
    assert.equal(six.joined.endpoints['six']?.GlobalIPv6Address, 'fd00:6::2');
    assert.equal((await lab.exec(six, 'busybox ping -6 -c1 -W20 fd99::2')).code, 0);
    assert.equal((await lab.exec(six, `busybox ping -6 -c1 -W1 ${settings?.GlobalIPv6Address}`)).code, 1);
  });

  it('shows host and none as dockerd does', async () => {
    await using lab = await makeLab();
    const host = await lab.start('h', { mode: 'host', netns: '' });
    const none = await lab.start('n', { mode: 'none' });
    assert.deepEqual(Object.keys(host.joined.endpoints), ['host']);
    assert.equal(host.joined.endpoints['host']?.IPAddress, '');
    assert.match(host.joined.endpoints['host']?.EndpointID ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(Object.keys(none.joined.endpoints), ['none']);
    const inspected = await lab.room.networks.inspect('none', { verbose: false });
    assert.deepEqual(Object.values((inspected as { Containers?: object }).Containers ?? {}), [
      {
        Name: 'n',
        EndpointID: none.joined.endpoints['none']?.EndpointID,
        MacAddress: '',
        IPv4Address: '',
        IPv6Address: '',
      },
    ]);
    assert.doesNotMatch(none.joined.hosts, /172\./);
  });

  it('leaves nothing on the host when the last container is gone and the daemon ends', async () => {
    await using lab = await makeLab();
    await lab.exec('host', 'nft add table inet foreign');
    await lab.room.networks.create({ Name: 'red' });
    const container = await lab.start('one', { mode: 'red' });
    await lab.room.close();
    assert.match((await lab.exec('host', 'nft list tables')).stdout, /table inet coracle_cortest0/);
    await lab.restart();
    await lab.stop(container);
    await lab.room.close();
    assert.equal((await lab.exec('host', 'nft list tables')).stdout, 'table inet foreign\n');
    assert.doesNotMatch((await lab.exec('host', 'ip -o link')).stdout, /cortest0|br-/);
    assert.equal((await lab.room.networks.list(noFilters)).length, 4);
  });

  it('brings up the good networks beside a bad one', async () => {
    await using lab = await makeLab();
    await lab.room.networks.create({ Name: 'bad', Options: { 'com.docker.network.bridge.name': 'cortbad' } });
    await lab.room.networks.create({ Name: 'good' });
    await lab.room.close();
    // Something that is no bridge sits where the bridge was.
    await lab.exec('host', 'ip link add cortbad type veth peer name cortbad1');
    await lab.restart();
    const good = await lab.start('one', { mode: 'good' });
    assert.equal((await lab.exec(good, 'busybox ping -c1 -W20 10.99.0.2')).code, 0);
    await assert.rejects(lab.start('two', { mode: 'bad' }), {
      message: /^failed to set up container networking: .*cortbad/,
    });
    await lab.exec('host', 'ip link del cortbad');
    assert.equal(
      (await lab.exec(await lab.start('three', { mode: 'bad' }), 'busybox ping -c1 -W20 10.99.0.2')).code,
      0,
    );
  });

  it('takes a bridge that is there as it is, and leaves it there', async () => {
    await using lab = await makeLab();
    await lab.exec(
      'host',
      'ip link add given0 type bridge; ip addr add 10.77.0.9/24 dev given0; ip link set given0 up',
    );
    await using other = await lab.second('given0');
    const shown = await other.room.networks.inspect('bridge', { verbose: false });
    assert.deepEqual(shown.IPAM?.Config, [{ Subnet: '10.77.0.0/24', Gateway: '10.77.0.9' }]);
    assert.equal(shown.Options?.['com.docker.network.bridge.name'], 'given0');
    await other.room.close();
    assert.match((await lab.exec('host', 'ip -o -4 addr show given0')).stdout, /10\.77\.0\.9\/24/);
  });

  it('lets nobody in a bridge of somebody else reach what is on the host alone, before, while and after it has it', async () => {
    await using lab = await makeLab();
    await lab.exec(
      'host',
      'ip link add given0 type bridge; ip addr add 10.77.0.9/24 dev given0; ip link set given0 up; ip link set up0 master given0',
    );
    await lab.exec(
      'outside',
      'sysctl -qw net.ipv4.conf.all.route_localnet=1; ip addr del 127.0.0.1/8 dev lo; ip addr add 10.77.0.2/24 dev up0; ip route add 127.0.0.1/32 via 10.77.0.9 dev up0 src 10.77.0.2',
    );
    await lab.serve('host', 'tcp', 7777, 'secret');
    const asks = async (ip: string) => (await lab.exec('outside', `curl -s --http0.9 -m 2 ${ip}:7777`)).code;
    const setting = async () => (await lab.exec('host', 'cat /proc/sys/net/ipv4/conf/given0/route_localnet')).stdout;
    const isShut = async (when: string, expected: string) => {
      assert.equal(await asks('10.77.0.9'), 0, when);
      assert.notEqual(await asks('127.0.0.1'), 0, when);
      assert.equal(await setting(), `${expected}\n`, when);
    };
    await isShut('before', '0');
    await lab.restart({ bridge: 'given0' });
    await lab.room.settled();
    await isShut('while it has it', '1');
    await lab.restart();
    await lab.room.settled();
    await isShut('after it was killed and has another one', '0');
    await lab.restart({ bridge: 'given0' });
    await lab.room.settled();
    await lab.room.close();
    await isShut('after its end', '0');
  });

  it('leaves addresses to the interfaces that have them', async () => {
    await using lab = await makeLab();
    const { networks } = lab.room;
    const asked = { IPAM: { Config: [{ Subnet: '10.99.0.0/25' }] } };
    await assert.rejects(networks.create({ Name: 'lan', ...asked }), {
      kind: 'forbidden',
      message:
        'network lan: 10.99.0.0/25 overlaps with 10.99.0.0/24, which the host reaches by up0: it needs another subnet',
    });
    assert.equal((await networks.list(noFilters)).length, 3);
    assert.doesNotMatch((await lab.exec('host', 'ip -o link')).stdout, /br-/);
    // Without an address of its own in it, a bridge of that network takes nothing from the interface.
    await networks.create({ Name: 'lan', Options: { 'com.docker.network.bridge.inhibit_ipv4': 'true' }, ...asked });
    assert.match((await lab.exec('host', 'ip -4 route get 10.99.0.2')).stdout, /dev up0/);
    await networks.remove('lan');
    // On the interface itself that is how one has containers in it.
    await lab.exec('host', 'ip link add lan0 type bridge; ip addr add 10.76.0.1/24 dev lan0; ip link set lan0 up');
    await networks.create({
      Name: 'lan',
      Options: { 'com.docker.network.bridge.name': 'lan0' },
      IPAM: { Config: [{ Subnet: '10.76.0.0/24' }] },
    });
    assert.equal((await lab.exec(await lab.start('one', { mode: 'lan' }), 'busybox ping -c1 -W20 10.99.0.2')).code, 0);
    await assert.rejects(lab.restart({ bip: '10.99.0.9/24' }), {
      kind: 'conflict',
      message: /^bip 10\.99\.0\.9\/24: 10\.99\.0\.0\/24 overlaps with .* by up0: choose another address by --bip$/,
    });
    await lab.restart();
  });

  it('keeps the default subnet over a kill, and chooses another one when somebody has taken it', async () => {
    await using lab = await makeLab();
    const before = await lab.room.networks.inspect('bridge', { verbose: false });
    await lab.exec('host', 'ip addr add 172.17.9.1/24 dev up0');
    await lab.restart();
    assert.deepEqual(await lab.room.networks.inspect('bridge', { verbose: false }), before);
    await lab.room.close();
    await lab.restart();
    const after = await lab.room.networks.inspect('bridge', { verbose: false });
    assert.equal(after.Id, before.Id);
    assert.deepEqual(after.IPAM?.Config, [{ Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' }]);
    assert.equal((await lab.exec(await lab.start('one'), 'busybox ping -c1 -W20 10.99.0.2')).code, 0);
  });

  it('reads the routes of the host as often for many networks as for one', async () => {
    await using lab = await makeLab();
    const { files } = lab.host;
    let reads = 0;
    const readText = (path: string) => {
      if (path.endsWith('/fib_trie')) reads += 1;
      return files.readText(path);
    };
    const counting = { host: { ...lab.host, files: { ...files, readText } } };
    await lab.restart(counting);
    const withOne = reads;
    assert.ok(withOne > 0);
    for (const Name of ['one', 'two', 'three']) await lab.room.networks.create({ Name });
    await lab.room.close();
    reads = 0;
    await lab.restart(counting);
    assert.equal(reads, withOne);
    assert.equal((await lab.exec('host', 'ip -o link')).stdout.match(/: br-/g)?.length, 3);
  });

  it('follows a new bridge and address of the daemon, under the same id', async () => {
    await using lab = await makeLab();
    const before = await lab.room.networks.inspect('bridge', { verbose: false });
    await lab.restart({ bridge: 'cortest9', bip: '10.78.0.1/24' });
    const after = await lab.room.networks.inspect('bridge', { verbose: false });
    assert.equal(after.Id, before.Id);
    assert.deepEqual(after.IPAM?.Config, [{ Subnet: '10.78.0.0/24', Gateway: '10.78.0.1' }]);
    const links = (await lab.exec('host', 'ip -o link')).stdout;
    assert.match(links, /cortest9/);
    assert.doesNotMatch(links + (await lab.exec('host', 'nft list tables inet')).stdout, /cortest0/);
    assert.equal((await lab.exec(await lab.start('one'), 'busybox ping -c1 -W20 10.99.0.2')).code, 0);
  });
});
